import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullJitter } from "../../lib/socket/backoff.ts";

const bounds = { first: 10, longest: 500 };

describe("fullJitter", () => {
  it("doubles its bound with each attempt, up to the longest", () => {
    const most = [0, 1, 2, 5, 6, 2000].map((attempt) => fullJitter(attempt, bounds, () => 1));
    expect(most).toEqual([10, 20, 40, 320, 500, 500]);
  });

  it("is anything between nothing and the bound", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const wait = fullJitter(attempt, bounds, () => chance);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(500);
      }),
    );
    expect(fullJitter(3, bounds, () => 0)).toBe(0);
  });
});
