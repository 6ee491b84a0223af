// Cap'n Web over a MessagePort: functions and streams pass by reference.

import { newMessagePortRpcSession } from "capnweb";
import { peerOverPorts } from "./over-ports.mjs";

export const capnweb = peerOverPorts({
  name: "Cap'n Web",
  module: "capnweb",
  worker: new URL("./far/capnweb.mjs", import.meta.url),
  clientOf(port) {
    const remote = newMessagePortRpcSession(port);
    return {
      add: (left, right) => remote.add(left, right),
      echo: (value) => remote.echo(value),
      fail: (message) => remote.fail(message),
      withCallback: (times, callback) => remote.withCallback(times, callback),
      async *items(count) {
        yield* await remote.items(count);
      },
      work: (path) => remote.work(path),
    };
  },
});
