// piscina at its defaults, and at the setting that was fastest for small calls: many tasks a worker.

import { Piscina } from "piscina";

export const piscina = pool("piscina", {});
export const piscinaTuned = pool("piscina, 100 tasks a worker", { concurrentTasksPerWorker: 100 });

/** @returns {import("../harness/types.mjs").Peer} */
function pool(name, options) {
  return {
    name,
    module: "piscina",
    kind: "pool",
    async start({ threads }) {
      const filename = new URL("./far/one-argument.mjs", import.meta.url).href;
      const workers = new Piscina({ filename, minThreads: threads, maxThreads: threads, ...options });
      return {
        add: (left, right) => workers.run([left, right], { name: "add" }),
        echo: (value) => workers.run([value], { name: "echo" }),
        fail: (message) => workers.run([message], { name: "fail" }),
        work: (path) => workers.run([path], { name: "work" }),
        stop: () => workers.destroy(),
      };
    },
  };
}
