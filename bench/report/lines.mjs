// Turns results into the lines of one row's table: what every form of output shows.

import { ratioBetween } from "../harness/judge.mjs";
import { rawOfKind } from "../peers/index.mjs";
import { figure, spread, times } from "./words.mjs";

export const columns = ["", "median", "min – max", "to raw", ""];

/**
 * @param {import("../harness/types.mjs").Row} row
 * @param {readonly import("../harness/types.mjs").Result[]} results
 * @returns {string[][]}
 */
export function linesOf(row, results) {
  const own = results.filter((result) => result.row === row.id);
  return own.map((result) => {
    const base = own.find(({ peer }) => peer === (row.base ?? rawOfKind[result.kind]));
    const ratio = base === result ? undefined : ratioBetween(result, base);
    return [result.peer, figure(result.median), spread(result), times(ratio), result.failure ?? ""];
  });
}
