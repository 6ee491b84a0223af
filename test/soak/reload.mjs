// A child is replaced again and again under load: no call may fail, none may be lost, and calls must not take much
// longer than they do in quiet times, or while the machine starts and ends the same module as often for other reasons.
//
//   node test/soak/reload.mjs [reloads] [process | thread] [callers]        1,000 reloads of a process, 16 callers
//
// The callers pause between calls, so that the machine is not full before a new process is started beside the old one.
import { strict as assert } from "node:assert";
import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { spawnProcess, spawnThread } from "nearcall";
import { supervise } from "nearcall/supervisor";

const reloads = Number(process.argv[2] ?? 1_000);
const kind = process.argv[3] ?? "process";
const callers = Number(process.argv[4] ?? 16);
const worker = new URL("../fixtures/supervisor-worker.mjs", import.meta.url);

const tree = await supervise({ children: [{ id: "w", start: { [kind]: worker }, handOver: { from: "snapshot", to: "restore" } }] });
const remote = tree.remote("w");
/** From one reload to the next, in ms: that the one before has ended is not this one's burden. */
const BETWEEN = 100;
const failures = [];
const unexpected = [];
tree.on("exited", ({ report, expected }) => {
  if (!expected) unexpected.push(report);
});

let times = [];
let over = false;
let made = 0;
/** What the child counted, over all of its runs. */
let counted = 0;

async function caller() {
  while (!over) {
    await pause(1 + Math.random() * 8);
    const began = performance.now();
    made += 1;
    try {
      counted = Math.max(counted, await remote.increment());
      times.push(performance.now() - began);
    } catch (error) {
      failures.push(error);
    }
  }
}

const load = Array.from({ length: callers }, caller);
await pause(1_000);
times = [];
await pause(Math.min(10_000, 20 * reloads));
const quiet = times;
times = [];

const spawn = kind === "thread" ? spawnThread : spawnProcess;
for (let round = 0; round < Math.min(100, reloads); round += 1) {
  await (await spawn(worker)).close();
  await pause(BETWEEN);
}
const beside = times;
times = [];

const began = performance.now();
let slowest = 0;
for (let round = 1; round <= reloads; round += 1) {
  const before = performance.now();
  await tree.reload("w");
  slowest = Math.max(slowest, performance.now() - before);
  await pause(BETWEEN);
  if (round % 100 === 0) console.log(`${round} reloads, ${made} calls, ${failures.length} failed`);
}
const seconds = (performance.now() - began) / 1_000;
over = true;
await Promise.all(load);
await tree.close();

const [quietly, besides, loaded] = [quiet, beside, times].map(percentiles);
console.log(
  `${reloads} reloads of a ${kind} in ${seconds.toFixed(1)} s (slowest ${slowest.toFixed(0)} ms) under ${made} calls of ${callers} callers: ` +
    `${failures.length} failed, ${made - failures.length - counted} lost; ` +
    `p50 ${quietly.p50} ms quiet, ${besides.p50} ms beside others that start, ${loaded.p50} ms meanwhile; ` +
    `p99 ${quietly.p99}, ${besides.p99} and ${loaded.p99} ms, ${loaded.max} ms at most; ` +
    `Node ${process.version}, ${availableParallelism()} processors`,
);
for (const error of failures.slice(0, 5)) console.error(error);
assert.equal(failures.length, 0);
assert.deepEqual(unexpected, []);
assert.equal(counted, made, "state was lost on its way from one run to the next");
// A fresh process compiles what it runs, and to fork one stops this thread for some milliseconds: a few times the quiet
// p99 is what two processors give.
if (reloads >= 100) assert.ok(loaded.p99 < 10 * quietly.p99, `p99 ${loaded.p99} ms is more than ten times ${quietly.p99} ms`);

function percentiles(list) {
  const sorted = list.toSorted((left, right) => left - right);
  const at = (share) => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
