// synckit: one function that blocks until its worker has answered. Its workers are not held, and cannot be ended.

import { createSyncFn } from "synckit";

/** @type {import("../harness/types.mjs").Peer} */
export const synckit = {
  name: "synckit",
  module: "synckit",
  kind: "sync",
  async start() {
    const call = createSyncFn(new URL("./far/synckit.mjs", import.meta.url));
    return {
      add: (left, right) => call("add", left, right),
      echo: (value) => call("echo", value),
    };
  },
};
