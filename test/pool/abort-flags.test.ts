import { describe, expect, it } from "vitest";
import { abortMarker, abortReader, createAbortMemory } from "../../lib/pool/abort-flags.ts";

const table = () => {
  const memory = createAbortMemory();
  return { mark: abortMarker(memory), isMarked: abortReader(memory) };
};

describe("abort flags", () => {
  it("tell which calls were given up, and no others", () => {
    const { mark, isMarked } = table();
    for (const id of [1, 64, 65, 4_000_000_000, 0xffff_ffff]) {
      expect(isMarked(id)).toBe(false);
      mark(id);
      expect(isMarked(id)).toBe(true);
    }
    expect([0, 2, 63, 66, 129, 3_999_999_999].map(isMarked)).toEqual([false, false, false, false, false, false]);
  });

  it("keep a number while hundreds of others are given up", () => {
    const { mark, isMarked } = table();
    mark(5);
    for (let id = 6; id < 450; id += 1) mark(id);
    expect(isMarked(5)).toBe(true);
    for (let id = 450; id < 600; id += 1) mark(id);
    expect(isMarked(5)).toBe(false);
  });
});
