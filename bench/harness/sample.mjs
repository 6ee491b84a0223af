// Times one piece of work over and over, for a given time, with tinybench.

import { Bench } from "tinybench";

/**
 * Returns how often a second `work` was done, where each run of it does `many`.
 *
 * @param {() => unknown} work
 * @param {number} many
 * @param {number} milliseconds
 */
export async function ratePerSecond(work, many, milliseconds) {
  const result = await sample(work, milliseconds, false);
  return (many * 1000 * result.runs) / result.totalTime;
}

/** Returns the time of each run in ms, in rising order. */
export async function timesOf(work, milliseconds) {
  return (await sample(work, milliseconds, true)).sorted;
}

async function sample(work, milliseconds, retainSamples) {
  // One run at least: what takes longer than its time is measured once, not sixty-four times.
  const bench = new Bench({
    time: milliseconds,
    iterations: 1,
    warmupTime: milliseconds / 4,
    warmupIterations: 1,
    retainSamples,
    throws: true,
  });
  bench.add("work", work);
  const [task] = await bench.run();
  return { runs: task.runs, totalTime: task.result.totalTime, sorted: task.result.latency.samples ?? [] };
}
