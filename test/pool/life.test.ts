import { describe, expect, it } from "vitest";
import { DisposedError, PeerLostError } from "../../lib/index.ts";
import { createPool } from "../../lib/pool/index.ts";
import { fixture, kinds, maker, poolOf, rejection, signalled, times, until } from "./helpers.ts";

describe.each(kinds)("a pool of %s workers", (kind) => {
  const make = maker(kind);
  /** As long as it takes a worker that nobody needs to be ended. */
  const untilIdleOnesAreGone = async (idleTimeout: number): Promise<void> => {
    const idle = await make({ minThreads: 0, maxThreads: 1, idleTimeout });
    await idle.remote.add(1, 2);
    await until(() => idle.stats().threads === 0);
  };

  it("warms a worker up before it takes calls, and puts it in order before it ends", async () => {
    const done: string[] = [];
    const pool = await make({
      minThreads: 1,
      maxThreads: 1,
      warmup: async (worker) => void done.push(`up ${await worker.increment(100)}`),
      teardown: async (worker) => void done.push(`down ${await worker.increment(0)}`),
    });
    expect(await pool.remote.increment(1)).toBe(101);
    await pool.close();
    expect(done).toEqual(["up 100", "down 101"]);
  });

  it("does not use a worker whose warm-up fails", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, warmup: (worker) => worker.fail("cold") });
    pool.on("error", () => {});
    expect(await rejection(pool.remote.add(1, 2))).toMatchObject({ message: "cold", code: "E_TEST" });
  });

  it("recycles a worker after so many calls, or when it is so old", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, recycle: { maxCalls: 3 } });
    const at: string[] = [];
    for (let call = 0; call < 9; call += 1) at.push(await pool.remote.where());
    expect(new Set(at).size).toBe(3);
    expect(at).toEqual(at.toSorted((a, b) => at.indexOf(a) - at.indexOf(b)));
    await until(() => pool.stats().recycled === 3);

    const aged = await make({ minThreads: 1, maxThreads: 1, recycle: { maxAge: 100 } });
    const first = await aged.remote.where();
    await until(async () => (await aged.remote.where()) !== first);
  });

  it("does not end a worker whose objects are in use", async () => {
    const pool = await make({ minThreads: 0, maxThreads: 1, idleTimeout: 20, recycle: { maxCalls: 2 } });
    const counter = await pool.remote.makeCounter();
    for (let call = 0; call < 5; call += 1) await pool.remote.add(1, 2);
    await untilIdleOnesAreGone(20);
    expect(await counter.increment()).toBe(1);
    expect(pool.stats()).toMatchObject({ threads: 1, recycled: 0 });
    counter[Symbol.dispose]();
    await until(() => pool.stats().threads === 0);
  });

  it("shrinks to minThreads when it is idle, and grows again", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 3, idleTimeout: 30 });
    const busy = times(3, () => pool.remote.spin(50));
    expect(pool.stats().threads).toBe(3);
    await Promise.all(busy);
    await until(() => pool.stats().threads === 1);
    await untilIdleOnesAreGone(30);
    expect(pool.stats()).toMatchObject({ threads: 1, crashed: 0 });
    await until(async () => new Set(await Promise.all(times(6, () => pool.remote.spin(30)))).size > 1);
  });

  it("finishes what was called when it is closed, and takes no more", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    const calls = times(3, (index) => pool.remote.spin(20 * index));
    const closed = pool.close();
    const refused = await rejection(pool.remote.add(1, 2));
    expect(refused).toBeInstanceOf(DisposedError);
    expect(await Promise.all(calls)).toHaveLength(3);
    await closed;
    expect(await pool.closed).toEqual({ reason: "closed" });
    expect(pool.stats().threads).toBe(0);
  });

  it("ends what still runs when closeTimeout is over", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, closeTimeout: 50 });
    await pool.ready;
    const started = signalled();
    const call = rejection(pool.remote.spinForEver(started.signal));
    await started.promise;
    await pool.close();
    expect(await call).toBeInstanceOf(PeerLostError);
  });

  it("rejects everything at once when it is destroyed", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    await pool.ready;
    const started = signalled();
    const errors = Promise.all([pool.remote.spinForEver(started.signal), pool.remote.add(1, 2)].map(rejection));
    await started.promise;
    pool.destroy();
    for (const error of await errors) expect(error).toMatchObject({ code: "ERR_PEER_LOST", reason: "destroyed" });
    expect(await rejection(pool.remote.add(1, 2))).toBeInstanceOf(DisposedError);
    expect(await pool.closed).toEqual({ reason: "destroyed" });
  });
});

describe("a pool of threads", () => {
  it("recycles a worker whose heap has grown", async () => {
    const pool = await poolOf({ minThreads: 1, maxThreads: 1, recycle: { maxHeap: 24_000_000 } });
    const first = await pool.remote.where();
    await pool.remote.grow(24_000_000);
    await until(async () => (await pool.remote.where()) !== first);
    expect(pool.stats().recycled).toBe(1);
  });

  it("gives threads their options: env, argv, execArgv, workerData, limits", async () => {
    const pool = await poolOf<typeof import("../fixtures/pool-options.mjs")>(
      {
        env: { POOL_TEST: "yes" },
        argv: ["one", "two"],
        execArgv: ["--no-warnings"],
        workerData: { seven: 7 },
        resourceLimits: { maxOldGenerationSizeMb: 77 },
      },
      fixture("pool-options"),
    );
    expect(await pool.remote.options()).toMatchObject({
      env: "yes",
      argv: ["one", "two"],
      execArgv: ["--no-warnings"],
      workerData: { seven: 7 },
      heap: 77,
    });
  });

  it("rejects calls with the reason why no thread can be started", async () => {
    for (const execArgv of [["--no-such-option"], ["--require=/no/such/file.cjs"]]) {
      const pool = await poolOf({ execArgv });
      pool.on("error", () => {});
      expect(await rejection(pool.remote.add(1, 2))).toBeInstanceOf(Error);
      expect(await rejection(pool.ready)).toBeInstanceOf(Error);
      await pool.close();
    }
  });

  it("serves what the module exposes itself", async () => {
    const pool = await poolOf<{ hello(name: string): string }>({}, fixture("pool-exposes"));
    expect(await pool.remote.hello("you")).toBe("hello you");
  });

  it("refuses what makes no sense", async () => {
    const module = fixture("pool-worker");
    expect(await rejection(createPool(module, { minThreads: 3, maxThreads: 2 }))).toBeInstanceOf(RangeError);
    expect(await rejection(createPool(module, { maxThreads: 0 }))).toBeInstanceOf(RangeError);
    expect(await rejection(createPool(module, { concurrency: Number.NaN }))).toBeInstanceOf(TypeError);
    expect(await rejection(createPool(module, { kind: "fibre" as never }))).toBeInstanceOf(TypeError);
    expect(await rejection(createPool("./pool-worker.mjs"))).toMatchObject({ code: "ERR_MODULE" });
    expect(await rejection(createPool(fixture("no-such-file")))).toMatchObject({ code: "ERR_MODULE" });
  });
});
