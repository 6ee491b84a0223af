// How long some work takes, and how long it kept this thread's event loop from everything else.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

/** @returns {Promise<{ result: T, wall: number, longestDelay: number }>} times in ms */
export async function measure(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // It counts from its first sample to its last: one before the work, one after it.
  await wait(20);
  const started = performance.now();
  const result = await work();
  const wall = performance.now() - started;
  await wait(20);
  delay.disable();
  return { result, wall, longestDelay: delay.max / 1e6 };
}
