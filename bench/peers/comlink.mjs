// comlink over a MessagePort, through its adapter for Node. Callbacks have to be marked; there are no streams.

import { proxy, transfer, wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { peerOverPorts } from "./over-ports.mjs";

export const comlink = peerOverPorts({
  name: "comlink",
  module: "comlink",
  worker: new URL("./far/comlink.mjs", import.meta.url),
  clientOf(port) {
    const remote = wrap(nodeEndpoint(port));
    return {
      add: (left, right) => remote.add(left, right),
      echo: (value) => remote.echo(value),
      fail: (message) => remote.fail(message),
      withCallback: (times, callback) => remote.withCallback(times, proxy(callback)),
      move: (buffer) => remote.move(transfer(buffer, [buffer])),
      work: (path) => remote.work(path),
    };
  },
});
