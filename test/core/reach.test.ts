// Law 6: nothing unexposed is reached.
import { EventEmitter } from "node:events";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { NotExposedError } from "../../lib/core/errors.ts";
import { RemoteNode, setNode } from "../../lib/core/node.ts";
import { canReach, canWalk, canWrite } from "../../lib/core/reach-rules.ts";
import { reach, reachHolder } from "../../lib/core/reach.ts";
import { loadSampleModule, policyOf } from "./reach-policy.ts";

class Base {
  inherited(): string {
    return "inherited";
  }
}
class Account extends Base {
  balance = 5;
  arrow = (): number => this.balance;
  bound: () => number;
  #secret = 7;
  static create(): Account {
    return new Account();
  }
  static limit = 9;
  constructor() {
    super();
    this.bound = this.bound_.bind(this);
    this.rebound = this.rebound.bind(this);
  }
  bound_(): number {
    return this.balance;
  }
  rebound(): number {
    return this.balance;
  }
  deposit(amount: number): number {
    return (this.balance += amount);
  }
  get secret(): number {
    return this.#secret;
  }
  get config(): { mode: string } {
    return { mode: "on" };
  }
  set only(value: number) {
    this.balance = value;
  }
  _internal(): void {}
}
(Account.prototype as { shared?: unknown }).shared = { a: 1 };
class List extends Array<number> {
  total(): number {
    return this.reduce((sum, item) => sum + item, 0);
  }
}
class Chat extends EventEmitter {
  say(): string {
    return "hi";
  }
}

const account = new Account();
const marked = new Account();
const emitter = new Chat();
const markedEmitter = new Chat();
const foreign = runInNewContext("({ twice: (n) => 2 * n, nested: { three: 3 } })") as object;
const module = await loadSampleModule();

function twice(n: number): number {
  return 2 * n;
}
twice.helper = (): string => "helper";

const api = {
  twice,
  Account,
  account,
  marked,
  emitter,
  markedEmitter,
  foreign,
  module,
  limit: 3,
  nothing: null,
  missing: undefined,
  text: "abc",
  list: [10, { deep: 11 }],
  special: List.of(1, 2),
  nested: { deep: { twice, on: "off" } },
  bare: Object.assign(Object.create(null) as object, { inside: 1 }),
  derived: Object.create({ above: () => 1, value: 2 }) as object,
  map: new Map([["k", 1]]),
  buffer: Buffer.from("abc"),
  date: new Date(0),
  promise: Promise.resolve({ a: 1 }),
  process,
  call: "an own member of this name",
  _hidden: 1,
  __proto: 1,
  get computed(): { of: number } {
    return { of: 1 };
  },
  get broken(): never {
    throw new RangeError("the getter's own");
  },
};
Object.defineProperty(api, "toString", { value: () => "own", enumerable: true });
Object.defineProperty(api, "then", { value: () => "own", enumerable: true });

const policy = policyOf([marked, markedEmitter]);

function walk(path: string, start: object = api, by = policy): unknown {
  return reach(start, path.split("."), by).value;
}

const reached: [string, unknown][] = [
  ["twice", twice],
  ["twice.helper", twice.helper],
  ["limit", 3],
  ["nothing", null],
  ["missing", undefined],
  ["nested.deep.twice", twice],
  ["nested.deep.on", "off"],
  ["bare.inside", 1],
  ["computed.of", 1],
  ["call", "an own member of this name"],
  ["account", account],
  ["map", api.map],
  ["promise", api.promise],
  ["Account", Account],
  ["Account.create", Account.create],
  ["Account.limit", 9],
  ["marked.deposit", Account.prototype.deposit],
  ["marked.inherited", Base.prototype.inherited],
  ["marked.secret", 7],
  ["marked.config.mode", "on"],
  ["marked.only", undefined],
  ["marked.rebound", marked.rebound],
  ["markedEmitter.say", Chat.prototype.say],
  ["markedEmitter.on", EventEmitter.prototype.on],
  ["markedEmitter.once", EventEmitter.prototype.once],
  ["markedEmitter.off", EventEmitter.prototype.off],
  ["list.0", 10],
  ["list.1.deep", 11],
  ["foreign.nested.three", 3],
  ["module.add", module.add],
  ["module.counter", module.counter],
  ["module.counter.count", module.counter.count],
  ["module.default", module.default],
  ["module.default.only", 1],
];

const refused: [string, RegExp][] = [
  // What peers of ours fell to.
  ["constructor", /never reached/],
  ["constructor.constructor", /^constructor is not exposed/],
  ["twice.constructor", /never reached/],
  ["twice.constructor.constructor", /never reached/],
  ["nested.__proto__.polluted", /^nested\.__proto__ is not exposed/],
  ["__proto__.polluted", /stay private/],
  ["toString", /never reached/],
  ["toString.constructor", /never reached/],
  ["valueOf", /never reached/],
  ["hasOwnProperty", /never reached/],
  ["isPrototypeOf", /never reached/],
  ["propertyIsEnumerable", /never reached/],
  ["toLocaleString", /never reached/],
  ["__defineGetter__", /stay private/],
  ["__lookupGetter__", /stay private/],
  ["then", /never reached/],
  ["twice.call", /belongs to every function/],
  ["twice.apply", /belongs to every function/],
  ["twice.bind", /belongs to every function/],
  ["twice.name", /belongs to every function.*another name/],
  ["twice.length", /belongs to every function/],
  ["twice.arguments", /belongs to every function/],
  ["twice.caller", /belongs to every function/],
  ["twice.prototype", /never reached/],
  ["Account.prototype.deposit", /never reached/],
  ["Account.create.constructor", /never reached/],
  ["Account.inherited", /no such member/],
  ["marked.constructor", /never reached/],
  ["marked.constructor.create", /never reached/],
  ["marked.__proto__.deposit", /stay private/],
  ["marked._internal", /stay private/],
  ["_hidden", /names that begin with "_" stay private/],
  ["__proto", /stay private/],
  // Instances stop a path; what of them is reached are methods and accessors.
  ["account.deposit", /account is an instance of Account, .*proxy\(\).*RemoteObject/],
  ["map.get", /map is an instance of Map/],
  ["date.getTime", /date is an instance of Date/],
  ["buffer.toJSON", /buffer is an instance of Buffer/],
  ["buffer.0", /buffer is an instance of Buffer/],
  ["process.exit", /process is an instance of/],
  ["process.mainModule.require", /process is an instance of/],
  ["promise.a", /promise is a promise, and paths do not wait.*promise\(\)\.a/],
  ["derived.above", /derived is an instance of/],
  ["emitter.say", /emitter is an instance of Chat/],
  ["marked.balance", /own field of an instance of Account.*get balance\(\).*fields: true/],
  ["marked.arrow", /own field.*fields: true/],
  ["marked.bound", /own field/],
  ["marked.shared", /value on the prototype.*fields: true/],
  ["markedEmitter.emit", /comes from a class of the language or of Node/],
  ["markedEmitter.removeAllListeners", /comes from a class of the language or of Node/],
  ["markedEmitter._events", /stay private/],
  ["list.push", /comes from a class of the language/],
  ["list.length", /own field/],
  ["list.01", /no such member/],
  ["list.7", /no such member/],
  ["list.constructor", /never reached/],
  ["special.total", /special is an instance of List/],
  // What is not there.
  ["twise", /no such member\. Did you mean "twice"\?/],
  ["nested.deap.twice", /^nested\.deap is not exposed: there is no such member\. Did you mean "deep"\?/],
  ["marked.depositt", /Did you mean "deposit"/],
  ["entirelyElse", /there is no such member\. describe\(remote\)/],
  ["limit.toFixed", /limit is a number, and has no members\. Await limit/],
  ["text.length", /text is a string/],
  ["nothing.more", /nothing is null/],
  ["missing.more", /missing is undefined/],
  ["module.missing", /no such member/],
  ["module.counter.hidden", /own field/],
  ["foreign.constructor", /never reached/],
  ["foreign.constructor.constructor", /never reached/],
];

describe("reach", () => {
  it.each(reached)("reaches %s", (path, value) => {
    expect(walk(path)).toBe(value);
  });

  it.each(refused)("refuses %s", (path, reason) => {
    expect(() => walk(path)).toThrow(NotExposedError);
    expect(() => walk(path)).toThrow(reason);
  });

  it("says which object has the member, so that it can be called on it", () => {
    expect(reach(api, ["nested", "deep", "twice"], policy)).toEqual({ holder: api.nested.deep, name: "twice", value: twice });
  });

  it("lets any object be the start of a path, marked or not", () => {
    expect(walk("deposit", account)).toBe(Account.prototype.deposit);
    expect(walk("secret", account)).toBe(7);
    expect(walk("helper", twice)).toBe(twice.helper);
    expect(walk("total", List.of(1))).toBe(List.prototype.total);
    expect(walk("above", api.derived)).toBeTypeOf("function");
    expect(() => walk("value", api.derived)).toThrow(/value on the prototype/);
    expect(() => walk("get", api.map)).toThrow(/comes from a class of the language/);
    expect(() => walk("on", emitter)).toThrow(/Mark the emitter with proxy\(\)/);
    expect(() => walk("write", api.buffer)).toThrow(NotExposedError);
    expect(() => walk("exit", process)).toThrow(NotExposedError);
  });

  it("reaches own fields with fields: true, but none of the platform's objects and no private names", () => {
    const withFields = policyOf([marked], true);
    expect(walk("marked.balance", api, withFields)).toBe(5);
    expect(walk("marked.arrow", api, withFields)).toBe(marked.arrow);
    expect(walk("marked.shared.a", api, withFields)).toBe(1);
    expect(() => walk("marked._internal", api, withFields)).toThrow(/stay private/);
    expect(() => walk("own", Object.assign(new Map(), { own: 1 }), withFields)).toThrow(NotExposedError);
    expect(() => walk("0", Buffer.from("a"), withFields)).toThrow(NotExposedError);
  });

  it("walks through an instance that a module exports directly, and no deeper", () => {
    expect(walk("module.counter.count")).toBeTypeOf("function");
    expect(() => walk("module.holder.counter.count")).toThrow(/module\.holder\.counter is an instance of Counter/);
  });

  it("follows a module's live bindings", () => {
    const before = walk("module.live") as number;
    module.advance();
    expect(walk("module.live")).toBe(before + 1);
  });

  it("asks a getter once, and lets its error pass", () => {
    let asked = 0;
    const counting = {
      get config() {
        asked += 1;
        return { deep: 1 };
      },
    };
    expect(walk("config.deep", counting)).toBe(1);
    expect(asked).toBe(1);
    expect(canReach(counting, "config", policy)).toBe(true);
    expect(() => walk("confog", counting)).toThrow(/Did you mean "config"/);
    expect(asked).toBe(1);
    expect(() => walk("broken")).toThrow(RangeError);
    expect(() => walk("broken.more")).toThrow("the getter's own");
  });

  it("takes a Proxy for what its own keys say, and lets its traps throw", () => {
    const dynamic = new Proxy({ own: 1 }, { get: (target, name) => Reflect.get(target, name) ?? (() => "made up"), has: () => true });
    expect(walk("own", dynamic)).toBe(1);
    expect(() => walk("anything", dynamic)).toThrow(NotExposedError);
    expect(() => walk("constructor", dynamic)).toThrow(NotExposedError);
    const hostile = new Proxy(
      {},
      {
        getOwnPropertyDescriptor() {
          throw new RangeError("trap");
        },
      },
    );
    expect(() => walk("any", hostile)).toThrow(RangeError);
    const endless: object = new Proxy(new Account(), { getPrototypeOf: () => endless });
    expect(() => walk("any", endless)).toThrow(NotExposedError);
  });

  it("goes on through a remote of another peer, which decides for itself", () => {
    const remote = Object.assign((): void => {}, {});
    const answers = new Proxy(remote, { getOwnPropertyDescriptor: () => undefined, get: (_target, name) => `member ${String(name)}` });
    setNode(answers, new RemoteNode({ peer: {} as never, name: "" }, { names: [], interned: 0 }, undefined));
    expect(walk("remote.query", { remote: answers })).toBe("member query");
    expect(() => walk("remote.constructor", { remote: answers })).toThrow(NotExposedError);
  });

  it("bounds what a peer's names can make it say", () => {
    const long = "x".repeat(100_000);
    const error = catchError(() => reach(api, [long], policy));
    expect(error.message.length).toBeLessThan(500);
    expect(catchError(() => reach({ a: null }, ["a", ...Array.from({ length: 5_000 }, () => long)], policy)).message.length).toBeLessThan(
      2_000,
    );
  });

  it("walks to where a member would be without looking at it", () => {
    expect(reachHolder(api, ["nested", "deep", "new"], policy)).toBe(api.nested.deep);
    expect(() => reachHolder(api, ["account", "balance"], policy)).toThrow(NotExposedError);
  });

  it("says of any value whether a path may lead on through it", () => {
    for (const value of [api.nested, api.bare, api.list, twice, Account, marked, module, foreign])
      expect(canWalk(value, policy)).toBe(true);
    for (const value of [account, api.map, api.buffer, process, globalThis, api.promise, null, undefined, 3, "text"])
      expect(canWalk(value, policy)).toBe(false);
  });
});

describe("canWrite", () => {
  const fields = policyOf([], true);
  const cases: [string, object, string, boolean, boolean][] = [
    ["a new member of a plain object", {}, "fresh", true, true],
    ["an own member of a plain object", { a: 1 }, "a", true, true],
    ["__proto__", {}, "__proto__", false, false],
    ["constructor", {}, "constructor", false, false],
    ["then", {}, "then", false, false],
    ["a private name", {}, "_a", false, false],
    ["a setter", account, "only", true, true],
    ["a getter without a setter", account, "secret", false, false],
    ["a method", account, "deposit", false, false],
    ["an own field", account, "balance", false, true],
    ["a new field", account, "fresh", false, false],
    ["a static member", Account, "limit", true, true],
    ["a function's prototype", Account, "prototype", false, false],
    ["an item", [1], "0", true, true],
    ["the next item", [1], "1", true, true],
    ["an item far beyond the end", [1], "4294967294", false, false],
    ["an array's length", [1], "length", false, false],
    ["a Map's own field", Object.assign(new Map(), { own: 1 }), "own", false, false],
  ];
  it.each(cases)("%s", (_title, holder, name, without, withFields) => {
    expect(canWrite(holder, name, policy)).toBe(without);
    expect(canWrite(holder, name, fields)).toBe(withFields);
  });
});

function catchError(task: () => unknown): Error {
  try {
    task();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
