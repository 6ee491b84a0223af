import { describe, expect, it } from "vitest";
import { LimitError } from "../../lib/core/errors.ts";
import { LIMITS, thrownBy } from "./round-trip.ts";
import { nested } from "./samples.ts";
import { add, argsOf, call, pathOf, twoEnds } from "./two-ends.ts";

describe("what the far side would refuse is not sent", () => {
  const small = { text: 1000, binary: 5000, depth: 10, nodes: 100 };
  const tooMuch: readonly [string, unknown, string][] = [
    ["text", { a: "x".repeat(1001) }, "text"],
    ["wide text", "日".repeat(1001), "text"],
    ["many small strings", Array.from({ length: 90 }, () => "twelve chars"), "text"],
    ["binary", new Uint8Array(5001), "binary"],
    ["binary in parts", [new Uint8Array(3000), new Uint8Array(3000)], "binary"],
    ["members", Array(100).fill(1), "nodes"],
    ["members in a Map", new Map(Array.from({ length: 60 }, (_, index) => [index, 1])), "nodes"],
  ];

  it.each(tooMuch)("%s", (_name, value, limit) => {
    const ends = twoEnds();
    ends.out.limits = small;
    expect(() => call(ends, pathOf("a"), [value])).toThrow(LimitError);
    expect(() => ends.out.parcel([value])).toThrow(expect.objectContaining({ limit }) as Error);
    expect(() => ends.out.result(1, value)).toThrow(/^result: .*\(limits\./);
    call(ends, pathOf("a"), [1]);
    expect(ends.cross()).toHaveLength(1);
  });

  it("but a buffer of just the size that is accepted is", () => {
    const ends = twoEnds({ limits: small });
    ends.out.limits = small;
    ends.out.result(1, new Uint8Array(small.binary));
    expect(ends.cross()).toHaveLength(1);
  });

  it("counting of a parcel what it would of the values", () => {
    const ends = twoEnds({ limits: small });
    const within = [new Uint8Array(4000), "x".repeat(500)];
    const many = ends.out.parcel([Array(90).fill(1), Array(90).fill(1)]);
    const parcel = ends.out.parcel(within);
    ends.out.limits = small;
    ends.out.callParcel(0, "call", "reference", 0, pathOf("a"), 0, undefined, 0, parcel);
    expect(argsOf(ends.cross()[0])).toEqual(within);
    expect(() => ends.out.callParcel(0, "call", "reference", 0, pathOf("a"), 0, undefined, 0, many)).toThrow(/limits\.nodes/);
    expect(() => ends.out.parcel([Array(90).fill(1), Array(90).fill(1)])).toThrow(/limits\.nodes/);
  });

  it("and nesting neither", () => {
    const ends = twoEnds();
    ends.out.limits = small;
    expect(() => call(ends, add, [[[[[[[[[[[[1]]]]]]]]]]]])).toThrow(/more than 10 levels/);
  });

  it("and never deeper than a stack bears, whatever limits.depth is", () => {
    const ends = twoEnds({ limits: { ...LIMITS, depth: 1_000_000 } });
    ends.out.limits = { ...LIMITS, depth: 1_000_000 };
    expect(() => call(ends, add, [nested(1000)])).toThrow(/more than 1000 levels/);
    call(ends, add, [nested(990)]);
    expect(ends.cross()).toHaveLength(1);
  });

  it.each(tooMuch)("while a far side with the same limits takes all that is: almost %s", (_name, value) => {
    const ends = twoEnds({ limits: small });
    ends.out.limits = small;
    const sizes = [0.5, 0.9, 0.95, 0.99, 1];
    for (const size of sizes) {
      const less = shrink(value, size);
      const thrown = thrownBy(() => call(ends, pathOf("a"), [less]));
      expect([undefined, "LimitError"]).toContain((thrown as Error | undefined)?.name);
      expect(ends.cross()).toHaveLength(thrown === undefined ? 1 : 0);
    }
  });

  function shrink(value: unknown, part: number): unknown {
    const less = (length: number): number => Math.floor(length * part);
    if (typeof value === "string") return value.slice(0, less(value.length));
    if (value instanceof Uint8Array) return value.subarray(0, less(value.length));
    if (value instanceof Map) return new Map([...value].slice(0, less(value.size)));
    if (Array.isArray(value)) return value.length > 2 ? value.slice(0, less(value.length)) : value.map((item) => shrink(item, part * 0.8));
    return { a: shrink((value as { a: unknown }).a, part) };
  }
});
