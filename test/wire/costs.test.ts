// What a few bytes of a peer's could cost, and do not.
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import type { ValueLimits } from "../../lib/core/values.ts";
import { Tag } from "../../lib/wire/tags.ts";
import { read, rich } from "./hostile-bytes.ts";
import { encode, LIMITS, thrownBy } from "./round-trip.ts";

describe("what a few bytes would cost", () => {
  const small: ValueLimits = { text: 10_000, binary: 100_000, depth: 50, nodes: 1000 };
  const many = (text: string, count: number): string => `[${Array(count).fill(text).join()}]`;
  const table: readonly [string, () => Uint8Array, RegExp][] = [
    ["text over the limit", () => encode("x".repeat(10_001)).bytes, /limits\.text/],
    ["wide text over the limit", () => encode("日".repeat(10_001)).bytes, /limits\.text/],
    ["strings over the limit in all", () => encode(Array.from({ length: 900 }, () => "x".repeat(20))).bytes, /limits\.text/],
    [
      "strings in a Map over the limit in all",
      () => encode(new Map(Array.from({ length: 30 }, (_, index) => [index, "x".repeat(600)]))).bytes,
      /limits\.text/,
    ],
    ["names over the limit", () => encode({ ["x".repeat(10_001)]: 1 }).bytes, /limits\.text/],
    ["digits over the limit", () => encode(1n << 50_000n).bytes, /limits\.text/],
    ["digits in a Map over the limit", () => encode(new Set([1n << 50_000n])).bytes, /limits\.text/],
    ["more members than are allowed", () => encode(Array(1000).fill(1)).bytes, /limits\.nodes/],
    ["more members in parts than are allowed", () => encode(Array.from({ length: 12 }, () => Array(100).fill(1))).bytes, /limits\.nodes/],
    ["more members in text than are allowed", () => rich(many("{}", 600)), /limits\.nodes/],
    [
      "more entries in a Map than are allowed",
      () => encode(new Map(Array.from({ length: 400 }, (_, index) => [index, index]))).bytes,
      /limits\.nodes/,
    ],
    ["deeper nesting than is allowed", () => nestedArray(51), /limits\.depth/],
    ["a million levels", () => nestedArray(1_000_000), /limits\.depth|limits\.text/],
    [
      "deeper nesting in text than is allowed",
      () => rich(`[[-1,1],${Array.from({ length: 300 }, (_, index) => `[${index + 2}]`).join()},0]`),
      /limits\.depth|limits\.nodes/,
    ],
  ];

  function nestedArray(levels: number): Uint8Array {
    const bytes = new Uint8Array(levels * 2 + 1);
    for (let level = 0; level < levels; level += 1) bytes.set([Tag.array, 1], level * 2);
    bytes[levels * 2] = Tag.null;
    return bytes;
  }

  it.each(table)("%s", (_name, make, message) => {
    const bytes = make();
    expect(() => read(bytes, small)).toThrow(ProtocolError);
    expect(() => read(bytes, small)).toThrow(message);
  });

  it("what is just within the limits is taken", () => {
    expect(read(encode("x".repeat(9_990)).bytes, small)).toHaveLength(9_990);
    expect(read(encode("日".repeat(9_990)).bytes, small)).toHaveLength(9_990);
    expect(read(encode(Array(999).fill(1)).bytes, small)).toHaveLength(999);
    expect(read(nestedArray(50), small)).toHaveLength(1);
    // Of binary only the whole frame is bounded.
    expect(read(encode(new Uint8Array(90_000)).bytes, small)).toHaveLength(90_000);
  });

  it.each([10_000, 100_000])("text of devalue that nests %i deep by numbers does not overflow the stack", (levels) => {
    const text = `[[-1,1],${Array.from({ length: levels }, (_, index) => `[${index + 2}]`).join()},0]`;
    expect(() => read(rich(text))).toThrow(/limits\.depth/);
  });

  it("heap while a megabyte of hostile text is refused stays within 32 times its size", () => {
    const limits = { ...LIMITS, text: 2 ** 20, nodes: 2_000_000 };
    const size = 2 ** 20 - 1000;
    const attacks: readonly (() => Uint8Array)[] = [
      () => rich(`[${"{},".repeat(size / 3 - 2)}{}]`),
      () => rich(`[${"[],".repeat(size / 3 - 2)}0]`),
      () => rich(`[[-1,1],["Map",${"0,".repeat(size / 2 - 20)}0]]`),
      () => {
        const bytes = new Uint8Array(size).fill(Tag.small);
        bytes.set([Tag.array, 255, size & 255, (size >> 8) & 255, size >> 16, 0]);
        return bytes;
      },
      () => {
        const bytes = new Uint8Array(size);
        bytes.set([Tag.array, 255, (size / 2) & 255, ((size / 2) >> 8) & 255, (size / 2) >> 16, 0]);
        for (let at = 6; at + 1 < size; at += 2) bytes[at] = Tag.array;
        return bytes;
      },
      () => {
        const bytes = new Uint8Array(size);
        bytes.set([Tag.array, 255, (size / 3) & 255, ((size / 3) >> 8) & 255, (size / 3) >> 16, 0]);
        for (let at = 6; at + 2 < size; at += 3) bytes.set([Tag.object, 1, 0], at);
        return bytes;
      },
    ];
    for (const attack of attacks) {
      const bytes = attack();
      globalThis.gc!();
      const before = process.memoryUsage().heapUsed;
      let value: unknown;
      const thrown = thrownBy(() => (value = read(bytes, limits)));
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20);
      expect(thrown instanceof ProtocolError || value !== undefined).toBe(true);
    }
  });

  it("time for what takes quadratic time elsewhere", () => {
    const began = performance.now();
    expect(read(encode(1n << 4_000_000n).bytes)).toBe(1n << 4_000_000n);
    expect(() => read(rich(`[${'"\\\\'.repeat(300_000)}]`))).toThrow(ProtocolError);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
