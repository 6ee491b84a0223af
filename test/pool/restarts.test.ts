import { describe, expect, it } from "vitest";
import { Restarts } from "../../lib/pool/restarts.ts";

describe("Restarts", () => {
  it("lets a worker that was useful be replaced at once, however often", () => {
    const restarts = new Restarts();
    expect(Array.from({ length: 100 }, (_, at) => restarts.delayAfter(true, at))).toEqual(new Array(100).fill(0));
  });

  it("lets those that die in vain wait ever longer, up to a limit", () => {
    const restarts = new Restarts(() => 0.5);
    const delays = Array.from({ length: 12 }, (_, at) => restarts.delayAfter(false, at * 10));
    expect(delays).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000]);
  });

  it("begins anew after one that was useful, or a long time without", () => {
    const restarts = new Restarts(() => 0.5);
    for (let at = 0; at < 5; at += 1) restarts.delayAfter(false, at);
    restarts.delayAfter(true, 10);
    expect([restarts.delayAfter(false, 11), restarts.delayAfter(false, 12)]).toEqual([0, 100]);
    expect(restarts.delayAfter(false, 100_000)).toBe(0);
  });

  it("scatters, so that pools which failed together do not come back together", () => {
    const early = new Restarts(() => 0);
    const late = new Restarts(() => 1);
    for (const restarts of [early, late]) restarts.delayAfter(false, 0);
    expect([early.delayAfter(false, 1), late.delayAfter(false, 1)]).toEqual([75, 125]);
  });
});
