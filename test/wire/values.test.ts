import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { UnserializableError } from "../../lib/core/errors.ts";
import { ByteWriter } from "../../lib/wire/bytes.ts";
import { Tag } from "../../lib/wire/tags.ts";
import { decodeValue, encodeValue } from "../../lib/wire/values.ts";
import { decode, encode, LIMITS, plainPolicy, policyWith, readerOf, roundTrip, roundTripArguments } from "./round-trip.ts";
import { difference } from "./same.ts";

type TagName = keyof typeof Tag;

interface Row {
  readonly name: string;
  readonly value: unknown;
  /** How it is written. */
  readonly tag: TagName;
  /** Bytes that it takes, where that is of interest. */
  readonly size?: number;
}

const shared = { x: 1 };
const cycle: Record<string, unknown> = { name: "cycle", list: [1] };
cycle["self"] = cycle;
(cycle["list"] as unknown[]).push(cycle);
const longText = "The quick brown fox jumps over the lazy dog. ".repeat(30);

const rows: readonly Row[] = [
  { name: "undefined", value: undefined, tag: "undefined", size: 1 },
  { name: "null", value: null, tag: "null", size: 1 },
  { name: "true", value: true, tag: "true", size: 1 },
  { name: "false", value: false, tag: "false", size: 1 },
  { name: "0", value: 0, tag: "small", size: 1 },
  { name: "127", value: 127, tag: "small", size: 1 },
  { name: "128", value: 128, tag: "int", size: 5 },
  { name: "-1", value: -1, tag: "int", size: 5 },
  { name: "the largest i32", value: 2 ** 31 - 1, tag: "int" },
  { name: "the smallest i32", value: -(2 ** 31), tag: "int" },
  { name: "what is just no i32", value: 2 ** 31, tag: "double", size: 9 },
  { name: "-0", value: -0, tag: "double" },
  { name: "NaN", value: NaN, tag: "double" },
  { name: "Infinity", value: Infinity, tag: "double" },
  { name: "-Infinity", value: -Infinity, tag: "double" },
  { name: "0.1", value: 0.1, tag: "double" },
  { name: "the smallest double", value: Number.MIN_VALUE, tag: "double" },
  { name: "the largest double", value: Number.MAX_VALUE, tag: "double" },
  { name: "0n", value: 0n, tag: "bigint", size: 9 },
  { name: "-1n", value: -1n, tag: "bigint" },
  { name: "the largest i64", value: 2n ** 63n - 1n, tag: "bigint" },
  { name: "the smallest i64", value: -(2n ** 63n), tag: "bigint" },
  { name: "what is just no i64", value: 2n ** 63n, tag: "bigintText" },
  { name: "a large negative bigint", value: -(12345678901234567890n ** 9n), tag: "bigintText" },

  { name: "an empty string", value: "", tag: "text", size: 2 },
  { name: "a short string", value: "hello", tag: "text", size: 7 },
  { name: "a string of 20 characters", value: "x".repeat(20), tag: "text" },
  { name: "a string of 21 characters", value: "x".repeat(21), tag: "text", size: 23 },
  { name: "a string of 255 characters", value: "x".repeat(255), tag: "text", size: 257 },
  { name: "a string of 256 characters", value: "x".repeat(256), tag: "longText", size: 261 },
  { name: "a long string", value: longText, tag: "longText" },
  { name: "a string with umlauts", value: "Übergröße", tag: "text", size: 11 },
  { name: "a long string with umlauts", value: "Übergröße ".repeat(50), tag: "longText" },
  { name: "every character of a byte", value: String.fromCharCode(...Array(256).keys()), tag: "longText", size: 261 },
  { name: "a short string in Japanese", value: "日本語", tag: "wideText", size: 11 },
  { name: "a long string in Japanese", value: "日本語テキスト".repeat(200), tag: "wideText" },
  { name: "an emoji", value: "👩‍👩‍👧‍👦", tag: "wideText" },
  { name: "a string whose last character alone is wide", value: `${longText}日`, tag: "wideText" },
  { name: "a lone high surrogate", value: "a\ud800", tag: "wideText" },
  { name: "a lone low surrogate in a long string", value: `${longText}\udc00${longText}`, tag: "wideText" },
  {
    name: "a rope of strings",
    value: Array.from("abcdefghijklmnopqrstuvwxyz").reduce((rope, letter) => rope + letter.repeat(20), ""),
    tag: "longText",
  },
  { name: "a string with NULs", value: "a\0b\0", tag: "text" },

  { name: "an empty object", value: {}, tag: "object" },
  { name: "an object", value: { a: 1, b: "two", c: null, d: true }, tag: "object" },
  { name: "an object with undefined members", value: { a: undefined, b: 1 }, tag: "object" },
  {
    name: "an object with many members",
    value: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`member${index}`, index])),
    tag: "object",
  },
  {
    name: "an object with 20 members",
    value: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`member${index}`, index])),
    tag: "object",
  },
  { name: "numbers as names", value: { 2: "b", 1: "a", x: 1 }, tag: "object" },
  { name: "odd names", value: { "": 1, " ": 2, 日本: 3, "a.b": 4, constructor: 5, toString: 6, hasOwnProperty: 7 }, tag: "object" },
  { name: "a member named then that is no function", value: { then: 1, catch: 2 }, tag: "object" },
  { name: "a member named toJSON", value: { toJSON: "no", a: 1 }, tag: "object" },
  { name: "an object without a prototype", value: Object.assign(Object.create(null), { a: 1, b: [2] }), tag: "bareObject" },
  { name: "an empty array", value: [], tag: "array", size: 2 },
  { name: "an array", value: [1, "two", [3, [4]], { five: 5 }], tag: "array" },
  { name: "an array of undefined", value: [undefined, undefined], tag: "array" },
  { name: "an array of 254", value: Array(254).fill(7), tag: "array", size: 256 },
  { name: "an array of 255", value: Array(255).fill(7), tag: "array", size: 261 },
  { name: "an array with -0 and NaN", value: [-0, NaN, Infinity], tag: "array" },
  {
    name: "rows with the same members",
    value: Array.from({ length: 50 }, (_, id) => ({ id, name: `row ${id}`, owner: { id: id * 2 } })),
    tag: "array",
  },
  {
    name: "objects of more shapes than have numbers",
    value: Array.from({ length: 600 }, (_, index) => ({ [`a${index % 300}`]: index })),
    tag: "array",
  },
  { name: "more objects than are searched one by one", value: Array.from({ length: 40 }, () => ({})), tag: "array" },
  { name: "a date", value: new Date("2024-02-29T12:34:56.789Z"), tag: "date", size: 9 },
  { name: "an invalid date", value: new Date(NaN), tag: "date" },
  { name: "dates in rows", value: [{ at: new Date(0) }, { at: new Date(-1) }], tag: "array" },
  { name: "999 levels of nesting", value: nested(999), tag: "array" },

  { name: "an empty Uint8Array", value: new Uint8Array(0), tag: "binary" },
  { name: "a Uint8Array", value: Uint8Array.of(1, 2, 3), tag: "binary" },
  { name: "a large Uint8Array", value: new Uint8Array(100_000).map((_, index) => index), tag: "binary" },
  { name: "a Buffer", value: Buffer.from("hello"), tag: "binary" },
  { name: "an empty Buffer", value: Buffer.alloc(0), tag: "binary" },
  { name: "an ArrayBuffer", value: Uint8Array.of(1, 2, 3).buffer, tag: "binary" },
  { name: "an empty ArrayBuffer", value: new ArrayBuffer(0), tag: "binary" },
  { name: "a DataView", value: new DataView(new ArrayBuffer(10), 3, 5), tag: "binary" },
  { name: "an Int8Array", value: Int8Array.of(-1, 2), tag: "binary" },
  { name: "a Uint8ClampedArray", value: Uint8ClampedArray.of(255, 0), tag: "binary" },
  { name: "an Int16Array", value: Int16Array.of(-1, 300), tag: "binary" },
  { name: "a Uint16Array", value: Uint16Array.of(1, 300), tag: "binary" },
  { name: "an Int32Array", value: Int32Array.of(-1, 2 ** 30), tag: "binary" },
  { name: "a Uint32Array", value: Uint32Array.of(1, 2 ** 31), tag: "binary" },
  { name: "a Float32Array", value: Float32Array.of(0.5, NaN), tag: "binary" },
  { name: "a Float64Array", value: Float64Array.of(0.1, -0), tag: "binary" },
  { name: "a BigInt64Array", value: BigInt64Array.of(-1n, 2n ** 62n), tag: "binary" },
  { name: "a BigUint64Array", value: BigUint64Array.of(2n ** 63n), tag: "binary" },
  { name: "views at any depth", value: { a: [new Float64Array(3), { b: new Uint8Array(1) }], c: Buffer.from("x") }, tag: "object" },

  {
    name: "a Map",
    value: new Map<unknown, unknown>([
      ["a", 1],
      [{ key: 1 }, [2]],
      [NaN, undefined],
    ]),
    tag: "rich",
  },
  { name: "a Set", value: new Set<unknown>([1, "a", { b: 2 }, -0]), tag: "rich" },
  { name: "an empty Map and Set", value: [new Map(), new Set()], tag: "rich" },
  { name: "a RegExp", value: /a\/b"[<]/giu, tag: "rich" },
  { name: "a URL", value: new URL("https://user@example.org:81/a?b=c#d"), tag: "rich" },
  { name: "a cycle", value: cycle, tag: "rich" },
  { name: "a shared object", value: [shared, shared], tag: "rich" },
  { name: "a shared date", value: ((date) => [date, date])(new Date(5)), tag: "rich" },
  { name: "a shared view", value: ((view) => ({ a: view, b: view }))(new Uint8Array(4)), tag: "rich" },
  { name: "an object shared with a Map", value: [shared, new Map([[shared, shared]])], tag: "rich" },
  { name: "a shared one among many", value: ((many: object[]) => [...many, many[3]])(Array.from({ length: 40 }, () => ({}))), tag: "rich" },
  // oxlint-disable-next-line no-sparse-arrays
  { name: "a hole", value: [1, , 3], tag: "rich" },
  { name: "nothing but holes", value: new Array(100), tag: "rich" },
  { name: "a long sparse array", value: Object.assign([], { 60_000: "x" }), tag: "rich" },
  { name: "boxed scalars", value: [Object(1), Object("s"), Object(false)], tag: "rich" },
  {
    name: "scalars in a Map",
    value: new Map<unknown, unknown>([
      [1n, -0],
      [2n ** 80n, NaN],
      ["u", undefined],
      ["i", -Infinity],
      ["s", "\ud800"],
    ]),
    tag: "rich",
  },
  { name: "a long string in a Map", value: new Map([["text", longText]]), tag: "rich" },
  {
    name: "views in a Map",
    value: new Map<unknown, unknown>([
      ["a", new Float32Array([1, 2])],
      ["b", Buffer.from("b")],
      ["c", new ArrayBuffer(3)],
    ]),
    tag: "rich",
  },
  { name: "an object without a prototype in a Set", value: new Set([Object.assign(Object.create(null), { a: 1 })]), tag: "rich" },
  {
    name: "text that means something to devalue",
    value: new Map([
      ["a", ["Map", 1]],
      ["b", ["S", 0]],
    ]),
    tag: "rich",
  },
  { name: "text that means something to HTML", value: new Set(["</script>", "\u2028", '"\\"']), tag: "rich" },
  { name: "an error", value: new TypeError("no"), tag: "rich" },
  {
    name: "an error with a cause and a code",
    value: Object.assign(new RangeError("far", { cause: new Error("near") }), { code: "ERR_FAR", at: [1] }),
    tag: "rich",
  },
  { name: "an AggregateError", value: new AggregateError([new Error("a"), 1, undefined], "many"), tag: "rich" },
  {
    name: "an error that leads to itself",
    value: ((error: Error & { self?: unknown }) => Object.assign(error, { self: { back: error } }))(new Error("loop")),
    tag: "rich",
  },
  { name: "two errors that lead to each other", value: twins(), tag: "rich" },
  { name: "an error of another name", value: Object.assign(new Error("x"), { name: "Custom" }), tag: "rich" },
];

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

function twins(): Error[] {
  const one = new Error("one");
  const two = new Error("two", { cause: one });
  one.cause = two;
  return [one, two];
}

function tagOf(bytes: Uint8Array): TagName {
  const first = bytes[0]!;
  return (Object.keys(Tag) as TagName[]).find((name) => (first >= Tag.small ? name === "small" : Tag[name] === first))!;
}

describe("each value arrives as it is", () => {
  it.each(rows)("$name", ({ value, tag, size }) => {
    const encoded = encode(value);
    expect(tagOf(encoded.bytes)).toBe(tag);
    if (size !== undefined) expect(encoded.bytes.length).toBe(size);
    expect(difference(decode(encoded), value)).toBeUndefined();
  });

  it.each(rows)("$name, inside of an object with others", ({ value }) => {
    const around = { before: [1, "x"], value, after: { list: [value] } };
    expect(difference(roundTrip(around), around)).toBeUndefined();
  });

  it.each(rows)("$name, as one of the arguments of a call", ({ value }) => {
    const args = [1, value, "between", { again: value }, value];
    expect(difference(roundTripArguments(args), args)).toBeUndefined();
  });

  it.each(rows)("$name, in a Map", ({ value }) => {
    const map = new Map([["key", value]]);
    expect(difference(roundTrip(map), map)).toBeUndefined();
  });

  it("one writer and one reader serve values one after the other", () => {
    const writer = new ByteWriter(16);
    for (const { value } of rows) encodeValue(writer, value, "value", plainPolicy, []);
    const reader = readerOf(writer.detach());
    for (const { name, value } of rows) expect(difference(decodeValue(reader, plainPolicy, LIMITS, []), value), name).toBeUndefined();
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

describe("a view is sent without the memory around it", () => {
  it("of a subarray only its own bytes", () => {
    const memory = new Uint8Array(100_000).fill(9);
    const { bytes } = encode(memory.subarray(10, 20));
    expect(bytes.length).toBeLessThan(40);
    expect((decode({ bytes, lives: [] }) as Uint8Array).buffer.byteLength).toBe(10);
  });

  it("shared memory is copied like any other", () => {
    const view = new Uint8Array(new SharedArrayBuffer(8)).fill(3);
    const copy = roundTrip(view) as Uint8Array;
    expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
    expect([...copy]).toEqual([...view]);
  });
});

describe("received bytes", () => {
  const big = new Float64Array(4096).map((_, index) => index);
  const received = (owned: boolean, value: unknown): { readonly bytes: Uint8Array; readonly copy: ArrayBufferView } => {
    const { bytes } = encode(value);
    const chunk = Uint8Array.from(bytes);
    return { bytes: chunk, copy: decodeValue(readerOf(chunk, owned), plainPolicy, LIMITS, []) as ArrayBufferView };
  };

  it("are looked at where they arrived if they may be kept and are most of their chunk", () => {
    const { bytes, copy } = received(true, big);
    expect(copy.buffer).toBe(bytes.buffer);
    expect(copy).toEqual(big);
  });

  it("are copied if they may not be kept", () => {
    const { bytes, copy } = received(false, big);
    expect(copy.buffer).not.toBe(bytes.buffer);
    expect(copy.buffer.byteLength).toBe(big.byteLength);
  });

  it("are copied if they are a small part of their chunk, so that they do not hold it", () => {
    const { bytes } = encode([big, Uint8Array.of(1, 2)]);
    const [, small] = decodeValue(readerOf(bytes, true), plainPolicy, LIMITS, []) as [unknown, Uint8Array];
    expect(small.buffer.byteLength).toBe(2);
  });

  it("are copied if they lie askew", () => {
    const { bytes } = encode(big);
    const chunk = new Uint8Array(bytes.length + 1);
    chunk.set(bytes, 1);
    const copy = decodeValue(readerOf(chunk.subarray(1), true), plainPolicy, LIMITS, []) as Float64Array;
    expect(copy.buffer).not.toBe(chunk.buffer);
    expect(copy).toEqual(big);
  });

  it("are copied for an ArrayBuffer, which cannot be a part of one", () => {
    const { bytes, lives } = encode(big.buffer);
    const copy = decodeValue(readerOf(bytes, true), plainPolicy, LIMITS, lives) as ArrayBuffer;
    expect(copy.byteLength).toBe(big.byteLength);
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

  it("may be thousands", () => {
    const many = Array.from({ length: 5000 }, () => () => {});
    expect(difference(roundTrip(many.concat(many)), many.concat(many))).toBeUndefined();
  });
});

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

describe("what cannot be sent is named", () => {
  class Money {}
  class List extends Array {}
  const refused: readonly [name: string, value: unknown, path: string, message: RegExp][] = [
    ["a symbol", Symbol("s"), "value", /Symbol\(s\) cannot be sent/],
    ["a symbol inside", { a: [Symbol("s")] }, "value.a[0]", /Symbol/],
    ["an instance of a class", { price: new Money() }, "value.price", /an instance of Money cannot be copied.*proxy\(.*classCodec/],
    ["an instance of an unnamed class", [new (class {})()], "value[0]", /unnamed class/],
    ["an instance of a subclass of Array", new List(), "value", /List/],
    ["a WeakMap", { rows: [{}, { handle: new WeakMap() }] }, "value.rows[1].handle", /WeakMap/],
    ["a WeakRef", new WeakRef({}), "value", /WeakRef/],
    ["an odd name on the way", { "a b": { "": Symbol("s") } }, 'value["a b"][""]', /Symbol/],
    ["an own __proto__", JSON.parse('{"a":{"__proto__":{"x":1}}}'), "value.a.__proto__", /__proto__/],
    ["an own __proto__ in a Map", new Map([["k", JSON.parse('{"__proto__":1}')]]), "value.k.__proto__", /__proto__/],
    [
      "an own __proto__ without a prototype",
      Object.defineProperty(Object.create(null), "__proto__", { value: 1, enumerable: true }),
      "value.__proto__",
      /__proto__/,
    ],
    ["a method then", { a: { then() {} } }, "value.a.then", /then/],
    ["a method then beside a Map", [new Map(), { then: () => {} }], "value[1].then", /then/],
    ["what is behind a Map", new Map<unknown, unknown>([["a", [Symbol("s")]]]), "value.a[0]", /Symbol/],
    ["the key of a Map", new Map<unknown, unknown>([[Symbol("s"), 1]]), 'value["<key 0>"]', /Symbol/],
    ["what is in a Set", new Set([1, Symbol("s")]), "value[1]", /Symbol/],
    ["an array that is too sparse", Object.assign([], { 4_000_000_000: 1 }), "value", /too sparse.*Map/],
    ["a deep array", nested(10_000), "value.value[0].value[0].value", /1000 levels/],
    ["a deep Map", deepMap(10_000), "value.value.value", /levels/],
    ["what only claims to be a Map", Object.create(Map.prototype), "value", /Map/],
    ["what only claims to be a date", Object.create(Date.prototype), "value", /Date/],
    ["what only claims to be bytes", Object.create(Uint8Array.prototype), "value", /Uint8Array/],
  ];

  function deepMap(levels: number): unknown {
    let value: unknown = 1;
    for (let level = 0; level < levels; level += 1) value = new Map([["value", value]]);
    return value;
  }

  it.each(refused)("%s", (_name, value, path, message) => {
    let thrown: unknown;
    try {
      encode(value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UnserializableError);
    const error = thrown as UnserializableError;
    expect(error.message).toMatch(message);
    expect(error.path.startsWith(path), error.path).toBe(true);
    expect(error.message.startsWith(error.path)).toBe(true);
  });

  it("memory that was moved away", () => {
    const view = new Uint8Array(4);
    structuredClone(view, { transfer: [view.buffer] });
    expect(() => encode({ view })).toThrow(/value\.view: its memory was moved away/);
    expect(() => encode(new Map([["a", view.buffer]]))).toThrow(UnserializableError);
  });

  it("arguments by their number", () => {
    const call = (...args: unknown[]): void => void roundTripArguments(args);
    expect(() => call(1, { rows: [1, { handle: Symbol("x") }] })).toThrow("args[1].rows[1].handle");
    expect(() => call(1, new Map(), { a: new WeakMap() })).toThrow("args[2].a");
  });

  it("and the writer is as good as new afterwards", () => {
    const writer = new ByteWriter(16);
    expect(() => encodeValue(writer, { a: [shared, shared, Symbol("s")] }, "value", plainPolicy, [])).toThrow(UnserializableError);
    writer.truncate(0);
    encodeValue(writer, [shared], "value", plainPolicy, []);
    expect(decode({ bytes: writer.detach(), lives: [] })).toEqual([shared]);
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

describe("registered classes", () => {
  class Point {
    readonly x: number;
    readonly y: unknown;
    constructor(x: number, y: unknown) {
      this.x = x;
      this.y = y;
    }
  }
  class NamedPoint extends Point {
    name = "";
  }
  class Failure extends Error {
    readonly detail: unknown;
    constructor(message: string, detail: unknown) {
      super(message);
      this.detail = detail;
    }
  }
  class Bytes extends Uint8Array {}
  const policy = policyWith([
    {
      name: "named",
      Class: NamedPoint,
      encode: (p) => ({ x: (p as NamedPoint).x, name: (p as NamedPoint).name }),
      decode: (data) => Object.assign(new NamedPoint((data as NamedPoint).x, 0), { name: (data as NamedPoint).name }),
    },
    {
      name: "point",
      Class: Point,
      encode: (p) => [(p as Point).x, (p as Point).y],
      decode: (data) => new Point(...(data as [number, unknown])),
    },
    {
      name: "failure",
      Class: Failure,
      encode: (f) => [(f as Failure).message, (f as Failure).detail],
      decode: (data) => new Failure(...(data as [string, unknown])),
    },
    { name: "bytes", Class: Bytes, encode: (b) => new Uint8Array(b as Bytes), decode: (data) => Bytes.from(data as Uint8Array) },
  ]);

  it("cross at any depth, class and all", () => {
    const value = { list: [new Point(1, new Point(2, new Set([new Point(3, null)])))] };
    expect(difference(roundTrip(value, policy), value)).toBeUndefined();
  });

  it("are found before their bases", () => {
    const copy = roundTrip([Object.assign(new NamedPoint(1, 2), { name: "n" })], policy) as [NamedPoint];
    expect(copy[0]).toBeInstanceOf(NamedPoint);
    expect(copy[0].name).toBe("n");
  });

  it("may be errors and bytes", () => {
    const [failure, bytes] = roundTrip([new Failure("m", { code: 1 }), Bytes.of(1, 2)], policy) as [Failure, Bytes];
    expect(failure).toBeInstanceOf(Failure);
    expect(failure.detail).toEqual({ code: 1 });
    expect(bytes).toBeInstanceOf(Bytes);
    expect([...bytes]).toEqual([1, 2]);
  });

  it("keep what they share", () => {
    const point = new Point(1, shared);
    const value = [point, point, { shared }];
    expect(difference(roundTrip(value, policy), value)).toBeUndefined();
  });

  it("that contain themselves are refused", () => {
    const point = new Point(1, []);
    (point.y as unknown[]).push(point);
    expect(() => encode({ point }, policy)).toThrow(/contains itself/);
  });

  it("that this side does not know are shown as what they are", () => {
    const encoded = encode({ p: new Point(1, "y") }, policy);
    expect(decode(encoded)).toEqual({ p: { unknownClass: "point", data: [1, "y"] } });
  });
});
