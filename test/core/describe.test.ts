import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { describeMembers } from "../../lib/core/describe.ts";
import { loadSampleModule, policyOf } from "./reach-policy.ts";

class Cache {
  entries = 3;
  private erased = 1;
  static open(_path: string): Cache {
    return new Cache();
  }
  get(_key: string): number {
    return this.erased;
  }
  get size(): never {
    throw new Error("asked");
  }
  set mode(_value: string) {}
  _grow(): void {}
}

function plus(a: number, b: number): number {
  return a + b;
}
plus.help = "adds";

const module = await loadSampleModule();

describe("describeMembers", () => {
  it("lists a plain object's members with kind and arity, and asks no getter", () => {
    const api = {
      plus,
      Cache,
      nested: { a: 1 },
      limit: 3,
      list: [1],
      cache: new Cache(),
      marked: new Cache(),
      async *rows(_from: number) {},
      get now(): never {
        throw new Error("asked");
      },
      _hidden: 1,
      then: 1,
      toString: () => "",
    };
    expect(describeMembers(api, policyOf([api.marked]))).toEqual([
      { name: "plus", kind: "method", arity: 2 },
      { name: "Cache", kind: "class", arity: 0 },
      { name: "nested", kind: "object" },
      { name: "limit", kind: "value" },
      { name: "list", kind: "value" },
      { name: "cache", kind: "value" },
      { name: "marked", kind: "object", byReference: true },
      { name: "rows", kind: "method", arity: 1 },
      { name: "now", kind: "getter" },
    ]);
  });

  it("lists an instance's methods and accessors, and its fields where they are reached", () => {
    const members = [
      { name: "get", kind: "method", arity: 1 },
      { name: "size", kind: "getter" },
      { name: "mode", kind: "getter" },
    ];
    expect(describeMembers(new Cache(), policyOf())).toEqual(members);
    expect(describeMembers(new Cache(), policyOf([], true))).toEqual([
      { name: "entries", kind: "value" },
      { name: "erased", kind: "value" },
      ...members,
    ]);
  });

  it("lists what functions and classes have of their own", () => {
    expect(describeMembers(plus, policyOf())).toEqual([{ name: "help", kind: "value" }]);
    expect(describeMembers(Cache, policyOf())).toEqual([{ name: "open", kind: "method", arity: 1 }]);
  });

  it("lists a module's exports, with its direct instances as objects", () => {
    expect(describeMembers(module, policyOf())).toEqual([
      { name: "Counter", kind: "class", arity: 0 },
      { name: "add", kind: "method", arity: 2 },
      { name: "advance", kind: "method", arity: 0 },
      { name: "counter", kind: "object" },
      { name: "default", kind: "object" },
      { name: "holder", kind: "object" },
      { name: "live", kind: "value" },
    ]);
  });

  it("lists on, once and off of a marked emitter, and nothing of others of the platform's", () => {
    const emitter = new EventEmitter();
    expect(describeMembers(emitter, policyOf([emitter])).map(({ name }) => name)).toEqual(["on", "once", "off"]);
    expect(describeMembers(emitter, policyOf())).toEqual([]);
    expect(describeMembers(new Map([["a", 1]]), policyOf())).toEqual([]);
    expect(describeMembers([1, 2], policyOf())).toEqual([]);
  });

  it("says nothing of an arity that was hidden behind a getter", () => {
    const odd = Object.defineProperty((): void => {}, "length", {
      get: () => {
        throw new Error("asked");
      },
    });
    expect(describeMembers({ odd }, policyOf())).toEqual([{ name: "odd", kind: "method" }]);
  });
});
