// tinypool at its defaults, with as many threads as the row says.

import Tinypool from "tinypool";

/** @type {import("../harness/types.mjs").Peer} */
export const tinypool = {
  name: "tinypool",
  module: "tinypool",
  kind: "pool",
  async start({ threads }) {
    const filename = new URL("./far/one-argument.mjs", import.meta.url).href;
    const workers = new Tinypool({ filename, minThreads: threads, maxThreads: threads });
    return {
      add: (left, right) => workers.run([left, right], { name: "add" }),
      echo: (value) => workers.run([value], { name: "echo" }),
      fail: (message) => workers.run([message], { name: "fail" }),
      work: (path) => workers.run([path], { name: "work" }),
      stop: () => workers.destroy(),
    };
  },
};
