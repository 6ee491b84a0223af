import { describe, expect, it } from "vitest";
import type { SlotTable } from "../../lib/core/codec.ts";
import { Deferred, DeferredArguments } from "../../lib/core/deferred.ts";
import { SlotKind } from "../../lib/core/messages.ts";
import { add, argsOf, call, slotTable, type Told, twoEnds } from "./two-ends.ts";

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
