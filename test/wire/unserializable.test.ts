import { describe, expect, it } from "vitest";
import { UnserializableError } from "../../lib/core/errors.ts";
import { ByteWriter } from "../../lib/wire/bytes.ts";
import { encodeValue } from "../../lib/wire/values.ts";
import { decode, encode, plainPolicy, roundTripArguments } from "./round-trip.ts";
import { nested, shared } from "./samples.ts";

describe("what cannot be sent is named", () => {
  class Money {}
  class List extends Array {}
  const refused: readonly [name: string, value: unknown, path: string, message: RegExp][] = [
    ["a symbol", Symbol("s"), "value", /Symbol\(s\) cannot be sent/],
    ["a symbol inside", { a: [Symbol("s")] }, "value.a[0]", /Symbol/],
    ["an instance of a class", { price: new Money() }, "value.price", /an instance of Money cannot be copied.*proxy\(.*classCodec/],
    ["an instance of an unnamed class", [new (class {})()], "value[0]", /unnamed class/],
    ["an instance of a subclass of Array", new List(), "value", /List/],
    ["an instance of a subclass of Map", { a: new (class Bag extends Map {})() }, "value.a", /an instance of Bag cannot be copied/],
    ["an instance of a subclass of Set", [new (class Bag extends Set {})()], "value[0]", /Bag/],
    ["an instance of a subclass of Date", new (class Day extends Date {})(), "value", /Day/],
    ["an instance of a subclass of RegExp", new (class Pattern extends RegExp {})("a"), "value", /Pattern/],
    ["an instance of a subclass of URL", new (class Link extends URL {})("a:b"), "value", /Link/],
    ["an instance of a subclass of Uint8Array", new (class Bytes extends Uint8Array {})(2), "value", /Bytes/],
    ["an instance of a subclass of DataView", new (class View extends DataView<ArrayBuffer> {})(new ArrayBuffer(2)), "value", /View/],
    ["an instance of a subclass of ArrayBuffer", new (class Memory extends ArrayBuffer {})(2), "value", /Memory/],
    ["a WeakMap", { rows: [{}, { handle: new WeakMap() }] }, "value.rows[1].handle", /WeakMap/],
    ["a WeakRef", new WeakRef({}), "value", /WeakRef/],
    ["a MessagePort that is not listed", { port: new MessageChannel().port1 }, "value.port", /MessagePort.*transfer\(\)/],
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
    expect(error.path.slice(0, path.length)).toBe(path);
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
