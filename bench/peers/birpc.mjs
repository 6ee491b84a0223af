// birpc over a MessagePort. It passes no functions: the near side offers a named one, and the far side calls that.

import { createBirpc } from "birpc";
import { peerOverPorts } from "./over-ports.mjs";

export const birpc = peerOverPorts({
  name: "birpc",
  module: "birpc",
  worker: new URL("./far/birpc.mjs", import.meta.url),
  without: ["callback-new"],
  clientOf(port) {
    let current;
    const remote = createBirpc(
      { answer: (value) => current(value) },
      { post: (message) => port.postMessage(message), on: (listener) => port.on("message", listener) },
    );
    return {
      add: (left, right) => remote.add(left, right),
      echo: (value) => remote.echo(value),
      fail: (message) => remote.fail(message),
      withCallback(times, callback) {
        current = callback;
        return remote.withCallback(times);
      },
      work: (path) => remote.work(path),
    };
  },
});
