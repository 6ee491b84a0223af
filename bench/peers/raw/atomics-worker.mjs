// The worker of ./atomics.mjs.

import { parentPort } from "node:worker_threads";
import * as api from "../far/api.mjs";

parentPort.once("message", ({ port, answered }) => {
  port.on("message", ({ method, args }) => {
    port.postMessage(api[method](...args));
    Atomics.add(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
});
