// workerpool on threads, at its defaults, with as many of them as the row says.

import { fileURLToPath } from "node:url";
import workerpoolPackage from "workerpool";

/** @type {import("../harness/types.mjs").Peer} */
export const workerpool = {
  name: "workerpool",
  module: "workerpool",
  kind: "pool",
  async start({ threads }) {
    const script = fileURLToPath(new URL("./far/workerpool.mjs", import.meta.url));
    const options = { minWorkers: threads, maxWorkers: threads, workerType: "thread" };
    const workers = workerpoolPackage.pool(script, options);
    return {
      add: (left, right) => workers.exec("add", [left, right]),
      echo: (value) => workers.exec("echo", [value]),
      fail: (message) => workers.exec("fail", [message]),
      work: (path) => workers.exec("work", [path]),
      stop: async () => void (await workers.terminate(true)),
    };
  },
};
