import { describe, expect, it } from "vitest";
import { decodeValue } from "../../lib/wire/values.ts";
import { decode, encode, LIMITS, plainPolicy, readerOf, roundTrip } from "./round-trip.ts";

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
