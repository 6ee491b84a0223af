// What do callbacks, streamed items and thrown errors cost?

import assert from "node:assert/strict";
import { ratePerSecond } from "../harness/sample.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

const kinds = ["thread", "pool", "ipc", "process", "socket"];
const passBack = (value) => value;

/** @type {readonly Row[]} */
export const talkingBack = [callback(), callbackNew(), stream(), error()];

/** @returns {Row} */
function callback() {
  return {
    id: "callback",
    title: "calls back from one call, one after the other",
    unit: "calls/s",
    better: "higher",
    kinds,
    needs: "withCallback",
    check: checkCallback,
    measure: ({ withCallback }, milliseconds) => ratePerSecond(() => withCallback(100, passBack), 100, milliseconds),
  };
}

/** @returns {Row} */
function callbackNew() {
  return {
    id: "callback-new",
    title: "a call with a new function, called back once",
    unit: "calls/s",
    better: "higher",
    kinds,
    needs: "withCallback",
    check: checkCallback,
    measure: ({ withCallback }, milliseconds) => ratePerSecond(() => withCallback(1, () => 1), 1, milliseconds),
  };
}

async function checkCallback({ withCallback }) {
  assert.equal(await withCallback(4, passBack), 6);
}

/** @returns {Row} */
function stream() {
  return {
    id: "stream",
    title: "small items of a stream",
    unit: "items/s",
    better: "higher",
    kinds,
    needs: "items",
    check: async ({ items }) => assert.equal(await countOf(items(500)), 500, "items were lost"),
    measure: ({ items }, milliseconds) =>
      ratePerSecond(
        async () => {
          if ((await countOf(items(10_000))) !== 10_000) throw new Error("items were lost");
        },
        10_000,
        milliseconds,
      ),
  };
}

async function countOf(iterable) {
  let count = 0;
  for await (const _ of iterable) count += 1;
  return count;
}

/** @returns {Row} */
function error() {
  return {
    id: "error",
    title: "calls that throw",
    unit: "calls/s",
    better: "higher",
    kinds,
    needs: "fail",
    check: expectFailure,
    measure: (running, milliseconds) => ratePerSecond(() => expectFailure(running), 1, milliseconds),
  };
}

async function expectFailure({ fail }) {
  try {
    await fail("no such row");
  } catch (error) {
    if (String(error?.message).includes("no such row")) return;
  }
  throw new Error("the error did not arrive");
}
