// Holds results against goals. A ratio is taken in each round, between neighbours in time, and the median of them counts.

import { median } from "./statistics.mjs";

/**
 * @param {import("./types.mjs").Result | undefined} result
 * @param {import("./types.mjs").Result | undefined} base
 */
export function ratioBetween(result, base) {
  if (!result?.samples.length || !base?.samples.length) return undefined;
  const rounds = Math.min(result.samples.length, base.samples.length);
  return median(Array.from({ length: rounds }, (_, round) => result.samples[round] / base.samples[round]));
}

/**
 * Leaves out the goals whose peers were not measured in this run, save those that were to run and failed.
 *
 * @param {readonly import("../goals.mjs").Goal[]} goals
 * @param {readonly import("./types.mjs").Result[]} results
 * @param {number} share what part of a goal is asked for: 1, or a third in the short form
 */
export function judge(goals, results, share = 1) {
  const find = (row, peer) => results.find((result) => result.row === row && result.peer === peer);
  return goals.flatMap((goal) => {
    const result = find(goal.row, goal.peer);
    const base = goal.against === undefined ? undefined : find(goal.againstRow ?? goal.row, goal.against);
    if (result === undefined || (goal.against !== undefined && base === undefined)) return [];
    const reached = goal.against === undefined ? result.median : ratioBetween(result, base);
    return [{ goal, reached, met: isMet(goal, reached, share) }];
  });
}

function isMet({ atLeast, atMost }, reached, share) {
  if (reached === undefined || Number.isNaN(reached)) return false;
  return reached >= (atLeast ?? 0) * share && reached <= (atMost ?? Infinity) / share;
}
