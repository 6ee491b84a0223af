// make-synchronous: the function is sent to the worker as text.

import makeSynchronousPackage from "make-synchronous";

/** @type {import("../harness/types.mjs").Peer} */
export const makeSynchronous = {
  name: "make-synchronous",
  module: "make-synchronous",
  kind: "sync",
  async start() {
    return {
      add: makeSynchronousPackage(async (left, right) => left + right),
      echo: makeSynchronousPackage(async (value) => value),
    };
  },
};
