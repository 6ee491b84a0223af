import { describe, expect, it } from "vitest";
import { memoryPair } from "../../lib/transports/memory.ts";
import { bytesOf, checkContract, start } from "./contract.ts";

const make = () => {
  const [near, far] = memoryPair();
  return { near, far };
};

checkContract("a memory pair", { make, keepsBoundaries: true, pushesBack: false, tellsOfClose: true });

describe("memory pair", () => {
  it("moves handles: a buffer is detached here, shared memory stays shared", async () => {
    const { near, far } = make();
    const [here, there] = [start(near), start(far)];
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    const shared = new SharedArrayBuffer(8);
    here.transport.send(bytesOf("with handles"), [buffer, shared]);
    expect(buffer.byteLength).toBe(0);
    await there.bytes(12);
    expect(there.chunks[0]?.handles).toEqual([new Uint8Array([1, 2, 3]).buffer, shared]);
    expect(there.chunks[0]?.handles?.[1]).toBe(shared);
    near.destroy();
  });

  it("gives the labels that it was told", () => {
    const [near, far] = memoryPair({ labels: ["a", "b"] });
    expect([near.label, far.label]).toEqual(["a", "b"]);
  });
});
