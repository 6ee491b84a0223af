// jest-worker on threads, at its defaults, with as many of them as the row says.

import { fileURLToPath } from "node:url";
import { Worker } from "jest-worker";

/** @type {import("../harness/types.mjs").Peer} */
export const jestWorker = {
  name: "jest-worker",
  module: "jest-worker",
  kind: "pool",
  async start({ threads }) {
    const script = fileURLToPath(new URL("./far/api.mjs", import.meta.url));
    const exposedMethods = ["add", "echo", "fail", "work"];
    const workers = new Worker(script, { numWorkers: threads, enableWorkerThreads: true, exposedMethods });
    return {
      add: (left, right) => workers.add(left, right),
      echo: (value) => workers.echo(value),
      fail: (message) => workers.fail(message),
      work: (path) => workers.work(path),
      stop: async () => void (await workers.end()),
    };
  },
};
