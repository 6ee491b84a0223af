// Arbitrary values, arbitrary graphs of them, and arbitrary damage to their bytes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError, UnserializableError } from "../../lib/core/errors.ts";
import { times } from "../long-form.ts";
import { ByteWriter } from "../../lib/wire/bytes.ts";
import { decodeValue, encodeValue } from "../../lib/wire/values.ts";
import { decode, encode, LIMITS, plainPolicy, readerOf, roundTrip, roundTripArguments, thrownBy } from "./round-trip.ts";
import { damage, damaged } from "./damage.ts";
import { difference } from "./same.ts";

const numRuns: number = times(300, 10_000);
const settings = { numRuns };

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("x".repeat(600), "日".repeat(300), "\ud800", "a\udfff"),
);
const name = fc
  .oneof(fc.string({ maxLength: 12 }), fc.constantFrom("a", "b", "id", "constructor", "then", "0", ""))
  .filter((key) => key !== "__proto__");
const number = fc.oneof(fc.integer(), fc.integer({ min: -200, max: 200 }), fc.double(), fc.constantFrom(-0, NaN, Infinity));
const bytes = fc.uint8Array({ maxLength: 100 });
const views = fc.oneof(
  bytes,
  bytes.map((view) => Buffer.from(view)),
  bytes.map((view) => Uint8Array.from(view).buffer),
  bytes.map((view) => new DataView(Uint8Array.from(view).buffer)),
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);
const scalar = fc.oneof(number, text, fc.boolean(), fc.constantFrom(null, undefined), fc.bigInt(), fc.bigInt({ min: -300n, max: 300n }));
const leaf = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.date({ noInvalidDate: false }) },
  { weight: 1, arbitrary: views },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(/a+/g, new URL("http://example.org/x"))
      .map((value) => (value instanceof RegExp ? new RegExp(value) : new URL(value))),
  },
);

/** Trees, with everything in them that can be sent. */
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    leaf,
    tie("array"),
    tie("object"),
    tie("plain"),
    tie("map"),
    tie("set"),
    tie("rows"),
    tie("sparse"),
    tie("error"),
  ),
  array: fc.array(tie("value"), { maxLength: 6 }),
  object: fc.dictionary(name, tie("value"), { maxKeys: 6, noNullPrototype: true }),
  plain: fc.dictionary(name, scalar, { maxKeys: 20 }),
  map: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
  set: fc.array(tie("value"), { maxLength: 4 }).map((items) => new Set(items)),
  rows: fc
    .tuple(fc.uniqueArray(name, { maxLength: 5 }), fc.array(fc.array(tie("value"), { maxLength: 5 }), { maxLength: 8 }))
    .map(([keys, rows]) => rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index]])))),
  sparse: fc.sparseArray(tie("value"), { maxLength: 30, maxNumElements: 4 }),
  error: fc
    .tuple(text, tie("value"), tie("value"))
    .map(([message, cause, extra]) => Object.assign(new RangeError(message, { cause }), { extra })),
})).value;

/** Containers that hold each other in any way: shared, crossed and in circles. */
const graph = fc
  .array(
    fc.tuple(
      fc.constantFrom("array", "object", "map", "set", "error", "bare"),
      fc.array(fc.tuple(name, fc.nat(30)), { maxLength: 5 }),
      leaf,
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((nodes) => {
    const made = nodes.map(([kind]) => make(kind));
    for (const [index, [, edges, value]] of nodes.entries()) {
      for (const [key, to] of edges) link(made[index]!, key, to < made.length ? made[to] : value);
    }
    return made[0];
  });

function make(kind: string): object {
  switch (kind) {
    case "array":
      return [];
    case "object":
      return {};
    case "map":
      return new Map();
    case "set":
      return new Set();
    case "bare":
      return Object.create(null) as object;
    default:
      return new TypeError("t");
  }
}

function link(from: object, key: string, to: unknown): void {
  if (Array.isArray(from)) from.push(to);
  else if (from instanceof Map) from.set(key, to);
  else if (from instanceof Set) from.add(to);
  else if (from instanceof Error) Object.assign(from, { [`own ${key}`]: to });
  else Object.defineProperty(from, key, { value: to, enumerable: true, configurable: true, writable: true });
}

describe("whatever can be sent arrives as it was", { timeout: 15_000 + numRuns * 20 }, () => {
  it("trees", () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(difference(roundTrip(value), value)).toBeUndefined();
      }),
      settings,
    );
  });

  it("graphs", () => {
    fc.assert(
      fc.property(graph, (value) => {
        expect(difference(roundTrip(value), value)).toBeUndefined();
      }),
      settings,
    );
  });

  it("trees and graphs as arguments, which share what they share", () => {
    const args = fc
      .array(fc.oneof(tree, graph), { maxLength: 4 })
      .chain((values) => fc.array(fc.nat(5), { maxLength: 6 }).map((picks) => picks.map((pick) => values[pick])));
    fc.assert(
      fc.property(args, (values) => {
        expect(difference(roundTripArguments(values), values)).toBeUndefined();
      }),
      settings,
    );
  });

  it("and what fast-check calls anything, unless it says why not", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
      withUnicodeString: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        let copy: unknown;
        try {
          copy = roundTrip(value);
        } catch (error) {
          if (error instanceof UnserializableError && error.message.includes("__proto__")) return;
          throw error;
        }
        expect(difference(copy, value)).toBeUndefined();
      }),
      settings,
    );
  });

  it("with what one writer and one reader remember from all that came before", () => {
    const writer = new ByteWriter(16);
    const reader = readerOf(new Uint8Array(0));
    fc.assert(
      fc.property(tree, (value) => {
        writer.truncate(0);
        const lives: object[] = [];
        encodeValue(writer, value, "value", plainPolicy, lives);
        reader.reset(Uint8Array.from(writer.buffer.subarray(0, writer.length)), 0, writer.length, true);
        expect(difference(decodeValue(reader, plainPolicy, LIMITS, lives), value)).toBeUndefined();
      }),
      settings,
    );
  });

  it("reading each accessor once", () => {
    fc.assert(
      fc.property(tree, fc.array(name, { maxLength: 4 }), (value, names) => {
        const reads = new Map<string, number>();
        const object: Record<string, unknown> = { first: value };
        for (const key of names) {
          Object.defineProperty(object, key, {
            enumerable: true,
            configurable: true,
            get: () => (reads.set(key, (reads.get(key) ?? 0) + 1), value),
          });
        }
        const copy = roundTrip(object);
        expect(Object.keys(copy as object)).toEqual(Object.keys(object));
        for (const count of reads.values()) expect(count).toBe(1);
      }),
      settings,
    );
  });
});

describe("whatever happens to the bytes", { timeout: 15_000 + numRuns * 20 }, () => {
  it("of values: what is read is a value or a ProtocolError, and costs no more than it may", () => {
    const limits = { ...LIMITS, text: 100_000, nodes: 10_000 };
    fc.assert(
      fc.property(fc.oneof(tree, graph), damage, (value, changes) => {
        const { bytes, lives } = encode(value);
        const thrown = thrownBy(() => decodeValue(readerOf(damaged(bytes, changes)), plainPolicy, limits, lives));
        if (thrown !== undefined && !(thrown instanceof ProtocolError)) throw thrown;
        expect(({} as { a?: unknown }).a).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      settings,
    );
  });

  it("a value that was read can be sent on", () => {
    fc.assert(
      fc.property(tree, damage, (value, changes) => {
        const { bytes, lives } = encode(value);
        let read: unknown;
        thrownBy(() => (read = decode({ bytes: damaged(bytes, changes), lives })));
        expect(difference(roundTrip(read), read)).toBeUndefined();
      }),
      settings,
    );
  });
});
