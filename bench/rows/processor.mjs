// How much processor time does a call take, on both threads together? How much does a connection take that is idle?
// And what is left of the speed with a neighbour that keeps one core busy?

import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { ratePerSecond } from "../harness/sample.mjs";
import { callsAtOnce, checkAdd, tenCalls } from "./small-calls.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

/** @type {readonly Row[]} */
export const processor = [
  cpu("cpu-sequential", "one after the other", (running) => tenCalls(running), 10),
  cpu("cpu-in-flight-100", "100 in flight", (running) => callsAtOnce([running], 100), 100),
  idle(),
  besideHog("hog-sequential", "one after the other", (running) => tenCalls(running), 10),
  besideHog("hog-in-flight-100", "100 in flight", (running) => callsAtOnce([running], 100), 100),
];

// Processor time is that of this whole process, so one peer runs at a time, and only threads can be held against it.
/** @returns {Row} */
function cpu(id, how, work, many) {
  return {
    id,
    title: `processor time of add(a, b), ${how}`,
    unit: "µs/call",
    better: "lower",
    kinds: ["thread", "pool"],
    measureAlone: (peer, milliseconds) =>
      alone(peer, async (running) => {
        await ratePerSecond(() => work(running), many, milliseconds / 2);
        const begin = process.cpuUsage();
        const end = performance.now() + milliseconds;
        let calls = 0;
        while (performance.now() < end) {
          await work(running);
          calls += many;
        }
        return microseconds(begin) / calls;
      }),
  };
}

/** @returns {Row} */
function idle() {
  return {
    id: "idle",
    title: "processor time while idle, after work",
    unit: "%",
    better: "lower",
    kinds: ["thread", "pool"],
    measureAlone: (peer, milliseconds) =>
      alone(peer, async (running) => {
        for (let index = 0; index < 100; index += 1) await callsAtOnce([running], 100);
        await wait(200);
        const begin = process.cpuUsage();
        await wait(milliseconds * 2);
        return microseconds(begin) / (milliseconds * 2 * 10);
      }),
  };
}

/** @returns {Row} */
function besideHog(id, how, work, many) {
  return {
    id,
    title: `add(a, b), ${how}, beside a busy process`,
    unit: "calls/s",
    better: "higher",
    kinds: ["thread"],
    beside: startHog,
    check: checkAdd,
    measure: (running, milliseconds) => ratePerSecond(() => work(running), many, milliseconds),
  };
}

async function startHog() {
  const hog = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  return () => hog.kill("SIGKILL");
}

async function alone(peer, work) {
  const running = await peer.start({ threads: 1 });
  try {
    return await work(running);
  } finally {
    await running.stop?.();
  }
}

function microseconds(begin) {
  const { user, system } = process.cpuUsage(begin);
  return user + system;
}
