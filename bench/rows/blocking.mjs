// How many blocking calls a second, small and with 64 KiB?

import assert from "node:assert/strict";
import { ratePerSecond } from "../harness/sample.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

const bytes = new Uint8Array(64 * 1_024).fill(7);

/** @type {readonly Row[]} */
export const blocking = [
  {
    id: "blocking",
    title: "blocking add(a, b)",
    unit: "calls/s",
    better: "higher",
    kinds: ["sync"],
    check: async ({ add }) => assert.equal(add(2, 3), 5),
    measure: ({ add }, milliseconds) => ratePerSecond(() => tenBlockingCalls(add), 10, milliseconds),
  },
  {
    id: "blocking-callback",
    title: "blocking call with one callback",
    unit: "calls/s",
    better: "higher",
    kinds: ["sync"],
    needs: "withCallback",
    check: async ({ withCallback }) =>
      assert.equal(
        withCallback(4, (value) => value),
        6,
      ),
    measure: ({ withCallback }, milliseconds) => ratePerSecond(() => withCallback(1, () => 1), 1, milliseconds),
  },
  {
    id: "blocking-bytes-64k",
    title: "blocking echo of bytes of 64k",
    unit: "calls/s",
    better: "higher",
    kinds: ["sync"],
    check: async ({ echo }) => assert.deepEqual(new Uint8Array(echo(bytes)), bytes),
    measure: ({ echo }, milliseconds) =>
      ratePerSecond(
        () => {
          if (echo(bytes).length !== bytes.length) throw new Error("other bytes came back");
        },
        1,
        milliseconds,
      ),
  },
];

function tenBlockingCalls(add) {
  for (let index = 0; index < 10; index += 1) {
    if (add(index, 7) !== index + 7) throw new Error("a wrong sum came back");
  }
}
