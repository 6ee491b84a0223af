import { describe, expect, it } from "vitest";
import { createSharedMemory, openRings, ReaderState, RecordKind } from "../../lib/transports/ring.ts";
import type { RingPair } from "../../lib/transports/ring.ts";

const RING = 1024;

function pair(startCount = 0): { writer: RingPair["writer"]; reader: RingPair["reader"] } {
  const memory = createSharedMemory({ ringBytes: RING, startCount });
  return { writer: openRings(memory, 0).writer, reader: openRings(memory, 1).reader };
}

function payload(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (first + at) & 255);
}

describe("a ring", () => {
  it("gives back every length at every place of the ring, byte for byte", () => {
    for (let offset = 0; offset < RING / 8; offset += 1) {
      for (const length of [0, 1, 7, 8, 9, 63, 64, 65, 255, 500, RING / 2 - 8]) {
        const { writer, reader } = pair(offset);
        expect(writer.write(RecordKind.bytes, payload(length, offset))).toBe(true);
        expect(reader.peek()).toBe(RecordKind.bytes);
        expect(Buffer.from(reader.payload).equals(payload(length, offset))).toBe(true);
        reader.advance();
        reader.free();
        expect(reader.peek()).toBe(RecordKind.none);
        expect(writer.isConsumed()).toBe(true);
      }
    }
  });

  it("copies from a source of any alignment", () => {
    const source = payload(2048, 3);
    for (let start = 0; start < 16; start += 1) {
      for (const length of [5, 300, 490]) {
        const { writer, reader } = pair();
        writer.write(RecordKind.bytes, source.subarray(start, start + length));
        reader.peek();
        expect(Buffer.from(reader.payload).equals(source.subarray(start, start + length))).toBe(true);
        expect(reader.payload.byteOffset % 8).toBe(0);
      }
    }
  });

  it.each([
    ["2^31", 0x7fffffff - 40],
    ["2^32", -40],
  ])("goes on when its counters pass %s", (_, startCount) => {
    const { writer, reader } = pair(startCount);
    let read = 0;
    for (let written = 0; written < 500; written += 1) {
      while (!writer.write(RecordKind.bytes, payload(written % 200, written))) {
        expect(reader.peek()).toBe(RecordKind.bytes);
        expect(Buffer.from(reader.payload).equals(payload(read % 200, read))).toBe(true);
        reader.advance();
        reader.free();
        read += 1;
      }
    }
    while (reader.peek() !== RecordKind.none) {
      expect(Buffer.from(reader.payload).equals(payload(read % 200, read))).toBe(true);
      reader.advance();
      read += 1;
    }
    expect(read).toBe(500);
    reader.free();
    expect(writer.isConsumed()).toBe(true);
  });

  it("refuses a record while it is full and takes it once the reader gave room back", () => {
    const { writer, reader } = pair();
    let written = 0;
    while (writer.write(RecordKind.bytes, payload(40, 0))) written += 1;
    expect(written).toBe(Math.floor((RING / 8 - 1) / 6));
    reader.peek();
    reader.advance();
    expect(writer.write(RecordKind.bytes, payload(40, 0))).toBe(false);
    reader.free();
    expect(writer.write(RecordKind.bytes, payload(32, 0))).toBe(true);
  });

  it("accepts up to half of its size and says so", () => {
    const { writer } = pair();
    expect(writer.accepts(RING / 2 - 8)).toBe(true);
    expect(writer.accepts(RING / 2 - 7)).toBe(false);
  });

  it("goes on in larger memory, in order, even when it was full", () => {
    const { writer, reader } = pair(-5);
    let written = 0;
    while (writer.write(RecordKind.bytes, payload(8, written))) written += 1;
    const larger = new SharedArrayBuffer(RING * 4);
    writer.moveTo(larger);
    while (writer.write(RecordKind.bytes, payload(8, written))) written += 1;
    expect(written).toBeGreaterThan(RING / 8 / 2 + 100);
    for (let read = 0; read < written; read += 1) {
      if (reader.peek() === RecordKind.moved) reader.moveTo(larger);
      expect(reader.peek()).toBe(RecordKind.bytes);
      expect(reader.payload[0]).toBe(read & 255);
      reader.advance();
    }
    expect(reader.peek()).toBe(RecordKind.none);
  });

  it("asks the writer to wake the reader once a sleep, and not at all while it is awake", () => {
    const { writer, reader } = pair();
    expect(writer.rouse()).toBe("bell");
    expect(writer.rouse()).toBe("none");
    reader.setState(ReaderState.running);
    expect(writer.rouse()).toBe("none");
    reader.announceSleep();
    expect(writer.rouse()).toBe("bell");
    reader.setState(ReaderState.blocked);
    expect(writer.rouse()).toBe("none");
    expect(writer.readerState()).toBe(ReaderState.waking);
  });

  it.each([0, 40, 400, RING / 2 - 8])("rouses a writer that waits to send %i bytes when they fit, and then they do", (length) => {
    const { writer, reader } = pair(3);
    while (writer.write(RecordKind.bytes, payload(8, 0))) continue;
    expect(writer.awaitRoom(length)).toBe(true);
    expect(writer.wasGivenRoom()).toBe(false);
    let roused = false;
    while (reader.peek() !== RecordKind.none && !roused) {
      reader.advance();
      roused = reader.free();
    }
    expect(roused).toBe(true);
    expect(reader.free()).toBe(false);
    expect(writer.wasGivenRoom()).toBe(true);
    expect(writer.write(RecordKind.bytes, payload(length, 0))).toBe(true);
  });

  it("does not let the writer wait for room that is there", () => {
    const { writer } = pair();
    expect(writer.awaitRoom(RING / 2 - 8)).toBe(false);
    expect(writer.wasGivenRoom()).toBe(true);
  });

  it("does not block a reader for which there is something, and lets it go when the time is over", () => {
    const { writer, reader } = pair();
    expect(reader.waitSync(1)).toBe(false);
    writer.write(RecordKind.bytes, payload(1, 1));
    expect(reader.waitSync(60_000)).toBe(true);
  });
});
