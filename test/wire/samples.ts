// One of everything that can be sent, and how each is written.
import type { Tag } from "../../lib/wire/tags.ts";

export type TagName = keyof typeof Tag;

export interface Sample {
  readonly name: string;
  readonly value: unknown;
  /** How it is written. */
  readonly tag: TagName;
  /** Bytes that it takes, where that is of interest. */
  readonly size?: number;
}

export const shared = { x: 1 };
export const cycle: Record<string, unknown> = { name: "cycle", list: [1] };
cycle["self"] = cycle;
(cycle["list"] as unknown[]).push(cycle);
const longText = "The quick brown fox jumps over the lazy dog. ".repeat(30);

export const samples: readonly Sample[] = [
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
  { name: "an array that is longer than may be sparse, with holes", value: withHoles(70_000), tag: "rich" },
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
  { name: "an error", value: new TypeError("no"), tag: "error" },
  { name: "an error with plain properties", value: Object.assign(new Error("x", { cause: { at: [1] } }), { code: 7 }), tag: "error" },
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
  { name: "an error of another name", value: Object.assign(new Error("x"), { name: "Custom" }), tag: "error" },
];

/** Arrays and objects in turn. */
export function nested(levels: number): unknown {
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

function withHoles(length: number): unknown[] {
  const array: unknown[] = [[0], [1], [2]];
  for (let index = 20; index < length; index += 20) array[index] = [index];
  return array;
}
