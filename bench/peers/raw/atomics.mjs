// A blocking call with nothing but Node: post, wait on shared memory, take the answer from the port.

import { once } from "node:events";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

/** @type {import("../../harness/types.mjs").Peer} */
export const atomicsWait = {
  name: "raw Atomics.wait",
  kind: "sync",
  async start() {
    const worker = new Worker(new URL("./atomics-worker.mjs", import.meta.url));
    await once(worker, "online");
    const { port1, port2 } = new MessageChannel();
    const answered = new Int32Array(new SharedArrayBuffer(4));
    worker.postMessage({ port: port2, answered }, [port2]);

    const call = (method, args) => {
      const before = Atomics.load(answered, 0);
      port1.postMessage({ method, args });
      while (Atomics.load(answered, 0) === before) Atomics.wait(answered, 0, before);
      return receiveMessageOnPort(port1).message;
    };
    return {
      add: (left, right) => call("add", [left, right]),
      echo: (value) => call("echo", [value]),
      stop: async () => void (await worker.terminate()),
    };
  },
};
