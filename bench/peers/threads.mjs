// threads.js: one worker with a module's functions; what it streams are observables, without backpressure.

import { spawn, Thread, Transfer, Worker } from "threads";

/** @type {import("../harness/types.mjs").Peer} */
export const threads = {
  name: "threads.js",
  module: "threads",
  kind: "thread",
  async start() {
    const worker = new Worker("./far/threads.mjs");
    // It adds a listener a call, and Node would print a warning for each beyond the tenth.
    worker.setMaxListeners(0);
    const remote = await spawn(worker);
    return {
      add: (left, right) => remote.add(left, right),
      echo: (value) => remote.echo(value),
      fail: (message) => remote.fail(message),
      move: (buffer) => remote.move(Transfer(buffer)),
      items: (count) => iterate(remote.items(count)),
      work: (path) => remote.work(path),
      stop: () => Thread.terminate(remote),
    };
  },
};

async function* iterate(observable) {
  let arrived = [];
  let done = false;
  let wake = () => {};
  observable.subscribe({
    next(item) {
      arrived.push(item);
      wake();
    },
    complete() {
      done = true;
      wake();
    },
  });
  while (!done || arrived.length > 0) {
    if (arrived.length === 0) await new Promise((resolve) => (wake = resolve));
    const batch = arrived;
    arrived = [];
    yield* batch;
  }
}
