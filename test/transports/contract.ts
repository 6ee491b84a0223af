// What every transport must do, whatever it moves its bytes through. A transport's own test hands in a way to
// make a connected pair and says what is special about it.
import { afterEach, describe, expect, it } from "vitest";
import type { Transport, TransportEnd } from "../../lib/core/transport.ts";

export interface Pair {
  readonly near: Transport;
  readonly far: Transport;
}

export interface Contract {
  /** Makes two connected transports, neither of them started. */
  make(): Pair | Promise<Pair>;
  /** Undoes what `make` made beside the transports. */
  cleanUp?(): void | Promise<void>;
  /** One message arrives as one chunk. */
  readonly keepsBoundaries: boolean;
  /** `send` answers false when the far side does not read. */
  readonly pushesBack: boolean;
  /** The far transport hears of it when the near one is closed. */
  readonly tellsOfClose: boolean;
}

export interface Started {
  readonly transport: Transport;
  readonly chunks: { readonly bytes: Uint8Array; readonly handles: readonly unknown[] | undefined }[];
  readonly ended: Promise<TransportEnd>;
  ends: number;
  drains: number;
  received: number;
  onReceive: ((bytes: Uint8Array) => void) | undefined;
  /** Resolves when so many bytes have arrived in all. */
  bytes(count: number): Promise<void>;
  drained(): Promise<void>;
}

/** Starts a transport and keeps what it reports. */
export function start(transport: Transport): Started {
  const waiting: { ready: () => boolean; resolve: () => void }[] = [];
  const until = (ready: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      if (ready()) resolve();
      else waiting.push({ ready, resolve });
    });
  const wake = (): void => {
    for (const { ready, resolve } of waiting) if (ready()) resolve();
  };
  let finish: (end: TransportEnd) => void;
  const started: Started = {
    transport,
    chunks: [],
    ended: new Promise((resolve) => (finish = resolve)),
    ends: 0,
    drains: 0,
    received: 0,
    onReceive: undefined,
    bytes: (count) => until(() => started.received >= count),
    drained: () => {
      const { drains } = started;
      return until(() => started.drains > drains);
    },
  };
  transport.start({
    onReceive(bytes, handles) {
      started.chunks.push({ bytes: Uint8Array.from(bytes), handles });
      started.received += bytes.byteLength;
      started.onReceive?.(bytes);
      wake();
    },
    onDrain() {
      started.drains += 1;
      wake();
    },
    onEnd(end) {
      started.ends += 1;
      finish(end);
    },
  });
  return started;
}

export function text(started: Started): string {
  return Buffer.concat(started.chunks.map(({ bytes }) => bytes)).toString("latin1");
}

export const bytesOf = (latin1: string): Uint8Array => Buffer.from(latin1, "latin1");

export function checkContract(name: string, contract: Contract): void {
  describe(`${name}, as every transport,`, () => {
    const open: Transport[] = [];
    afterEach(async () => {
      for (const transport of open.splice(0)) transport.destroy();
      await contract.cleanUp?.();
    });
    const pair = async (): Promise<[near: Started, far: Started]> => {
      const { near, far } = await contract.make();
      open.push(near, far);
      return [start(near), start(far)];
    };

    it("names the far side", async () => {
      const { near, far } = await contract.make();
      open.push(near, far);
      expect(near.label).toMatch(/\w/);
      expect(far.label).toMatch(/\w/);
    });

    it("moves bytes of every value both ways, in order", async () => {
      const [near, far] = await pair();
      const every = Uint8Array.from({ length: 256 }, (_, at) => at);
      near.transport.send(every.slice());
      for (let n = 0; n < 200; n += 1) near.transport.send(bytesOf(`<${n}>`));
      far.transport.send(every.slice());
      far.transport.send(bytesOf("back"));
      const expected = Buffer.from(every).toString("latin1") + Array.from({ length: 200 }, (_, n) => `<${n}>`).join("");
      await Promise.all([far.bytes(expected.length), near.bytes(260)]);
      expect(text(far)).toBe(expected);
      expect(text(near)).toBe(`${Buffer.from(every).toString("latin1")}back`);
    });

    it.runIf(contract.keepsBoundaries)("delivers each message as one chunk", async () => {
      const [near, far] = await pair();
      for (let n = 0; n < 50; n += 1) near.transport.send(bytesOf("x".repeat(n + 1)));
      await far.bytes((50 * 51) / 2);
      expect(far.chunks.map(({ bytes }) => bytes.byteLength)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    });

    it("never delivers underneath send, nor before start returned", async () => {
      const { near, far } = await contract.make();
      open.push(near, far);
      const first = start(near);
      near.send(bytesOf("early"));
      let depth = 1;
      const delivered: number[] = [];
      const second = start(far);
      second.onReceive = () => delivered.push(depth);
      near.send(bytesOf("late"));
      first.transport.send(bytesOf("!"));
      depth = 0;
      await second.bytes(10);
      expect(text(second)).toBe("earlylate!");
      expect(Math.max(...delivered)).toBe(0);
    });

    it("sends what was in the bytes when send was called, unless it retains them", async () => {
      const [near, far] = await pair();
      for (const size of [5, 5000]) {
        const bytes = Buffer.alloc(size, "a");
        near.transport.send(bytes);
        if (!near.transport.retains) bytes.fill("z");
      }
      await far.bytes(5005);
      expect(text(far)).toBe("a".repeat(5005));
    });

    it("sends of a view that view's bytes alone, and leaves the memory behind it whole", async () => {
      const [near, far] = await pair();
      const memory = new Uint8Array(100_000).fill(1);
      near.transport.send(memory.fill(2, 10, 20).subarray(10, 20));
      near.transport.send(memory.fill(3, 1000, 51_000).subarray(1000, 51_000));
      await far.bytes(50_010);
      expect(far.received).toBe(50_010);
      expect(memory.byteLength).toBe(100_000);
      const sum = far.chunks.flatMap(({ bytes }) => [...bytes]).reduce((total, byte) => total + byte, 0);
      expect(sum).toBe(10 * 2 + 50_000 * 3);
    });

    it("moves 5 MiB with a sender that waits for drain", async () => {
      const [near, far] = await pair();
      const size = 64 * 1024;
      for (let n = 0; n < 80; n += 1) if (!near.transport.send(Buffer.alloc(size, n))) await near.drained();
      await far.bytes(80 * size);
      const whole = Buffer.concat(far.chunks.map(({ bytes }) => bytes));
      expect(whole.byteLength).toBe(80 * size);
      for (let n = 0; n < 80; n += 1) expect(whole.subarray(n * size, (n + 1) * size).every((byte) => byte === n)).toBe(true);
    });

    it.runIf(contract.pushesBack)("answers false while the far side does not read, and drains once it does", async () => {
      const [near, far] = await pair();
      far.transport.pause!();
      let sent = 0;
      while (near.transport.send(Buffer.alloc(64 * 1024))) {
        sent += 64 * 1024;
        expect(sent).toBeLessThan(64 * 1024 * 1024);
        await new Promise(setImmediate);
      }
      const drained = near.drained();
      expect(near.drains).toBe(0);
      far.transport.resume!();
      await drained;
      await far.bytes(sent + 64 * 1024);
      expect(near.drains).toBe(1);
    });

    it("delivers on close what was sent, then ends both sides once", async () => {
      const [near, far] = await pair();
      for (let n = 0; n < 100; n += 1) near.transport.send(Buffer.alloc(1000, "x"));
      near.transport.close();
      expect(near.ends).toBe(0);
      expect(await near.ended).toMatchObject({ reason: "closed" });
      await (contract.tellsOfClose ? far.ended : far.bytes(100_000));
      expect(far.received).toBe(100_000);
      near.transport.close();
      near.transport.destroy();
      await new Promise(setImmediate);
      expect([near.ends, far.ends]).toEqual([1, contract.tellsOfClose ? 1 : 0]);
    });

    it("ends at once when destroyed, and takes sends afterwards without a word", async () => {
      const [near, far] = await pair();
      near.transport.destroy();
      expect(near.ends).toBe(0);
      expect(await near.ended).toMatchObject({ reason: "destroyed" });
      expect(near.transport.send(bytesOf("too late"))).toBe(true);
      if (contract.tellsOfClose) await far.ended;
      expect(far.transport.send(bytesOf("nobody hears this"))).toBe(true);
      await new Promise(setImmediate);
      expect(near.ends).toBe(1);
      expect(text(far)).not.toContain("too late");
    });

    it("delivers nothing after its end", async () => {
      const [near, far] = await pair();
      far.transport.send(Buffer.alloc(1000));
      near.transport.close();
      far.transport.send(Buffer.alloc(1000));
      await near.ended;
      const { received } = near;
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      expect(near.received).toBe(received);
    });
  });
}
