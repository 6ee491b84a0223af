// No other thread at all: the work that a pool takes away, done where it is asked for.

import { work } from "../far/api.mjs";

/** @type {import("../../harness/types.mjs").Peer} */
export const here = {
  name: "raw, on this thread",
  kind: "here",
  start: async () => ({ add: async (left, right) => left + right, work: async (path) => work(path) }),
};
