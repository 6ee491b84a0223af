import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../lib/wire/bytes.ts";
import { Tag } from "../../lib/wire/tags.ts";
import { decodeValue, encodeValue } from "../../lib/wire/values.ts";
import { decode, encode, LIMITS, plainPolicy, readerOf, roundTrip, roundTripArguments, thrownBy } from "./round-trip.ts";
import { difference } from "./same.ts";
import { cycle, samples, shared, type TagName } from "./samples.ts";

function tagOf(bytes: Uint8Array): TagName {
  const first = bytes[0]!;
  return (Object.keys(Tag) as TagName[]).find((name) => (first >= Tag.small ? name === "small" : Tag[name] === first))!;
}

describe("each value arrives as it is", () => {
  it.each(samples)("$name", ({ value, tag, size }) => {
    const encoded = encode(value);
    expect(tagOf(encoded.bytes)).toBe(tag);
    expect(encoded.bytes.length).toBe(size ?? encoded.bytes.length);
    expect(difference(decode(encoded), value)).toBeUndefined();
  });

  it.each(samples)("$name, inside of an object with others", ({ value }) => {
    const around = { before: [1, "x"], value, after: { list: [value] } };
    expect(difference(roundTrip(around), around)).toBeUndefined();
  });

  it.each(samples)("$name, as one of the arguments of a call", ({ value }) => {
    const args = [1, value, "between", { again: value }, value];
    expect(difference(roundTripArguments(args), args)).toBeUndefined();
  });

  it.each(samples)("$name, in a Map", ({ value }) => {
    const map = new Map([["key", value]]);
    expect(difference(roundTrip(map), map)).toBeUndefined();
  });

  it("one writer and one reader serve values one after the other", () => {
    const writer = new ByteWriter(16);
    for (const { value } of samples) encodeValue(writer, value, "value", plainPolicy, []);
    const reader = readerOf(writer.detach());
    for (const { name, value } of samples)
      expect([name, difference(decodeValue(reader, plainPolicy, LIMITS, []), value)]).toEqual([name, undefined]);
  });
});

describe("values of other realms are what they are", () => {
  const foreign = (code: string): unknown => runInNewContext(code);
  it.each([
    ["({ a: 1, b: [2, { c: 3 }] })", { a: 1, b: [2, { c: 3 }] }],
    ["new Map([['a', new Set([1])]])", new Map([["a", new Set([1])]])],
    ["new Date(7)", new Date(7)],
    ["/x/g", /x/g],
    ["new Uint16Array([1, 2])", new Uint16Array([1, 2])],
    ["new Uint8Array([1, 2]).buffer", Uint8Array.of(1, 2).buffer],
    ["new DataView(new ArrayBuffer(2))", new DataView(new ArrayBuffer(2))],
  ])("%s", (code, value) => {
    expect(difference(roundTrip(foreign(code)), value)).toBeUndefined();
  });

  it("an error", () => {
    const error = roundTrip(foreign("new TypeError('far')")) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe("far");
  });
});

describe("live values", () => {
  const a = (): void => {};
  const b = (): void => {};

  it("are named by their number and put in place on the other side", () => {
    const { bytes, lives } = encode({ a, list: [b, new Map([["a", a]])] });
    expect(lives).toEqual([a, b]);
    const copy = decode({ bytes, lives: ["live a" as unknown as object, "live b" as unknown as object] });
    expect(copy).toEqual({ a: "live a", list: ["live b", new Map([["a", "live a"]])] });
  });

  it("are listed once, however often they appear", () => {
    expect(encode([a, b, a, { a }]).lives).toEqual([a, b]);
    expect(encode([a, shared, shared, a]).lives).toEqual([a]);
  });

  it("follow those that the message has already", () => {
    const writer = new ByteWriter(16);
    const lives: object[] = [b];
    encodeValue(writer, [a, b], "value", plainPolicy, lives);
    expect(lives).toEqual([b, a]);
    expect(decode({ bytes: writer.detach(), lives })).toEqual([a, b]);
  });

  it("may be many, and cost each the same", () => {
    const many: unknown[] = Array.from({ length: 50_000 }, () => () => {});
    const began = performance.now();
    const { lives } = encode([...many, ...many, new Map([[1, many[7]]])]);
    expect(lives).toHaveLength(50_000);
    expect(difference(roundTrip(many.concat(many)), many.concat(many))).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it("of what of an error cannot be sent are not listed", () => {
    const error = Object.assign(new Error("x"), { a, bad: [b, Symbol("s")], last: b });
    const { bytes, lives } = encode([a, error]);
    expect(lives).toEqual([a, b]);
    const [, copy] = decode({ bytes, lives }) as [unknown, typeof error & { unsent: string[] }];
    expect([copy.a, copy.last, copy.unsent]).toEqual([a, b, ["bad"]]);
  });
});

describe("what the user's objects say of themselves is not asked", () => {
  it("an own or inherited toJSON", () => {
    const value = { toJSON: 1, inner: { a: 1 } };
    expect(roundTrip(value)).toEqual(value);
    Object.defineProperty(Object.prototype, "toJSON", { value: () => "patched", configurable: true });
    try {
      expect(roundTrip({ a: new Map([["b", { c: 1 }]]) })).toEqual({ a: new Map([["b", { c: 1 }]]) });
    } finally {
      delete (Object.prototype as { toJSON?: unknown }).toJSON;
    }
  });

  it("what Object.prototype has been given", () => {
    Object.defineProperty(Object.prototype, "extra", { value: 1, configurable: true, enumerable: true, writable: true });
    try {
      for (let time = 0; time < 3; time += 1) expect(Object.keys(roundTrip({ a: { b: 1 } }) as object)).toEqual(["a"]);
    } finally {
      delete (Object.prototype as { extra?: unknown }).extra;
    }
  });

  it("methods that an instance has over its built-in ones", () => {
    const map = Object.assign(new Map([[1, 2]]), { entries: () => [], forEach: () => {} });
    expect([...(roundTrip(map) as Map<number, number>)]).toEqual([[1, 2]]);
    const date = Object.assign(new Date(5), { getTime: () => 6, toISOString: () => "never" });
    expect(Number(roundTrip(date))).toBe(5);
    expect(Number((roundTrip(new Map([[1, date]])) as Map<number, Date>).get(1))).toBe(5);
  });
});

describe("a writer and a reader hold nothing of what they are done with", () => {
  const made: readonly [string, () => object][] = [
    ["an object", () => ({ a: {} })],
    ["an array of many objects", () => Array.from({ length: 100 }, () => ({}))],
    ["a Map", () => new Map([["a", {}]])],
    ["a cycle of many", () => Object.assign([], { 0: Array.from({ length: 100 }, () => ({})), 1: cycle })],
    ["an error", () => new Error("x", { cause: {} })],
    ["what cannot be sent", () => ({ a: [{}], b: Symbol("s") })],
    ["what cannot be sent beside a Map", () => ({ a: [new Map()], b: Symbol("s") })],
  ];

  it.each(made)("%s", async (_name, make) => {
    const writer = new ByteWriter(16);
    const reader = readerOf(new Uint8Array(0));
    const references: WeakRef<object>[] = [];
    (() => {
      const value = make();
      references.push(new WeakRef(value));
      if (thrownBy(() => encodeValue(writer, value, "value", plainPolicy, [])) !== undefined) return;
      reader.reset(Uint8Array.from(writer.buffer.subarray(0, writer.length)), 0, writer.length, true);
      references.push(new WeakRef(decodeValue(reader, plainPolicy, LIMITS, []) as object));
      reader.clear();
    })();
    for (let turn = 0; turn < 20 && references.some((one) => one.deref() !== undefined); turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc!();
    }
    expect(references.map((one) => one.deref())).toEqual(references.map(() => undefined));
    expect(writer.workspace).toBeDefined();
  });
});
