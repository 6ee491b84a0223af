// The worker of ../capnweb.mjs.

import { newMessagePortRpcSession, RpcTarget } from "capnweb";
import { acceptPorts } from "./accept-ports.mjs";
import * as api from "./api.mjs";

// It offers what stands on the prototype.
class Api extends RpcTarget {
  items(count) {
    const iterator = api.items(count);
    return new ReadableStream({
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
  }
}
for (const name of ["add", "echo", "fail", "withCallback", "work"]) Api.prototype[name] = api[name];

acceptPorts((port) => newMessagePortRpcSession(port, new Api()));
