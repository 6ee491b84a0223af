// nearcall's pool of threads, at its defaults: one call at a time for each of them.

import { createPool } from "nearcall/pool";
import { limits, runningOf } from "./running.mjs";

const module = new URL("../far/nearcall.mjs", import.meta.url);

/** @type {import("../../harness/types.mjs").Peer} */
export const pool = {
  name: "nearcall pool",
  module: "nearcall/pool",
  kind: "pool",
  async start({ threads }) {
    const workers = await createPool(module, { minThreads: threads, maxThreads: threads, limits });
    return { ...runningOf(workers), stop: () => workers.close() };
  },
};
