import { describe, expect, it } from "vitest";
import { NotExposedError, UnserializableError } from "../../lib/core/errors.ts";
import { CallFlag, type MemberPath, type Slot, SlotKind } from "../../lib/core/messages.ts";
import { MAX_NAME_LENGTH, MAX_PATH_LENGTH } from "../../lib/wire/frame.ts";
import { plainPolicy } from "./round-trip.ts";
import { add, argsOf, call, pathOf, slotTable, twoEnds } from "./two-ends.ts";

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

  it("tell no name from an empty one", () => {
    const ends = twoEnds();
    for (const path of [pathOf(""), pathOf(), pathOf("", ""), pathOf("")]) call(ends, path, []);
    expect(ends.cross().map((told) => (told[5] as MemberPath).names)).toEqual([[""], [], ["", ""], [""]]);
  });

  it("go to their own member although the path was numbered on another connection", () => {
    const first = twoEnds();
    const second = twoEnds();
    call(second, pathOf("other"), []);
    call(first, add, []);
    call(second, add, []);
    expect(second.cross().map((told) => (told[5] as MemberPath).names)).toEqual([["other"], ["math", "add"]]);
    expect(first.cross().map((told) => (told[5] as MemberPath).names)).toEqual([["math", "add"]]);
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
