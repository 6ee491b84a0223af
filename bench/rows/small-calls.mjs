// How many add(a, b) a second, one after the other and with many in flight? How long does one take?

import assert from "node:assert/strict";
import { ratePerSecond, timesOf } from "../harness/sample.mjs";
import { quantileOf } from "../harness/statistics.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

const kinds = ["thread", "pool", "ipc", "process", "socket"];
const quantiles = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];

/** @type {readonly Row[]} */
export const smallCalls = [sequential(), inFlight(100), inFlight(1_000), latency()];

/** Ten calls in a row, each awaited: short of the sampler's own cost. */
export async function tenCalls({ add }) {
  for (let index = 0; index < 10; index += 1) {
    if ((await add(index, 7)) !== index + 7) throw new Error("a wrong sum came back");
  }
}

/** So many calls at once, spread over the connections given. */
export async function callsAtOnce(connections, count) {
  const calls = Array.from({ length: count }, (_, index) => connections[index % connections.length].add(index, 7));
  const sums = await Promise.all(calls);
  for (let index = 0; index < count; index += 1) {
    if (sums[index] !== index + 7) throw new Error("a wrong sum came back");
  }
}

export async function checkAdd({ add }) {
  assert.equal(await add(2, 3), 5);
}

/** @returns {Row} */
function sequential() {
  return {
    id: "sequential",
    title: "add(a, b), one after the other",
    unit: "calls/s",
    better: "higher",
    kinds,
    check: checkAdd,
    measure: (running, milliseconds) => ratePerSecond(() => tenCalls(running), 10, milliseconds),
  };
}

/** @returns {Row} */
function inFlight(count) {
  return {
    id: `in-flight-${count}`,
    title: `add(a, b), ${count} in flight`,
    unit: "calls/s",
    better: "higher",
    kinds,
    check: checkAdd,
    measure: (running, milliseconds) => ratePerSecond(() => callsAtOnce([running], count), count, milliseconds),
  };
}

/** @returns {Row} */
function latency() {
  return {
    id: "latency",
    title: "add(a, b), median time of one",
    unit: "µs",
    better: "lower",
    kinds,
    check: checkAdd,
    async measure({ add }, milliseconds) {
      const times = await timesOf(() => add(1, 7), milliseconds);
      const microseconds = (quantile) => quantileOf(times, quantile) * 1000;
      const distribution = quantiles.map((quantile) => ({ quantile, microseconds: microseconds(quantile) }));
      return { value: microseconds(0.5), latency: distribution };
    },
  };
}
