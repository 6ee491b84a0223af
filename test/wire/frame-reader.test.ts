import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import { HEADER_SIZE } from "../../lib/wire/frame.ts";
import { LIMITS } from "./round-trip.ts";
import { add, call, type Ends, type EndsOptions, pathOf, slotTable, type Told, twoEnds } from "./two-ends.ts";

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
