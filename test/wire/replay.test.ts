import { describe, expect, it } from "vitest";
import { encode, plainPolicy, roundTrip, roundTripArguments } from "./round-trip.ts";
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

  it("and what is marked while it is read is refused rather than mistaken", () => {
    const marked = {};
    let asked = 0;
    const policy = { ...plainPolicy, isLive: (value: object) => value === marked && (asked += 1) > 1 };
    expect(() => encode({ list: [marked, 1, 2], map: new Map() }, policy)).toThrow(/changed while it was being sent/);
    expect(() => encode([marked, new Map()], policy)).not.toThrow();
  });

  it("through a Proxy too", () => {
    const target = { a: 1, list: [1, 2], map: new Map() };
    const gets: PropertyKey[] = [];
    const proxy = new Proxy(target, { get: (object, key) => (gets.push(key), Reflect.get(object, key) as unknown) });
    expect(difference(roundTrip({ proxy, list: new Proxy([1, 2], {}) }), { proxy: target, list: [1, 2] })).toBeUndefined();
    expect(gets).toEqual(["a", "list", "map"]);
  });
});
