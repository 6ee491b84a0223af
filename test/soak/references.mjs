// Callbacks made and dropped, streams opened and left early, calls aborted: in the end the tables of both sides are
// empty, and the heap is where it was.
//
//   node --expose-gc test/soak/references.mjs [callbacks] [streams] [aborts]        1,000,000, 100,000 and 100,000
import { strict as assert } from "node:assert";
import { setImmediate as turn } from "node:timers/promises";
import { spawnThread, withOptions } from "nearcall";

const [callbacks = 1_000_000, streams = 100_000, aborts = 100_000] = process.argv.slice(2).map(Number);
const AT_ONCE = 100;

const connection = await spawnThread(new URL("../fixtures/soak-references.mjs", import.meta.url));
const { remote } = connection;
await inTurn(1_000, callBack);
await inTurn(1_000, leaveStream);
await inTurn(1_000, abort);
await settle();
const before = await heaps();

await inTurn(callbacks, callBack);
await inTurn(streams, leaveStream);
await inTurn(aborts, abort);
await settle();
const { exports, imports, streams: open, signals, promises, pendingCalls } = connection.stats();
const waiting = await remote.waiting();
const after = await heaps();
console.log({
  callbacks,
  streams,
  aborts,
  exports,
  imports,
  open,
  signals,
  promises,
  pendingCalls,
  "still wait there": waiting,
  "heap MB": { before: mb(before), after: mb(after) },
});
assert.equal(exports + imports + open + signals + promises + pendingCalls + waiting, 0, "something is left in the tables");
assert.ok(after.near < before.near + 8e6 && after.far < before.far + 8e6, "a heap has grown");
connection.destroy();

async function callBack(number) {
  assert.equal(await remote.call((one) => one + number), 1 + number);
}

async function leaveStream() {
  for await (const number of remote.numbers()) if (number === 1) break;
}

async function abort() {
  const controller = new AbortController();
  const call = withOptions(remote, { signal: controller.signal }).wait();
  controller.abort();
  await assert.rejects(call, { name: "AbortError" });
}

async function inTurn(count, work) {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Finalizers run some turns after a collection. */
async function settle() {
  for (let round = 0; round < 50; round += 1) {
    globalThis.gc();
    await remote.heap();
    await turn();
    const { exports, imports, streams: left } = connection.stats();
    if (exports + imports + left === 0) return;
  }
}

async function heaps() {
  globalThis.gc();
  return { near: process.memoryUsage().heapUsed, far: await remote.heap() };
}

function mb({ near, far }) {
  return [near, far].map((bytes) => Math.round(bytes / 1e5) / 10);
}
