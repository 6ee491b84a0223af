// What is moved or shared instead of being copied, where the transport carries handles; and what is said where not.
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { UnserializableError } from "../../lib/core/errors.ts";
import { transfer } from "../../lib/core/marks.ts";
import { rejectionOf, type Suite, turn } from "./suite.ts";

const bytes = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, at) => at);

export function specifyHandles(suite: Suite): void {
  const { carriesHandles } = suite.contract;
  describe("transfer and handles", () => {
    it.runIf(carriesHandles)("a listed ArrayBuffer is moved: detached here at the call, and whole there", async () => {
      const { remote } = suite;
      const pixels = bytes(1000);
      const call = remote.invert(transfer(pixels, [pixels.buffer]));
      expect(pixels.byteLength).toBe(0);
      const inverted = (await call) as Uint8Array;
      expect(inverted.byteLength).toBe(1000);
      expect([...inverted.subarray(0, 3)]).toEqual([255, 254, 253]);
    });

    it.runIf(carriesHandles)("from over there too", async () => {
      const { remote } = suite;
      expect(((await remote.moved(64)) as { buffer: ArrayBuffer }).buffer.byteLength).toBe(64);
      expect(await remote.movedLength()).toBe(0);
      await remote.drop("moved");
    });

    it.runIf(carriesHandles)("at any depth, two views of one buffer among them, each exactly itself", async () => {
      const { buffer } = bytes(100);
      const value = { list: [new Uint8Array(buffer, 10, 5), new Uint16Array(buffer, 20, 4)], all: buffer };
      const call = suite.remote.echo(transfer(value, [buffer]));
      expect(buffer.byteLength).toBe(0);
      const back = (await call) as typeof value;
      expect([...back.list[0]!]).toEqual([10, 11, 12, 13, 14]);
      expect(back.list[1]).toBeInstanceOf(Uint16Array);
      expect(back.list[1]!.length).toBe(4);
      expect(back.all.byteLength).toBe(100);
    });

    it.runIf(carriesHandles)("of a call that waits for another one it is moved at the call, too", async () => {
      const { remote } = suite;
      const shop = remote.gate("moving");
      await turn();
      const chunk = bytes(8);
      const call = remote.echoAll(shop, transfer([chunk], [chunk.buffer]));
      const chained = bytes(4);
      const later = rejectionOf(shop.missing(transfer(chained, [chained.buffer])));
      expect([chunk.byteLength, chained.byteLength]).toEqual([0, 0]);
      await remote.openGate("moving");
      expect(await call).toEqual(["moving", [bytes(8)]]);
      expect(await later).toBeInstanceOf(Error);
      const kept = remote.use(async () => {
        await turn();
        return await remote.home;
      });
      await turn();
      const moved = bytes(5);
      const onResult = kept.echo(transfer(moved, [moved.buffer]));
      expect(moved.byteLength).toBe(0);
      expect(await onResult).toEqual(bytes(5));
    });

    it("what is not listed is copied, never moved", async () => {
      const here = bytes(10);
      expect(await suite.remote.echo({ here })).toEqual({ here: bytes(10) });
      expect(here.byteLength).toBe(10);
    });

    it.runIf(carriesHandles)("a MessagePort moves, and works there", async () => {
      const { port1, port2 } = new MessageChannel();
      await suite.remote.talkThrough(transfer(port2, [port2]));
      port1.postMessage("hello");
      const [message] = (await once(port1, "message")) as [string];
      expect(message).toBe("hello!");
      port1.close();
    });

    it.runIf(carriesHandles)("a SharedArrayBuffer is shared", async () => {
      const shared = new SharedArrayBuffer(4);
      await suite.remote.increment(shared);
      await suite.remote.increment(shared);
      expect(Atomics.load(new Int32Array(shared), 0)).toBe(2);
    });

    it.runIf(carriesHandles)("what cannot be moved rejects its call", async () => {
      const { remote } = suite;
      const plain = {};
      expect(await rejectionOf(remote.echo(transfer([plain], [plain])))).toBeInstanceOf(Error);
      const view = bytes(4);
      const { buffer } = view;
      await remote.echo(transfer({ buffer }, [buffer]));
      for (const value of [{ buffer }, transfer({ buffer }, [buffer]), transfer({ buffer: view }, [buffer])])
        expect(await rejectionOf(remote.echo(value))).toMatchObject({ code: "ERR_UNSERIALIZABLE", path: "args[0].buffer" });
      const empty = new ArrayBuffer(0);
      expect(await remote.echo(transfer([empty], [empty]))).toEqual([new ArrayBuffer(0)]);
      expect(await remote.echo(1)).toBe(1);
    });

    it.runIf(carriesHandles)("handles keep their order among hundreds of other calls", async () => {
      const { remote } = suite;
      const calls = Array.from({ length: 300 }, (_, n) => {
        const chunk = new Uint8Array(64).fill(n & 255);
        return n % 3 === 0 ? remote.echo(transfer(chunk, [chunk.buffer])) : remote.echo(chunk);
      });
      const answers = (await Promise.all(calls)) as Uint8Array[];
      expect(answers.map((answer) => answer[63])).toEqual(Array.from({ length: 300 }, (_, n) => n & 255));
    });

    it.runIf(!carriesHandles)("transfer() rejects with an error that says what carries handles, and moves nothing", async () => {
      const { remote } = suite;
      const pixels = bytes(10);
      const error = await rejectionOf(remote.invert(transfer(pixels, [pixels.buffer])));
      expect(error).toBeInstanceOf(UnserializableError);
      expect(error.message).toMatch(/between threads of one process/);
      expect(pixels.byteLength).toBe(10);
      expect(error.message).toMatch(/leave out transfer\(\)/);
      const { message } = await rejectionOf(remote.increment(new SharedArrayBuffer(4)));
      expect(message).toMatch(/SharedArrayBuffer.*between threads.*send a copy/);
      expect(message).not.toMatch(/transfer\(\)/);
      expect(await rejectionOf(remote.moved(10))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    });
  });
}
