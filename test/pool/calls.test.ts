import { describe, expect, it } from "vitest";
import { classCodec, proxy, QueueFullError, transfer, withOptions } from "../../lib/index.ts";
import { kinds, maker, poolOf, rejection, times, until } from "./helpers.ts";

/** Passed by reference, since the pool is told so. */
class Buffered {
  write(): void {}
}

describe.each(kinds)("a pool of %s workers", (kind) => {
  const make = maker(kind);

  it("answers calls, side by side on its workers", async () => {
    const pool = await make({ minThreads: 2 });
    expect(await pool.remote.add(1, 2)).toBe(3);
    await pool.ready;
    const both = await Promise.all(times(2, () => pool.remote.spin(100)));
    expect(new Set(both).size).toBe(2);
  });

  it("passes callbacks, streams, errors and references, which stay with their worker", async () => {
    const pool = await make({ minThreads: 2 });
    expect(await pool.remote.callBack(3, (index: number) => index * 10)).toBe(30);
    const seen: number[] = [];
    for await (const item of pool.remote.numbers(5)) seen.push(item);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(await rejection(pool.remote.fail("no"))).toMatchObject({
      name: "RangeError",
      message: "no",
      code: "E_TEST",
      details: { where: expect.any(String) },
    });
    const counters = await Promise.all(times(4, () => pool.remote.makeCounter()));
    for (const counter of counters) {
      const home = await counter.where();
      expect(await counter.increment()).toBe(1);
      expect(await counter.increment()).toBe(2);
      expect(await counter.where()).toBe(home);
    }
  });

  it("takes arguments as they are at the call, though it waits", async () => {
    const pool = await make();
    const value = { list: [1] };
    const echoed = pool.remote.echo(value);
    value.list.push(2);
    expect(await echoed).toEqual({ list: [1] });
  });

  it("gives each worker as many calls as its concurrency, and queues the rest", async () => {
    const pool = await make({ minThreads: 2, concurrency: 3 });
    await pool.ready;
    const calls = times(10, (index) => pool.remote.hold(`gate${index}`));
    await until(async () => (await pool.broadcast((worker) => worker.held())).flat().length === 6);
    expect(pool.stats()).toMatchObject({ threads: 2, busy: 2, running: 6, queue: 4 });
    const started: string[] = [];
    while (started.length < 10) {
      const names = (await pool.broadcast((worker) => worker.held())).flat().filter((name) => !started.includes(name));
      started.push(...names);
      for (const name of names) await pool.broadcast((worker) => worker.open(name, name));
    }
    expect(await Promise.all(calls)).toEqual(times(10, (index) => `gate${index}`));
  });

  it("refuses calls when its queue is full, and tells when there is room", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, maxQueue: 2 });
    await pool.ready;
    const held = pool.remote.hold("gate");
    const waiting = times(2, () => pool.remote.add(1, 2));
    const refused = await rejection(pool.remote.add(1, 2));
    expect(refused).toBeInstanceOf(QueueFullError);
    expect((refused as Error).message).toMatch(/2 calls .* \(maxQueue\).*pool\.room\(\)/s);
    let hasRoom = false;
    const room = pool.room().then(() => (hasRoom = true));
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    await pool.broadcast((worker) => worker.open("gate", "opened"));
    await room;
    expect(await pool.remote.add(3, 4)).toBe(7);
    await Promise.all([held, ...waiting]);
  });

  it("lets higher priorities go first", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    await pool.ready;
    const held = pool.remote.hold("gate");
    const order: string[] = [];
    const calls = ["low", "high", "middle"].map((name, index) =>
      withOptions(pool.remote, { priority: [0, 2, 1][index]! })
        .echo(name)
        .then((answer) => order.push(answer as string)),
    );
    await until(() => pool.stats().running === 1);
    await pool.broadcast((worker) => worker.open("gate", "opened"));
    await Promise.all([held, ...calls]);
    expect(order).toEqual(["high", "middle", "low"]);
  });

  it("maps a source, in order or as results come, and stops what it had begun when it is left", async () => {
    const pool = await make({ minThreads: 2 });
    const collect = async (source: AsyncIterable<unknown>): Promise<unknown[]> => {
      const all: unknown[] = [];
      for await (const item of source) all.push(item);
      return all;
    };
    expect(await collect(pool.map([3, 1, 2], pool.remote.echo))).toEqual([3, 1, 2]);
    expect(await collect(pool.map([3, 1, 2], "echo"))).toEqual([3, 1, 2]);
    expect(await collect(pool.map([1, 2], (item: number, signal) => withOptions(pool.remote, { signal }).add(item, 10)))).toEqual([11, 12]);
    const unordered = pool.map(["slow", "quick"], (item: string) => (item === "slow" ? pool.remote.hold("slow") : pool.remote.echo(item)), {
      ordered: false,
    });
    expect((await unordered.next()).value).toBe("quick");
    await unordered.return();
    expect(await rejection(collect(pool.map([1], "nothing")))).toMatchObject({ code: "ERR_NOT_EXPOSED" });
  });

  it("counts and times what it does", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    await pool.ready;
    for (let round = 0; round < 3; round += 1) await Promise.all(times(4, () => pool.remote.spin(20)));
    const stats = pool.stats();
    expect(stats).toMatchObject({ threads: 1, busy: 0, queue: 0, running: 0, completed: 12, recycled: 0, crashed: 0, killed: 0 });
    expect([stats.run.count, stats.wait.count]).toEqual([12, 12]);
    // Of its own time, and not of that of the calls before it.
    expect(stats.run.p50).toBeGreaterThan(15);
    expect(stats.run.mean).toBeLessThan(stats.wait.mean);
    expect(stats.wait.max).toBeGreaterThan(50);
    expect(stats.utilisation).toBeGreaterThan(0.1);
    expect(stats.utilisation).toBeLessThanOrEqual(1);
    expect(stats.workers).toMatchObject([
      { label: expect.stringMatching(kind === "thread" ? /^worker#\d+$/ : /^pid \d+$/), state: "working", calls: 0, completed: 12 },
    ]);
  });

  it("tells when calls have to wait, and when none does any more", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    await pool.ready;
    const told: string[] = [];
    pool.on("needsDrain", () => told.push("wait"));
    pool.on("drain", () => told.push("drained"));
    await Promise.all(times(3, () => pool.remote.add(1, 2)));
    expect(told).toEqual(["wait", "drained"]);
  });

  it("passes calls through interceptors, and classes by their codecs", async () => {
    class Money {
      readonly cents: number;
      constructor(cents: number) {
        this.cents = cents;
      }
    }
    const seen: string[] = [];
    const pool = await make({
      classes: [classCodec(Money, { name: "money", encode: ({ cents }) => cents, decode: (cents) => new Money(cents as number) })],
      references: [Buffered],
      intercept: {
        outgoing: async ({ path, args, peer }, next) => {
          seen.push(`${path.join(".")}(${args.join(", ")}) on ${peer}`);
          return (await next({ args: [args[0], 10] })) as unknown;
        },
      },
    });
    expect(await pool.remote.add(1, 2)).toBe(11);
    expect(seen).toEqual(["add(1, 2) on pool pool-worker.mjs"]);
    // The workers know nothing of the class, and say so.
    expect(await pool.remote.echo(new Money(5))).toEqual({ unknownClass: "money", data: 5 });
    const held = new Buffered();
    expect(await pool.remote.echo(held)).toBe(held);
  });

  it("lets the workers call what it offers them", async () => {
    const pool = await make({ api: { secret: () => 42 } });
    expect(await pool.remote.add(1, 2)).toBe(3);
    expect(
      await pool.remote.callBack(
        2,
        proxy((index: number) => index),
      ),
    ).toBe(1);
  });
});

describe("a pool of threads", () => {
  it("moves buffers there and back, at the call though it waits", async () => {
    const pool = await poolOf({ minThreads: 1, maxThreads: 1 });
    const bytes = new Uint8Array(1_000_000).fill(7);
    const back = (await pool.remote.echo(transfer(bytes, [bytes.buffer]))) as Uint8Array;
    expect(bytes.byteLength).toBe(0);
    expect([back.byteLength, back[0], back.at(-1)]).toEqual([1_000_000, 7, 7]);
    const given = (await pool.remote.makeBytes(1_000_000)) as Uint8Array;
    expect([given.byteLength, given.at(-1), await pool.remote.madeLength()]).toEqual([1_000_000, 7, 0]);
  });
});
