import { describe, expect, it } from "vitest";
import type { SlotTable } from "../../lib/core/codec.ts";
import { Deferred, DeferredArguments } from "../../lib/core/deferred.ts";
import { LimitError, NotExposedError, ProtocolError, UnserializableError } from "../../lib/core/errors.ts";
import { CallFlag, type CallOp, type MemberPath, type Slot, SlotKind } from "../../lib/core/messages.ts";
import { HEADER_SIZE, MAX_NAME_LENGTH, MAX_PATH_LENGTH } from "../../lib/wire/frame.ts";
import { LIMITS, plainPolicy, policyWith } from "./round-trip.ts";
import { type Ends, type EndsOptions, slotTable, type Told, twoEnds } from "./two-ends.ts";

const pathOf = (...names: string[]): MemberPath => ({ names, interned: 0 });
const add = pathOf("math", "add");

function call(
  ends: Ends,
  path: MemberPath,
  args: readonly unknown[],
  options: { op?: CallOp; target?: number; flags?: number; headers?: object; depth?: number } = {},
): void {
  const { op = "call", target = 0, flags = 0, headers, depth = 0 } = options;
  ends.out.call(0, op, "reference", target, path, flags, headers, depth, args);
}

const argsOf = (told: Told | undefined): unknown => told?.[9];

describe("every message arrives as it was said", () => {
  const hello = { version: 1, epoch: "e", limits: { text: 1, binary: 2, window: 3 }, handles: true, name: "n" };
  const error = new Error("far");
  const messages: readonly Told[] = [
    ["hello", hello],
    ["auth", { answer: "x" }],
    ["goAway", undefined],
    ["bye", undefined],
    ["acknowledge", 2 ** 40, 12],
    ["ping", 7],
    ["pong", 7, 1.5],
    ["result", 1, { rows: [1, 2] }],
    ["result", 2, undefined],
    ["failure", 3, "thrown"],
    ["abort", 4, "reason"],
    ["forget", 5],
    ["release", 6, 3],
    ["settle", 7, true, 1],
    ["settle", 8, false, [1]],
    ["fire", 9, "reason"],
    ["item", 10, true, new Uint8Array(3)],
    ["item", 11, false, "x"],
    ["end", 12, true, undefined],
    ["fail", 13, false, 4],
    ["credit", 14, true, 5, 1000, undefined, false],
    ["credit", 15, false, 1, 0, "sent in", true],
    ["cancel", 16, true, false, undefined],
    ["cancel", 17, false, true, "thrown in"],
  ];

  it.each(messages.map((message) => [message[0], message] as const))("%s", (_name, message) => {
    const ends = twoEnds();
    const [name, ...parts] = message;
    (ends.out as unknown as Record<string, (...parts: unknown[]) => void>)[name]!(...parts);
    expect(ends.cross()).toEqual([message]);
  });

  it("all of them in one batch, in order", () => {
    const ends = twoEnds();
    for (const [name, ...parts] of messages) (ends.out as unknown as Record<string, (...parts: unknown[]) => void>)[name]!(...parts);
    expect(ends.out.length % 8).toBe(0);
    expect(ends.cross()).toEqual(messages);
  });

  it("a thrown error", () => {
    const ends = twoEnds();
    ends.out.failure(1, error);
    const [[, , revived] = []] = ends.cross();
    expect(revived).toBeInstanceOf(Error);
    expect((revived as Error).message).toBe("far");
  });
});

describe("calls", () => {
  it.each(["call", "construct", "get", "set", "delete", "has", "keys", "describe"] as const)("of kind %s", (op) => {
    const ends = twoEnds();
    call(ends, add, [2, 3], { op });
    expect(ends.cross()).toEqual([["call", 1, op, "reference", 0, { names: ["math", "add"], interned: 1 }, 0, undefined, 0, [2, 3]]]);
  });

  it("carry target, flags, headers and depth", () => {
    const ends = twoEnds();
    ends.out.call(77, "call", "result", 5, add, CallFlag.keep, { timeout: 10, meta: { user: "u" } }, 300, []);
    expect(ends.cross()).toEqual([
      [
        "call",
        77,
        "call",
        "result",
        5,
        { names: ["math", "add"], interned: 1 },
        CallFlag.keep,
        { timeout: 10, meta: { user: "u" } },
        255,
        [],
      ],
    ]);
  });

  it("to the result of call 0 is told from one to the root", () => {
    const ends = twoEnds();
    ends.out.call(1, "call", "result", 0, add, 0, undefined, 0, []);
    expect(ends.cross()[0]!.slice(3, 5)).toEqual(["result", 0]);
  });

  it("take no number when they are one-way", () => {
    const ends = twoEnds();
    call(ends, add, [], { flags: CallFlag.oneWay });
    call(ends, add, []);
    expect(ends.cross().map((told) => told[1])).toEqual([0, 1]);
  });

  it.each([0, 1, 5, 254, 255, 256, 1000])("with %i arguments", (count) => {
    const ends = twoEnds();
    const args = Array.from({ length: count }, (_, index) => index);
    call(ends, add, args);
    expect(argsOf(ends.cross()[0])).toEqual(args);
  });

  it("introduce a member's name once", () => {
    const ends = twoEnds();
    call(ends, add, [1]);
    const first = ends.cross();
    const named = ends.out.length;
    call(ends, add, [1]);
    call(ends, pathOf("math", "add"), [1]);
    const bytes = ends.out.length - named;
    expect(bytes).toBe(32);
    const second = ends.cross();
    // The same object each time, so that the receiver can hang things on it.
    expect(second[0]![5]).toBe(first[0]![5]);
    expect(second[1]![5]).toBe(first[0]![5]);
  });

  it("name as many members as there are", () => {
    const ends = twoEnds();
    const names = Array.from({ length: 5000 }, (_, index) => `member${index}`);
    for (const name of names) call(ends, pathOf("api", name), []);
    for (const name of names) call(ends, pathOf("api", name), []);
    const told = ends.cross();
    expect(told.map((one) => (one[5] as MemberPath).names[1])).toEqual([...names, ...names]);
    expect(told.filter((one) => (one[5] as MemberPath).interned === 0).length).toBeGreaterThan(1000);
  });

  it("with odd names arrive", () => {
    const ends = twoEnds();
    const names = ["", "日本語", "a\0b", "\ud800", "x".repeat(MAX_NAME_LENGTH), "…".repeat(MAX_NAME_LENGTH)];
    call(ends, pathOf(...names), []);
    call(ends, pathOf(), []);
    expect(ends.cross().map((told) => (told[5] as MemberPath).names)).toEqual([names, []]);
  });

  it("with too long a path are refused here", () => {
    const ends = twoEnds();
    expect(() => call(ends, pathOf("x".repeat(MAX_NAME_LENGTH + 1)), [])).toThrow(NotExposedError);
    expect(() => call(ends, pathOf(...Array<string>(MAX_PATH_LENGTH + 1).fill("a")), [])).toThrow(NotExposedError);
    call(ends, add, []);
    expect(ends.cross()).toHaveLength(1);
  });

  it("can be marked while they are in the batch", () => {
    const ends = twoEnds();
    call(ends, add, [1]);
    call(ends, add, [2]);
    ends.out.markKept(ends.out.lastCallAt);
    expect(ends.cross().map((told) => told[6])).toEqual([0, CallFlag.keep]);
  });
});

describe("live values", () => {
  const fn = (): void => {};

  it("go by slots", () => {
    const ends = twoEnds();
    call(ends, add, [{ on: fn, list: [fn] }, 1], { headers: { meta: { fn } } });
    const [told] = ends.cross();
    expect(told![7]).toEqual({ meta: { fn } });
    expect(argsOf(told)).toEqual([{ on: fn, list: [fn] }, 1]);
  });

  it("of parcels keep their numbers behind headers that have some too", () => {
    const ends = twoEnds();
    const other = (): void => {};
    const parcel = ends.out.parcel([{ fn }, new Float64Array([1.5])]);
    ends.out.callParcel(0, "call", "reference", 0, add, 0, { meta: { other, fn } } as object, 0, parcel);
    const [told] = ends.cross();
    expect(told![7]).toEqual({ meta: { other, fn } });
    expect(argsOf(told)).toEqual([{ fn }, new Float64Array([1.5])]);
  });

  it("of settled promises nest", () => {
    const inner = (): void => {};
    const slots = slotTable();
    const toSlot = slots.toSlot.bind(slots);
    slots.toSlot = (live, handles) =>
      live === fn
        ? { kind: SlotKind.value, id: 0, extra: { text: "settled", inner, deep: [fn2] } }
        : live === fn2
          ? { kind: SlotKind.value, id: 0, extra: 42 }
          : toSlot(live, handles);
    const fn2 = (): void => {};
    const ends = twoEnds({ slots });
    call(ends, add, [fn, "next"]);
    expect(argsOf(ends.cross()[0])).toEqual([{ text: "settled", inner, deep: [42] }, "next"]);
  });

  it("that other calls will answer make the arguments wait", async () => {
    const deferred = new Deferred();
    const slots: SlotTable = { ...slotTable(), fromSlot: () => deferred };
    const ends = twoEnds({ slots });
    call(ends, add, [[fn], "x".repeat(2000)]);
    ends.out.ping(1);
    const [told] = ends.cross();
    const args = argsOf(told);
    expect(args).toBeInstanceOf(DeferredArguments);
    deferred.resolve("answer");
    await expect((args as DeferredArguments).ready).resolves.toEqual([["answer"], "x".repeat(2000)]);
  });

  it("that other calls will answer arrive as promises elsewhere", async () => {
    const deferred = new Deferred();
    const ends = twoEnds({ slots: { ...slotTable(), fromSlot: () => deferred } });
    ends.out.result(1, { later: fn });
    const [told] = ends.cross();
    deferred.resolve(5);
    await expect((told![2] as { later: Promise<unknown> }).later).resolves.toBe(5);
  });
});

describe("a message that cannot be sent leaves no trace", () => {
  it("when a value cannot be", () => {
    const ends = twoEnds();
    call(ends, add, [1]);
    const { length } = ends.out;
    expect(() => call(ends, add, [{ big: new Uint8Array(100), a: [Symbol("s")] }])).toThrow("args[0].a[0]");
    expect(() => ends.out.result(1, new Map([["k", Symbol("s")]]))).toThrow("result.k");
    expect(() => ends.out.item(1, true, Symbol("s"))).toThrow("item:");
    expect(ends.out.length).toBe(length);
    call(ends, add, [2]);
    expect(ends.cross().map((told) => [told[1], argsOf(told)])).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
  });

  it("when one of its live values cannot be, all slots are taken back", () => {
    const [a, b, c] = [(): void => {}, (): void => {}, (): void => {}];
    const slots = slotTable();
    const toSlot = slots.toSlot.bind(slots);
    const made: Slot[] = [];
    slots.toSlot = (live, handles) => {
      if (live === c) throw new UnserializableError("A port cannot be moved", "");
      handles.push(live);
      const slot = live === b ? { kind: SlotKind.value, id: 0, extra: [a] } : toSlot(live, handles);
      made.push(slot);
      return slot;
    };
    const ends = twoEnds({ slots });
    // The path is found although it was not known where it failed.
    expect(() => call(ends, add, [1, { list: [a, b, { c }] }])).toThrow("args[1].list[2].c: A port cannot be moved");
    expect(slots.undone).toEqual([...made].reverse());
    expect(made).toHaveLength(3);
    expect(ends.out.handles).toEqual([]);
    expect(ends.out.length).toBe(24);
  });
});

describe("a call made by a getter that is read for another call", () => {
  it("goes first and has the lower number", () => {
    const ends = twoEnds();
    const inner = {
      get now() {
        call(ends, add, ["inner", new Set([1])]);
        return "read";
      },
    };
    call(ends, pathOf("outer"), [inner, "rest"]);
    expect(ends.cross().map((told) => [told[1], (told[5] as MemberPath).names.join("."), argsOf(told)])).toEqual([
      [1, "math.add", ["inner", new Set([1])]],
      [2, "outer", [{ now: "read" }, "rest"]],
    ]);
  });

  it("goes although the outer one cannot", () => {
    const ends = twoEnds();
    const inner = {
      get now() {
        call(ends, add, ["inner"]);
        return Symbol("s");
      },
    };
    expect(() => call(ends, pathOf("outer"), [inner])).toThrow(UnserializableError);
    expect(ends.cross().map(argsOf)).toEqual([["inner"]]);
  });

  it("may fail without harm to the outer one", () => {
    const ends = twoEnds();
    const inner = {
      get now() {
        expect(() => call(ends, add, [Symbol("s")])).toThrow(UnserializableError);
        return ends.out.parcel([1, { a: 1 }]).bytes.length;
      },
    };
    call(ends, pathOf("outer"), [inner, inner]);
    expect(ends.cross().map((told) => (argsOf(told) as unknown[]).length)).toEqual([2]);
  });

  it("nests, each before the one that it was made in", () => {
    const ends = twoEnds();
    const level = (depth: number): object => ({
      get deeper() {
        if (depth < 3) call(ends, pathOf(`level${depth + 1}`), [level(depth + 1)]);
        return depth;
      },
    });
    call(ends, pathOf("level0"), [level(0)]);
    expect(ends.cross().map((told) => (told[5] as MemberPath).names[0])).toEqual(["level3", "level2", "level1", "level0"]);
  });
});

describe("parcels", () => {
  it("are what the values were", () => {
    const ends = twoEnds();
    const value = { n: 1, list: [new Date(0)], bytes: new Uint8Array([1, 2, 3]) };
    const parcel = ends.out.parcel([value, "x"]);
    value.n = 2;
    value.bytes[0] = 9;
    for (const target of [0, 7]) ends.out.callParcel(0, "call", "reference", target, add, 0, undefined, 0, parcel);
    const expected = [{ n: 1, list: [new Date(0)], bytes: new Uint8Array([1, 2, 3]) }, "x"];
    expect(ends.cross().map(argsOf)).toEqual([expected, expected]);
  });

  it("of arguments that share objects", () => {
    const ends = twoEnds();
    const shared = {};
    ends.out.callParcel(0, "call", "reference", 1, pathOf("a"), 0, undefined, 0, ends.out.parcel([shared, [shared]]));
    const [first, [second]] = argsOf(ends.cross()[0]) as [object, [object]];
    expect(second).toBe(first);
  });
});

describe("the codec of a class that throws at what arrives", () => {
  class Strict {
    readonly n: number;
    constructor(n: number) {
      this.n = n;
    }
  }
  const refusal = new Error("not this one");
  const strict = {
    name: "strict",
    Class: Strict,
    encode: (value: object) => (value as Strict).n,
    decode: () => {
      throw refusal;
    },
  };
  const options: EndsOptions = { policy: policyWith([strict]) };

  it("makes its call fail, not the connection", async () => {
    const ends = twoEnds(options);
    call(ends, add, [1, new Strict(2)]);
    call(ends, add, [3]);
    const [first, second] = ends.cross();
    await expect((argsOf(first) as DeferredArguments).ready).rejects.toBe(refusal);
    expect(argsOf(second)).toEqual([3]);
  });

  it("makes a result a failure", () => {
    const ends = twoEnds(options);
    ends.out.result(4, [new Strict(2)]);
    ends.out.settle(5, false, new Strict(2));
    ends.out.abort(6, new Strict(2));
    ends.out.fire(7, new Strict(2));
    ends.out.end(8, true, new Strict(2));
    expect(ends.cross()).toEqual([
      ["failure", 4, refusal],
      ["settle", 5, true, refusal],
      ["abort", 6, refusal],
      ["fire", 7, refusal],
      ["fail", 8, true, refusal],
    ]);
  });
});

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

  it("and nesting neither", () => {
    const ends = twoEnds();
    ends.out.limits = small;
    expect(() => call(ends, add, [[[[[[[[[[[[1]]]]]]]]]]]])).toThrow(/more than 10 levels/);
  });

  it.each(tooMuch)("while a far side with the same limits takes all that is: almost %s", (_name, value) => {
    const ends = twoEnds({ limits: small });
    ends.out.limits = small;
    const sizes = [0.5, 0.9, 0.95, 0.99, 1];
    for (const size of sizes) {
      const less = shrink(value, size);
      try {
        call(ends, pathOf("a"), [less]);
      } catch (error) {
        expect(error).toBeInstanceOf(LimitError);
        continue;
      }
      expect(ends.cross()).toHaveLength(1);
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

describe("the reader of frames", () => {
  function batch(): { readonly bytes: Uint8Array; readonly expected: Told[] } {
    const ends = twoEnds();
    call(ends, add, [1, "two", { three: [3] }]);
    ends.out.result(1, { rows: [new Float64Array([1, 2]), "x".repeat(300)] });
    ends.out.release(3, 1);
    call(ends, pathOf("other"), [() => {}, new Map([["a", 1]])]);
    ends.out.item(2, false, new Uint8Array(70));
    const bytes = Uint8Array.from(ends.out.take(true));
    const copy = twoEnds({ slots: { ...slotTable(), fromSlot: () => "live" } });
    copy.incoming.receive(bytes, undefined, false);
    return { bytes, expected: copy.told };
  }
  const ends = (options: EndsOptions = {}): Ends => twoEnds({ slots: { ...slotTable(), fromSlot: () => "live" }, ...options });

  it("puts together what was cut anywhere", () => {
    const { bytes, expected } = batch();
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const { incoming, told } = ends();
      incoming.receive(bytes.slice(0, cut), undefined, true);
      expect(incoming.partial).toBe(told.length < expected.length && incoming.consumed !== cut);
      incoming.receive(bytes.slice(cut), undefined, true);
      expect(told).toEqual(expected);
      expect(incoming.consumed).toBe(bytes.length);
      expect(incoming.partial).toBe(false);
    }
  });

  it.each([1, 2, 3, 5, 7, 11, 13, 64, 100])("puts together pieces of %i bytes, borrowed ones too", (size) => {
    const { bytes, expected } = batch();
    for (const owned of [true, false]) {
      const { incoming, told } = ends();
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.slice(at, at + size);
        incoming.receive(piece, undefined, owned);
        if (!owned) piece.fill(0xff);
      }
      expect(told).toEqual(expected);
    }
  });

  it("stops when it should and goes on where it stopped", () => {
    const { bytes, expected } = batch();
    const { incoming, told } = ends({ shouldYield: () => true });
    const chunk = Uint8Array.from(bytes);
    incoming.receive(chunk, undefined, false);
    chunk.fill(0xff);
    // Names are no messages.
    let turns = 1;
    while (incoming.waiting) {
      incoming.resume();
      turns += 1;
    }
    expect(turns).toBeGreaterThanOrEqual(expected.length);
    expect(told).toEqual(expected);
    expect(incoming.backlog).toBe(0);
  });

  it("keeps what arrives while it is at work, in order", () => {
    let later: Uint8Array | undefined;
    const end: Ends = twoEnds({
      onTold() {
        if (later === undefined) return;
        const chunk = later;
        later = undefined;
        end.incoming.receive(chunk, undefined, false);
        chunk.fill(0xff);
      },
    });
    for (const id of [1, 2, 3]) end.out.ping(id);
    const first = end.out.take(true);
    for (const id of [4, 5]) end.out.ping(id);
    later = Uint8Array.from(end.out.take(true));
    end.incoming.receive(first, undefined, true);
    expect(end.told.map((told) => told[1])).toEqual([1, 2, 3]);
    expect(end.incoming.waiting).toBe(true);
    expect(end.incoming.backlog).toBe(32);
    end.incoming.resume();
    expect(end.told.map((told) => told[1])).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ["shorter than its header", 8],
    ["of no multiple of 8", 20],
    ["over the limit", LIMITS.binary * 2],
    ["of four thousand million bytes", 0xffffffff],
  ])("refuses a frame %s before anything is allocated for it", (_name, length) => {
    const bytes = new Uint8Array(HEADER_SIZE);
    new DataView(bytes.buffer).setUint32(0, length, true);
    expect(() => twoEnds().incoming.receive(bytes, undefined, true)).toThrow(ProtocolError);
    const { incoming } = twoEnds();
    incoming.receive(bytes.slice(0, 3), undefined, true);
    expect(() => incoming.receive(bytes.slice(3), undefined, true)).toThrow(ProtocolError);
  });

  it("allocates for a large frame as it arrives", () => {
    const { incoming } = twoEnds();
    const header = new Uint8Array(64);
    new DataView(header.buffer).setUint32(0, LIMITS.binary, true);
    const before = process.memoryUsage().arrayBuffers;
    incoming.receive(header, undefined, true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it("holds nothing of a chunk that it is done with", async () => {
    const { incoming, out } = twoEnds();
    out.result(1, "x");
    let chunk: Uint8Array | undefined = out.take(true);
    const reference = new WeakRef(chunk);
    incoming.receive(chunk, undefined, true);
    chunk = undefined;
    for (let turn = 0; turn < 20 && reference.deref() !== undefined; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc!();
    }
    expect(reference.deref()).toBeUndefined();
  });

  it("hands on what the sender's memory was, whatever happens to it afterwards", () => {
    const end = twoEnds();
    end.out.result(1, new Uint8Array(1000).fill(5));
    const borrowed = end.out.take(false);
    end.incoming.receive(borrowed, undefined, false);
    end.out.result(2, new Uint8Array(1000).fill(6));
    expect((end.told[0]![2] as Uint8Array)[999]).toBe(5);
  });

  it("aligns views in a frame that it put together", () => {
    const end = twoEnds();
    const big = new Float64Array(20_000).map((_, index) => index);
    end.out.ping(1);
    end.out.result(1, big);
    const bytes = end.out.take(true);
    for (let at = 0; at < bytes.length; at += 65_536) end.incoming.receive(bytes.slice(at, at + 65_536), undefined, true);
    const copy = end.told[1]![2] as Float64Array;
    expect(copy).toEqual(big);
    // It was not copied again.
    expect(copy.buffer.byteLength).toBeGreaterThan(big.byteLength);
  });
});

describe("the policy of errors", () => {
  it("leaves what is not public at home", () => {
    const ends = twoEnds({ policy: { ...plainPolicy, publicErrors: true } });
    const error = Object.assign(new RangeError("shown", { cause: new Error("secret") }), { code: "ERR_SHOWN", secret: 1 });
    ends.out.failure(1, [error]);
    const [revived] = ends.cross()[0]![2] as [RangeError & { secret?: number; code?: string }];
    expect(revived).toBeInstanceOf(RangeError);
    expect(revived.message).toBe("shown");
    expect(revived.code).toBe("ERR_SHOWN");
    expect(revived.cause).toBeUndefined();
    expect(revived.secret).toBeUndefined();
    expect(revived.stack).not.toContain("frames.test");
  });
});
