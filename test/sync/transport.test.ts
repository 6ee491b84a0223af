// The transport under blocking calls, with raw bytes: a thread waits for another one while its own event loop stands
// still. test/fixtures/sync-raw.mjs is the far side; the first letter of a frame is its command.
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type { TransportEnd } from "../../lib/core/transport.ts";
import { Helper } from "../../lib/sync/helper.ts";
import type { BlockingTransport } from "../../lib/transports/blocking.ts";
import { createSharedMemory } from "../../lib/transports/ring.ts";
import { sharedMemoryTransport } from "../../lib/transports/shared-memory.ts";

const module = new URL("../fixtures/sync-raw.mjs", import.meta.url);
const watcher = new URL("../../dist/sync/entry/thread-watcher.js", import.meta.url);

interface Near {
  readonly transport: BlockingTransport;
  readonly got: string[];
  readonly helper: Helper | undefined;
  end: TransportEnd | undefined;
  onReceive: ((text: string) => void) | undefined;
  send(text: string): void;
  /** Blocks for the next frame, and gives its text; or "timeout" or "ended". */
  next(timeoutMs?: number): string;
  ask(text: string, timeoutMs?: number): string;
}

const open: Near[] = [];
afterEach(() => {
  for (const { transport, helper } of open.splice(0)) {
    transport.destroy();
    helper?.stop(0);
  }
});

function start(transport: BlockingTransport, helper?: Helper): Near {
  const near: Near = {
    transport,
    got: [],
    helper,
    end: undefined,
    onReceive: undefined,
    send: (text) => void transport.send(Buffer.from(text)),
    next(timeoutMs = 10_000) {
      const before = near.got.length;
      for (;;) {
        const received = transport.receiveSync(timeoutMs);
        if (near.got.length > before) return near.got[before]!;
        if (received !== "received") return received;
      }
    },
    ask(text, timeoutMs) {
      near.send(text);
      return near.next(timeoutMs);
    },
  };
  open.push(near);
  transport.start({
    onReceive(bytes) {
      const text = Buffer.from(bytes).toString();
      near.got.push(text);
      near.onReceive?.(text);
    },
    onDrain() {},
    onEnd: (end) => (near.end = end),
  });
  return near;
}

/** The far side behind a thread that watches it. */
function watched(options: { readonly near?: { readonly spin?: number }; readonly far?: object; readonly megabytes?: number } = {}): Near {
  const { near, far = {}, megabytes } = options;
  const job = {
    filename: module.href,
    options: { workerData: { options: far }, ...(megabytes !== undefined && { resourceLimits: { maxOldGenerationSizeMb: megabytes } }) },
    sharesEnv: false,
    transferList: [],
  };
  const helper = new Helper(watcher, job);
  const { label } = helper.awaitStart(10_000, () => new Error("not started"));
  return start(helper.open(label, near ?? {}), helper);
}

/** The far side by itself: nobody tells how it ended. */
function unwatched(options: { readonly ringBytes?: number; readonly ceiling?: number; readonly largest?: number } = {}): Near {
  const { ringBytes, ...rest } = options;
  const memory = createSharedMemory(ringBytes === undefined ? {} : { ringBytes });
  const { port1, port2 } = new MessageChannel();
  new Worker(module, { workerData: { port: port2, memory, options: rest }, transferList: [port2] }).on("error", () => {});
  return start(sharedMemoryTransport(port1, memory, 0, "far", rest));
}

describe("a transport that is waited for", () => {
  it.each([undefined, 0])("hands on answers while the event loop stands still, with spin %s", (spin) => {
    const near = watched(spin === undefined ? {} : { near: { spin }, far: { spin } });
    for (let at = 0; at < 500; at += 1) expect(near.ask(`e${at}`)).toBe(`e${at}`);
    expect(near.ask("w500")).toBe("w500");
    expect(near.ask("t5")).toBe("t5");
  });

  it("says when the time is over, and goes on afterwards", () => {
    const near = watched();
    const began = performance.now();
    expect(near.ask("n", 30)).toBe("timeout");
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
    expect(near.next(0)).toBe("timeout");
    expect(near.ask("e1")).toBe("e1");
    // Late, and told of when it comes.
    expect(near.ask("t20", 1)).toBe("timeout");
    expect(near.next()).toBe("t20");
  });

  it("can be waited for from within what it hands on, to any depth", () => {
    const near = watched();
    let depth = 0;
    let deepest = 0;
    near.onReceive = (text) => {
      if (text !== "ask") return;
      depth += 1;
      deepest = Math.max(deepest, depth);
      // Answered from in here: the outer one returns only when all is done.
      near.send(`q${depth}`);
      while (!near.got.includes("got 3")) near.transport.receiveSync(10_000);
      depth -= 1;
    };
    expect(near.ask("ask")).toBe("ask");
    expect(near.got).toEqual(["ask", "ask", "ask", "got 3"]);
    expect([deepest, depth]).toEqual([3, 0]);
  });

  it("takes what rides the port, and follows a ring that grows", () => {
    const near = unwatched({ ringBytes: 1024, largest: 20_000 });
    for (const size of [10, 3_000, 15_000, 50_000, 300_000, 10]) expect(near.ask(`e${"x".repeat(size)}`).length).toBe(size + 1);
    expect(near.ask("m")).toBe("m");
  });

  it("sends what waits for room while it waits itself", () => {
    const near = unwatched({ ringBytes: 1024, ceiling: 1024 });
    for (let at = 0; at < 2_000; at += 1) near.send(`e${at}`);
    for (let at = 0; at < 2_000; at += 1) expect(near.next()).toBe(`e${at}`);
  });

  it("works by events again as soon as nobody waits, and nothing is lost in between", async () => {
    const near = watched();
    for (let round = 0; round < 50; round += 1) {
      for (let at = 0; at < 5; at += 1) near.send(`e${round} ${at}`);
      expect(near.next()).toBe(`e${round} 0`);
      const all = new Promise<void>((resolve) => {
        near.onReceive = (text) => text === `e${round} 4` && resolve();
        if (near.got.includes(`e${round} 4`)) resolve();
      });
      await all;
      near.onReceive = undefined;
    }
    expect(near.got.length).toBe(250);
    const later = new Promise<string>((resolve) => (near.onReceive = resolve));
    near.send("t5");
    expect(await later).toBe("t5");
  });

  it("ends once, however often it is asked", () => {
    const near = watched();
    near.transport.close();
    expect(near.next()).toBe("ended");
    expect(near.end).toEqual({ reason: "closed" });
    expect(near.next()).toBe("ended");
  });
});

describe("the end of the far thread, seen by a thread that blocks", () => {
  const within = (near: Near, command: string): TransportEnd => {
    const began = performance.now();
    expect(near.ask(command)).toBe("ended");
    expect(performance.now() - began).toBeLessThan(2_000);
    return near.end!;
  };

  it.each([
    ["exits", "x", { reason: "the worker exited with code 7", code: 7 }],
    [
      "throws",
      "u",
      { code: 1, cause: expect.objectContaining({ name: "RangeError", message: "thrown over there", detail: 5 }) as unknown },
    ],
    ["runs out of memory", "o", { code: 1, cause: expect.objectContaining({ code: "ERR_WORKER_OUT_OF_MEMORY" }) as unknown }],
    ["closes", "c", { code: 0 }],
  ])("that %s comes with its exit code and its error", (_, command, end) => {
    expect(within(watched({ megabytes: 30 }), command)).toMatchObject(end);
  });

  it("comes after the last of what it sent", () => {
    const near = watched();
    expect(near.ask("b")).toBe("last 0");
    while (near.next() !== "ended") continue;
    expect(near.got.length).toBe(2_000);
    expect(near.end).toMatchObject({ code: 3 });
  });

  it.each(["x", "u", "c"])("is seen without anybody who watches it, by its port alone (%s)", (command) => {
    expect(within(unwatched(), command)).toEqual({ reason: "the far side closed its port" });
  });

  it("is told by events too", async () => {
    const near = watched();
    const { reason } = await new Promise<TransportEnd>((resolve) => {
      void near.helper!.known.then(resolve);
      near.send("x");
    });
    expect(reason).toBe("the worker exited with code 7");
    while (near.end === undefined) await sleep(1);
    expect(near.end).toMatchObject({ code: 7 });
  });

  it("is brought about from outside", () => {
    const near = watched();
    near.send("n");
    near.helper!.stop(0);
    expect(near.next()).toBe("ended");
    expect(near.end).toMatchObject({ reason: expect.stringMatching(/^the worker exited/) as unknown });
  });
});
