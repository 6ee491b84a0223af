// nearcall's pool of threads: every call goes to the least busy of them.

import { createPool } from "nearcall/pool";
import { limits, runningOf } from "./running.mjs";

const module = new URL("../far/nearcall.mjs", import.meta.url);

/** @type {import("../../harness/types.mjs").Peer} */
export const pool = {
  name: "nearcall pool",
  module: "nearcall/pool",
  kind: "pool",
  async start({ threads }) {
    const workers = await createPool(module, { minThreads: threads, maxThreads: threads, concurrency: 100, limits });
    return { ...runningOf(workers), stop: () => workers.close() };
  },
};
