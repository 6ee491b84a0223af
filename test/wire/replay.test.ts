import { describe, expect, it } from "vitest";
import { encode, roundTrip, roundTripArguments } from "./round-trip.ts";
import { difference } from "./same.ts";
import { cycle, shared } from "./samples.ts";

describe("each member is read once", () => {
  function counted(value: Record<string, unknown>): { readonly object: object; readonly reads: Record<string, number> } {
    const reads: Record<string, number> = {};
    const object = {};
    for (const key of Object.keys(value)) {
      reads[key] = 0;
      Object.defineProperty(object, key, { enumerable: true, get: () => ((reads[key]! += 1), value[key]) });
    }
    return { object, reads };
  }
  const tail: Record<string, unknown> = {
    "nothing more": 1,
    "a Map": new Map(),
    "a cycle": cycle,
    "a shared object": [shared, shared],
    "a hole": new Array(3),
  };

  it.each(Object.keys(tail))("before %s", (name) => {
    const value = {
      n: 1,
      text: "x",
      list: [1, 2, { deep: true }],
      date: new Date(3),
      bytes: new Uint8Array(3),
      fn: () => {},
      tail: tail[name],
      end: [undefined],
    };
    const { object, reads } = counted(value);
    expect(difference(roundTrip(object), value)).toBeUndefined();
    expect(new Set(Object.values(reads))).toEqual(new Set([1]));
  });

  it("in a call whose later argument is more than a tree", () => {
    const { object, reads } = counted({ a: [1], b: {} });
    roundTripArguments([object, 1, new Set([object])]);
    expect(reads).toEqual({ a: 1, b: 1 });
  });

  it("and a getter that takes members away leaves undefined in their place", () => {
    const object = {
      get first() {
        delete (this as { second?: number }).second;
        return 1;
      },
      second: 2,
      third: 3,
    };
    encode({ first: 1, second: 2, third: 3 });
    expect(roundTrip(object)).toEqual({ first: 1, second: undefined, third: 3 });
  });

  it("what a getter throws is what the caller gets", () => {
    const mine = new Error("mine");
    const value = {
      get bad() {
        throw mine;
      },
    };
    expect(() => encode(value)).toThrow(mine);
    expect(() => encode([value, new Map()])).toThrow(mine);
    expect(() => encode(new Map([["a", value]]))).toThrow(mine);
  });
});
