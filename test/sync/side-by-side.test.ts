// Blocking and awaited calls on one connection, and threads that block on each other.
import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionOf, expose, open, spawnProcess, spawnThread, withOptions } from "nearcall";
import type { Connection } from "nearcall";
import { parentSync, spawnThreadSync, wrapSync } from "nearcall/sync";
import type { SyncRemote } from "nearcall/sync";

type Far = typeof import("../fixtures/sync-worker.mjs");
const module = new URL("../fixtures/sync-worker.mjs", import.meta.url);

describe("a blocking remote beside an awaited one", () => {
  let connection: Connection<Far>;
  let far: SyncRemote<Far>;
  const api = {
    limit: 7,
    add: (left: number, right: number) => left + right,
    echo: (text: string) => text,
    later: async (value: unknown, ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return value;
    },
    bounce: (depth: number): number => (depth === 0 ? 0 : 1 + (far.bounce(depth - 1) as number)),
  };
  beforeAll(async () => {
    connection = await spawnThread<Far>(module, { api, timeout: 10_000 });
    far = wrapSync(connection);
  });
  afterAll(() => connection.close());

  it("is on the same connection", () => {
    expect(connectionOf(far)).toBe(connection);
    expect(wrapSync(connection)).toBe(far);
  });

  it("starts its calls in the order in which they were made, among those that are awaited", async () => {
    const seen: string[] = [];
    const awaited = [1, 2, 3].map((at) => connection.remote.note(`awaited ${at}`));
    far.note("blocking");
    const more = connection.remote.note("awaited 4");
    seen.push(...(far.notes() as string[]));
    await Promise.all([...awaited, more]);
    expect(seen).toEqual(["awaited 1", "awaited 2", "awaited 3", "blocking", "awaited 4"]);
  });

  it("lets awaited calls be answered while it stands still, and told of when the event loop runs", async () => {
    const order: unknown[] = [];
    const awaited = connection.remote.later("awaited", 0).then((value) => order.push(value));
    order.push(far.later("blocking", 20));
    await awaited;
    expect(order).toEqual(["blocking", "awaited"]);
  });

  it("gives references of its own kind, and takes those of the other", async () => {
    const awaited = await connection.remote.makeAdder(1);
    const blocking = far.makeAdder(1);
    expect(await awaited(2)).toBe(3);
    expect(blocking(2)).toBe(3);
    expect(wrapSync(awaited as never)).not.toBe(awaited);
    expect((wrapSync(awaited as never) as (value: number) => number)(2)).toBe(3);
    expect(far.callWith(awaited, 5)).toBe(6);
    expect(await connection.remote.callWith(blocking as never, 5)).toBe(6);
  });

  it("serves the far side's own blocking calls while it blocks, from both ends at once", async () => {
    await connection.remote.startCalling(2_000);
    let sum = 0;
    for (let at = 0; at < 2_000; at += 1) sum += far.add(at, 1) as number;
    expect(sum).toBe(2_001_000);
    expect(await connection.remote.sumOfCalls()).toBe(2_001_000);
  });

  it("lets both ends send more than their rings hold while both block", async () => {
    const large = "x".repeat(60_000);
    await connection.remote.startEchoing(large, 200);
    for (let at = 0; at < 200; at += 1) expect((far.echo(large) as string).length).toBe(60_000);
    expect(await connection.remote.echoed()).toBe(200);
  });

  it("keeps a call at its root that answers with a promise, until it does not stand still any more", async () => {
    // Nothing to do with the blocking call that it comes into: it is not refused.
    const asked = connection.remote.askLater("kept");
    for (let at = 0; at < 50; at += 1) far.add(at, 1);
    expect(await asked).toBe("kept");
  });

  it("keeps the options of a remote", () => {
    const hasty = wrapSync(withOptions(connection.remote, { timeout: 20 }) as never) as unknown as SyncRemote<Far>;
    expect(() => hasty.later(1, 10_000)).toThrow(expect.objectContaining({ code: "ERR_TIMEOUT", timeout: 20 }));
  });

  it("takes what awaited calls will answer, and waits for it", async () => {
    const slow = connection.remote.later(5, 20);
    expect(far.add(slow as never, 1)).toBe(6);
    expect(await slow).toBe(5);
    expect(() => far.add(connection.remote.fail("no") as never, 1)).toThrow("no");
    // That of another connection does not come meanwhile.
    await using other = await spawnThread<Far>(module);
    const elsewhere = other.remote.later(5, 20);
    expect(() => far.add(elsewhere as never, 1)).toThrow(expect.objectContaining({ code: "ERR_BLOCKED" }));
    expect(await elsewhere).toBe(5);
  });
});

describe("a thread that blocks on its parent", () => {
  it("is served by the parent's event loop", async () => {
    await using connection = await spawnThread<Far>(module, {
      api: { add: (a: number, b: number) => a + b, later: async (value: unknown) => value, limit: 7 },
    });
    expect(await connection.remote.askParent(1, 2)).toBe(3);
    expect(await connection.remote.askLater("soon")).toBe("soon");
    expect(await connection.remote.limitOfParent()).toBe(7);
  });

  it("is served by a parent that blocks itself, to any depth", () => {
    const api = {
      add: (a: number, b: number) => a + b,
      bounce: (depth: number, carried: string): number => (depth === 0 ? 0 : 1 + (connection.remote.bounce(depth - 1, carried) as number)),
    };
    using connection = spawnThreadSync<Far>(module, { api, timeout: 10_000 });
    expect(connection.remote.askParent(1, 2)).toBe(3);
    expect(connection.remote.bounce(40, "")).toBe(40);
    expect(connection.remote.bounce(40, "x".repeat(5_000))).toBe(40);
    expect(connection.remote.askParent(1, 2)).toBe(3);
  });

  it("is told at once when the parent, which blocks, answers with a promise", () => {
    using connection = spawnThreadSync<Far>(module, { api: { later: async () => 1 } });
    expect(() => connection.remote.askLater(1)).toThrow(expect.objectContaining({ code: "ERR_BLOCKED" }));
  });

  it("cannot call before its module has loaded, and says so", () => {
    const early = new URL("../fixtures/sync-early.mjs", import.meta.url);
    expect(() => spawnThreadSync(early, { api: { add: () => 1 } })).toThrow(/comes too early/);
  });

  it("needs a parent", () => {
    expect(() => parentSync()).toThrow(expect.objectContaining({ code: "ERR_ENDPOINT" }));
  });
});

describe("threads that block on each other over several connections, in a circle", () => {
  it("end by the calls' time limits, and go on", () => {
    const { port1, port2 } = new MessageChannel();
    expose({ ping: () => "pong" }, port1);
    using first = spawnThreadSync<typeof import("../fixtures/sync-circle.mjs")>(new URL("../fixtures/sync-circle.mjs", import.meta.url), {
      workerData: port2,
      transferList: [port2],
    });
    first.remote.start();
    // This thread waits for the first, that for the second, and the second for this one, at another port.
    expect(() => withOptions(first.remote, { timeout: 100 }).ping()).toThrow(expect.objectContaining({ code: "ERR_TIMEOUT" }));
    expect(first.remote.add(1, 2)).toBe(3);
    port1.close();
  });
});

describe("a port", () => {
  const farOn = async (
    body: string,
  ): Promise<{ far: SyncRemote<Record<string, (...args: unknown[]) => unknown>>; worker: Worker; port: MessagePort }> => {
    const { port1, port2 } = new MessageChannel();
    const code = `import("nearcall").then(({ expose }) => expose(${body}, require("node:worker_threads").workerData))`;
    const worker = new Worker(code, { eval: true, workerData: port2, transferList: [port2] });
    await once(worker, "online");
    return { far: wrapSync(port1), worker, port: port1 };
  };

  it("is waited for, its far side's death too", async () => {
    const { far } = await farOn(
      "{ add: (a, b) => a + b, later: async (value) => value, exit: () => process.exit(3), call: (callback) => callback(2) }",
    );
    expect(far["add"]!(1, 2)).toBe(3);
    expect(far["later"]!("soon")).toBe("soon");
    expect(far["call"]!((value: number) => value + 1)).toBe(3);
    expect(() => far["exit"]!()).toThrow(expect.objectContaining({ code: "ERR_PEER_LOST", reason: "the far side closed its port" }));
  });

  it("shares its connection with whoever opened it", async () => {
    const { port1, port2 } = new MessageChannel();
    const here = open(port1);
    const there = open(port2, { api: { add: (a: number, b: number) => a + b } });
    // Both ends in this thread: nobody would serve a blocking call.
    expect(() => withOptions(wrapSync(here) as object as { add(a: number, b: number): number }, { timeout: 20 }).add(1, 2)).toThrow(
      expect.objectContaining({ code: "ERR_TIMEOUT" }),
    );
    expect(connectionOf(wrapSync(port1) as object)).toBe(here);
    await here.close();
    await there.closed;
  });
});

describe("what cannot be waited for", () => {
  it("says so: a worker's own port, a process, what calls pass through on their way out", async () => {
    const refused = expect.objectContaining({ code: "ERR_NOT_BLOCKING" });
    const worker = new Worker("setTimeout(() => {}, 10_000)", { eval: true });
    expect(() => wrapSync(worker)).toThrow(refused);
    await worker.terminate();
    await using child = await spawnProcess<Far>(new URL("../fixtures/sync-api.mjs", import.meta.url));
    expect(() => wrapSync(child)).toThrow(/spawnProcessSync/);
    expect(() => spawnThreadSync(module, { intercept: { outgoing: (_call, next) => next() } })).toThrow(refused);
  });
});
