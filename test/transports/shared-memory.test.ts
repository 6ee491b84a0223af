import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MessageChannel, MessagePort, Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type { Transport, TransportEnd } from "../../lib/core/transport.ts";
import { createSharedMemory } from "../../lib/transports/ring.ts";
import { sharedMemoryTransport } from "../../lib/transports/shared-memory.ts";
import type { SharedMemoryOptions } from "../../lib/transports/shared-memory.ts";
import { times } from "../long-form.ts";

interface End {
  readonly transport: Transport;
  readonly received: { readonly text: string; readonly handles: readonly unknown[] | undefined; readonly owned: boolean }[];
  readonly ended: Promise<TransportEnd>;
  drains: number;
  /** Resolves when that many frames have arrived. */
  until(count: number): Promise<void>;
  onReceive: (() => void) | undefined;
}

const open: Transport[] = [];
afterEach(() => {
  for (const transport of open.splice(0)) transport.destroy();
});

function start(transport: Transport): End {
  open.push(transport);
  let finish: (end: TransportEnd) => void;
  let waiting: { count: number; resolve: () => void } | undefined;
  const end: End = {
    transport,
    received: [],
    ended: new Promise((resolve) => (finish = resolve)),
    drains: 0,
    until: (count) =>
      new Promise((resolve) => {
        if (end.received.length >= count) resolve();
        else waiting = { count, resolve };
      }),
    onReceive: undefined,
  };
  transport.start({
    onReceive(bytes, handles, owned) {
      end.received.push({ text: Buffer.from(bytes).toString("latin1"), handles, owned });
      end.onReceive?.();
      if (waiting !== undefined && end.received.length >= waiting.count) waiting.resolve();
    },
    onDrain: () => (end.drains += 1),
    onEnd: (reason) => finish(reason),
  });
  return end;
}

function pair(options: SharedMemoryOptions & { ringBytes?: number } = {}): [near: End, far: End] {
  const { ringBytes = 1024, ...rest } = options;
  const memory = createSharedMemory({ ringBytes });
  const { port1, port2 } = new MessageChannel();
  return [start(sharedMemoryTransport(port1, memory, 0, "far", rest)), start(sharedMemoryTransport(port2, memory, 1, "near", rest))];
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const texts = (end: End): string[] => end.received.map(({ text }) => text);
const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));

describe("the shared-memory transport", () => {
  it("delivers both ways, in order, and not before start or send returned", async () => {
    const [near, far] = pair();
    for (const text of numbers(20)) {
      near.transport.send(bytes(text));
      far.transport.send(bytes(`back ${text}`));
    }
    expect(near.received.length + far.received.length).toBe(0);
    await Promise.all([near.until(20), far.until(20)]);
    expect(texts(far)).toEqual(numbers(20));
    expect(texts(near)).toEqual(numbers(20).map((text) => `back ${text}`));
  });

  it("delivers what was sent before the other side started", async () => {
    const memory = createSharedMemory();
    const { port1, port2 } = new MessageChannel();
    const near = start(sharedMemoryTransport(port1, memory, 0, "far"));
    near.transport.send(bytes("early"));
    await new Promise(setImmediate);
    const far = start(sharedMemoryTransport(port2, memory, 1, "near"));
    await far.until(1);
    expect(texts(far)).toEqual(["early"]);
  });

  it("borrows the bytes that it is given only until send returns", async () => {
    const [near, far] = pair({ ringBytes: 256 });
    const buffer = Buffer.from("kept");
    for (let at = 0; at < 100; at += 1) near.transport.send(buffer);
    near.transport.send(buffer, []);
    buffer.fill(0);
    await far.until(101);
    expect(new Set(texts(far))).toEqual(new Set(["kept"]));
  });

  it.each([0, 50])("answers a call that was answered before, with spin %i", async (spin) => {
    const [near, far] = pair({ spin });
    far.onReceive = () => far.transport.send(bytes("pong"));
    for (let at = 1; at <= 300; at += 1) {
      near.transport.send(bytes("ping"));
      await near.until(at);
    }
    expect(near.received.length).toBe(300);
  });

  it("grows for frames that do not fit and keeps the order", async () => {
    const [near, far] = pair();
    const sizes = [10, 600, 10, 5_000, 10, 45_000, 10];
    for (const size of sizes) near.transport.send(bytes("x".repeat(size)));
    await far.until(sizes.length);
    expect(far.received.map(({ text }) => text.length)).toEqual(sizes);
    expect(far.received.map(({ owned }) => owned)).toEqual(sizes.map(() => false));
  });

  it("moves large frames over the port and says that they are the receiver's own", async () => {
    const [near, far] = pair({ largest: 1_000 });
    for (const size of [999, 1_001, 3, 20_000, 4]) near.transport.send(bytes("y".repeat(size)));
    await far.until(5);
    expect(far.received.map(({ text, owned }) => [text.length, owned])).toEqual([
      [999, false],
      [1_001, true],
      [3, false],
      [20_000, true],
      [4, false],
    ]);
  });

  it("carries handles in their place among the frames", async () => {
    const [near, far] = pair();
    const shared = new SharedArrayBuffer(8);
    const moved = new ArrayBuffer(16);
    const { port1, port2 } = new MessageChannel();
    near.transport.send(bytes("a"));
    near.transport.send(bytes("b"), [shared, moved, port1]);
    near.transport.send(bytes("c"));
    await far.until(3);
    expect(texts(far)).toEqual(["a", "b", "c"]);
    const [gotShared, gotMoved, gotPort] = far.received[1]!.handles as [SharedArrayBuffer, ArrayBuffer, MessagePort];
    new Uint8Array(gotShared)[0] = 9;
    expect(new Uint8Array(shared)[0]).toBe(9);
    expect([moved.byteLength, gotMoved.byteLength]).toEqual([0, 16]);
    expect(gotPort).toBeInstanceOf(MessagePort);
    gotPort.close();
    port2.close();
  });

  it("leaves no trace of a send whose handles cannot be moved", async () => {
    const [near, far] = pair();
    const buffer = new ArrayBuffer(8);
    near.transport.send(bytes("before"));
    expect(() => near.transport.send(bytes("never"), [buffer, buffer])).toThrow();
    near.transport.send(bytes("after"));
    await far.until(2);
    expect(texts(far)).toEqual(["before", "after"]);
  });

  it("asks to wait when the ring is full, takes everything nevertheless, and says when there is room", async () => {
    const [near, far] = pair({ ringBytes: 256, ceiling: 256 });
    const answers = numbers(500).map((text) => near.transport.send(bytes(text)));
    expect(answers.includes(false)).toBe(true);
    expect(near.drains).toBe(0);
    await far.until(500);
    expect(texts(far)).toEqual(numbers(500));
    while (near.drains === 0) await new Promise(setImmediate);
    expect(near.drains).toBe(1);
    expect(near.transport.send(bytes("more"))).toBe(true);
  });

  it("makes room while a batch is being handed on, not only after it", async () => {
    const [near, far] = pair({ ringBytes: 1024, ceiling: 1024 });
    let sentDuring: boolean | undefined;
    far.onReceive = () => {
      if (far.received.length === 6) sentDuring = near.transport.send(bytes("w".repeat(120)));
    };
    for (let at = 0; at < 7; at += 1) expect(near.transport.send(bytes("w".repeat(120)))).toBe(true);
    await far.until(8);
    expect(sentDuring).toBe(true);
  });

  it("does not deadlock when both rings are full", async () => {
    const [near, far] = pair({ ringBytes: 256, ceiling: 256 });
    near.onReceive = () => near.received.length <= 300 && near.transport.send(bytes("n".repeat(100)));
    far.onReceive = () => far.received.length <= 300 && far.transport.send(bytes("f".repeat(100)));
    for (let at = 0; at < 50; at += 1) {
      near.transport.send(bytes("n".repeat(100)));
      far.transport.send(bytes("f".repeat(100)));
    }
    await Promise.all([near.until(350), far.until(350)]);
    expect(near.received.length).toBe(350);
  });

  it("stops delivering while it is paused and loses nothing", async () => {
    const [near, far] = pair();
    far.transport.pause?.();
    for (const text of numbers(300)) near.transport.send(bytes(text));
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(far.received.length).toBe(0);
    far.transport.resume?.();
    await far.until(300);
    expect(texts(far)).toEqual(numbers(300));
  });

  it("sends what waits while it is paused itself", async () => {
    const [near, far] = pair({ ringBytes: 256, ceiling: 256 });
    near.transport.pause?.();
    for (const text of numbers(300)) near.transport.send(bytes(text));
    await far.until(300);
    expect(texts(far)).toEqual(numbers(300));
  });

  it("delivers everything before the end when it is closed with data queued", async () => {
    const [near, far] = pair({ ringBytes: 256, ceiling: 256, largest: 100 });
    const { port1, port2 } = new MessageChannel();
    for (const text of numbers(200)) near.transport.send(bytes(text));
    near.transport.send(bytes("z".repeat(150)), [port1]);
    near.transport.send(bytes("last"));
    near.transport.close();
    expect((await far.ended).reason).toBe("the far side closed its port");
    expect(texts(far)).toEqual([...numbers(200), "z".repeat(150), "last"]);
    expect(far.received[200]?.handles?.length).toBe(1);
    expect((await near.ended).reason).toBe("closed");
    port2.close();
  });

  it("keeps the order of what is sent after a flush", async () => {
    const [near, far] = pair({ ringBytes: 256, ceiling: 256 });
    for (const text of numbers(100)) near.transport.send(bytes(text));
    near.transport.flushSync?.();
    await new Promise(setImmediate);
    for (let at = 100; at < 200; at += 1) near.transport.send(bytes(String(at)));
    await far.until(200);
    expect(texts(far)).toEqual(numbers(200));
  });

  it("ends at once on destroy, on both sides, and delivers nothing after it here", async () => {
    const [near, far] = pair();
    for (const text of numbers(10)) far.transport.send(bytes(text));
    near.transport.destroy();
    const [nearEnd] = await Promise.all([near.ended, far.ended]);
    expect(nearEnd.reason).toBe("destroyed");
    expect(near.received.length).toBe(0);
    near.transport.send(bytes("ignored"));
  });

  it("lets microtasks run between batches", async () => {
    const [near, far] = pair({ ringBytes: 64 * 1024 });
    let behind = 0;
    let worst = 0;
    far.onReceive = () => {
      behind += 1;
      worst = Math.max(worst, behind);
      void Promise.resolve().then(() => (behind -= 1));
    };
    for (const text of numbers(1000)) near.transport.send(bytes(text));
    await far.until(1000);
    expect(worst).toBeLessThanOrEqual(64);
  });

  it("goes on after a receiver has thrown", async () => {
    const [near, far] = pair();
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
    far.onReceive = () => {
      far.onReceive = undefined;
      throw new Error("receiver");
    };
    near.transport.send(bytes("1"));
    near.transport.send(bytes("2"));
    const error = await thrown;
    for (const listener of listeners) process.on("uncaughtException", listener);
    expect((error as Error).message).toBe("receiver");
    await far.until(2);
    expect(texts(far)).toEqual(["1", "2"]);
  });
});

describe("a process that holds both ends", () => {
  const run = async (what: string): Promise<string> => {
    const fixture = fileURLToPath(new URL("../fixtures/ring-quiet.mjs", import.meta.url));
    return (await promisify(execFile)(process.execPath, [fixture, what])).stdout;
  };

  it("does nothing while nobody sends", async () => {
    expect(Number(await run("idle"))).toBeLessThan(3);
  });

  it("ends by itself after unref, yet delivers while it lives", async () => {
    expect(await run("unref")).toBe("delivered 2001");
  });
});

describe("two threads over shared memory", () => {
  const frames: number = times(50_000, 10_000_000);
  const timeout = 60_000 + frames / 5;

  it.each([
    ["small frames, ring at its edges", { ringBytes: 1024, sizes: [12, 40, 250, 500], pauses: 64, options: { ceiling: 1024 } }],
    ["small frames without spinning", { ringBytes: 4096, sizes: [12, 60], pauses: 8, options: { spin: 0 } }],
    ["counters that pass 2^32", { ringBytes: 1024, startCount: -1000, sizes: [12, 100], pauses: 64, options: { ceiling: 1024 } }],
    [
      "a ring that grows, and frames over the port",
      { ringBytes: 1024, sizes: [12, 12, 12, 500, 1020, 4090], pauses: 64, options: { ceiling: 16_384, largest: 4090 } },
    ],
    ["handles among them", { ringBytes: 1024, sizes: [12, 40], pauses: 64, options: {}, handlesEvery: 1000 }],
  ])("lose, repeat and reorder nothing: %s", { timeout }, async (_, plan) => {
    const { ringBytes, startCount, ...rest } = { startCount: 0, handlesEvery: 0, ...plan };
    const memory = createSharedMemory({ ringBytes, startCount });
    const { port1, port2 } = new MessageChannel();
    const threads = [port1, port2].map(
      (port, side) =>
        new Worker(new URL("../fixtures/ring-exchange.mjs", import.meta.url), {
          workerData: { port, memory, side, seed: 4711, frames, ...rest },
          transferList: [port],
        }),
    );
    const reports = await Promise.all(
      threads.map(
        (thread) =>
          new Promise((resolve, reject) => {
            thread.on("error", reject);
            thread.on("message", (message) => (message === "complete" ? threads[0]?.postMessage("close") : resolve(message)));
          }),
      ),
    );
    await Promise.all(threads.map((thread) => thread.terminate()));
    expect(reports).toEqual([
      { sent: frames, received: frames, reason: "closed" },
      { sent: frames, received: frames, reason: "the far side closed its port" },
    ]);
  });

  const startEcho = (jitter: number, options: SharedMemoryOptions): [End, Worker] => {
    const memory = createSharedMemory();
    const { port1, port2 } = new MessageChannel();
    const workerData = { port: port2, memory, jitter };
    const thread = new Worker(new URL("../fixtures/ring-echo.mjs", import.meta.url), { workerData, transferList: [port2] });
    return [start(sharedMemoryTransport(port1, memory, 0, "echo", options)), thread];
  };

  it("let timers run on both sides while 200 calls go back and forth without a pause", async () => {
    const [near, thread] = startEcho(5, {});
    let mayGoOn = true;
    near.onReceive = () => mayGoOn && near.transport.send(bytes("ping"));
    for (let at = 0; at < 200; at += 1) near.transport.send(bytes("ping"));
    await near.until(1);
    const farTicks = (): Promise<number> =>
      new Promise((resolve) => {
        thread.once("message", resolve);
        thread.postMessage("ticks");
      });
    const farBefore = await farTicks();
    let ticks = 0;
    const interval = setInterval(() => (ticks += 1), 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    clearInterval(interval);
    expect(ticks).toBeGreaterThan(200);
    expect((await farTicks()) - farBefore).toBeGreaterThan(200);
    expect(near.received.length).toBeGreaterThan(1000);
    mayGoOn = false;
    await thread.terminate();
  });

  it("wake a side that goes to sleep at the very moment of a frame", { timeout: times(60_000, 1_200_000) }, async () => {
    const [near, thread] = startEcho(8, { spin: 0 });
    near.onReceive = () => near.received.length < frames && near.transport.send(bytes("ping"));
    near.transport.send(bytes("ping"));
    await near.until(frames);
    expect(near.received.length).toBe(frames);
    await thread.terminate();
  });

  it("deliver everything that a thread sent before it died", async () => {
    const memory = createSharedMemory({ ringBytes: 1024 });
    const { port1, port2 } = new MessageChannel();
    const near = start(sharedMemoryTransport(port1, memory, 0, "thread"));
    const thread = new Worker(new URL("../fixtures/ring-dies.mjs", import.meta.url), {
      workerData: { port: port2, memory },
      transferList: [port2],
    });
    expect((await near.ended).reason).toBe("the far side closed its port");
    expect(texts(near)).toEqual(numbers(1000));
    expect(near.received[999]?.handles?.length).toBe(1);
    await thread.terminate();
  });
});
