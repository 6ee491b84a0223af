import { describe, expect, it } from "vitest";
import { Pace } from "../../lib/pool/pace.ts";
import { Task } from "./simulated-pool.ts";

const usual = new Task("usual", { canStandBy: true });
const timed = new Task("timed");
const stream = new Task("stream", { canGoAhead: false });
const paceOf = (...took: number[]): Pace => {
  const pace = new Pace();
  for (const each of took) pace.note(each, 128);
  return pace;
};
const repeat = (took: number, count: number): number[] => new Array<number>(count).fill(took);

describe("Pace", () => {
  it("lets nothing go ahead while nothing is known", () => {
    expect([paceOf(), paceOf(1)].map((pace) => [pace.mayHave(usual), pace.took])).toEqual([
      [0, Number.POSITIVE_INFINITY],
      [0, Number.POSITIVE_INFINITY],
    ]);
  });

  it("lets ever more go ahead of a worker that is quick, as much as it does in a millisecond", () => {
    expect([2, 3, 4, 20].map((count) => paceOf(...repeat(2, count)).mayHave(timed))).toEqual([1, 3, 7, 128]);
    expect(paceOf(...repeat(100, 20)).mayHave(timed)).toBe(10);
    expect(paceOf(...repeat(100, 20)).mayHave(stream)).toBe(0);
  });

  it("lets one go ahead of a worker that is slow, unless its time would run", () => {
    const pace = paceOf(...repeat(5_000, 5));
    expect([usual, timed, stream].map((job) => pace.mayHave(job))).toEqual([1, 0, 0]);
  });

  it("takes one slow call among quick ones for what it is, and two for a change", () => {
    const pace = paceOf(...repeat(2, 20), 50_000, 2);
    expect([pace.took, pace.mayHave(timed)]).toEqual([2, 128]);
    pace.note(50_000, 128);
    expect([pace.took, pace.mayHave(timed)]).toEqual([50_000, 0]);
  });

  it("lets nothing go ahead while the call at hand takes too long", () => {
    const pace = paceOf(...repeat(2, 20));
    pace.stall();
    expect([pace.mayHave(usual), pace.isQuick, pace.ahead]).toEqual([0, false, 0]);
    pace.note(50_000, 128);
    expect([pace.mayHave(usual), pace.isQuick, pace.ahead]).toEqual([128, true, 128]);
  });

  it("knows who is done before another were awake", () => {
    const pace = paceOf(...repeat(10, 20));
    expect([1, 9, 10].map((calls) => pace.isFasterThanWaking(calls))).toEqual([true, true, false]);
    expect(paceOf(10, 10).isFasterThanWaking(1)).toBe(false);
  });
});
