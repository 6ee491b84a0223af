// The worker of ../birpc.mjs.

import { createBirpc } from "birpc";
import { acceptPorts } from "./accept-ports.mjs";
import { add, echo, fail, withCallback, work } from "./api.mjs";

acceptPorts((port) => {
  const near = createBirpc(
    { add, echo, fail, work, withCallback: (times) => withCallback(times, (value) => near.answer(value)) },
    { post: (message) => port.postMessage(message), on: (listener) => port.on("message", listener) },
  );
});
