import { describe, expect, it } from "vitest";
import { PeerLostError, withOptions } from "../../lib/index.ts";
import { type Fixture, fixture, kinds, maker, next, poolOf, rejection, times, until } from "./helpers.ts";

describe.each(kinds)("a pool of %s workers", (kind) => {
  const make = maker(kind);

  it("rejects what its worker was doing when that ends, and replaces it", async () => {
    const pool = await make({ minThreads: 2 });
    await pool.ready;
    const gone = next(pool, "workerDestroy");
    const error = await rejection(pool.remote.exit(3));
    expect(error).toBeInstanceOf(PeerLostError);
    expect(error).toMatchObject({ exitCode: 3, phase: expect.stringMatching(/sent|accepted/) });
    expect(await gone).toMatchObject({ why: "crashed", exitCode: 3 });
    await until(() => pool.stats().threads === 2 && pool.stats().starting === 0);
    expect(await Promise.all(times(10, (index) => pool.remote.add(index, 1)))).toEqual(times(10, (index) => index + 1));
    expect(pool.stats()).toMatchObject({ crashed: 1 });
  });

  it("loses only the calls of the worker that died, of whatever it died", async () => {
    const pool = await make({ minThreads: 2, concurrency: 2, resourceLimits: { maxOldGenerationSizeMb: 32 } });
    await pool.ready;
    for (const harm of ["throwLater", "runOutOfMemory", "exit"] as const) {
      await until(() => pool.stats().threads === 2 && pool.stats().starting === 0);
      const elsewhere = pool.remote.hold("kept");
      await until(async () => (await pool.broadcast((worker) => worker.held())).flat().includes("kept"));
      const harmed = pool.remote[harm](7 as never) as PromiseLike<unknown>;
      expect(await rejection(harmed)).toBeInstanceOf(PeerLostError);
      await pool.broadcast((worker) => worker.open("kept", "still here")).catch(() => {});
      expect(await elsewhere).toBe("still here");
    }
  });

  it("makes idempotent calls again whose worker was lost, and no others", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, concurrency: 3 });
    await pool.ready;
    const plain = rejection(pool.remote.hold("plain"));
    const again = withOptions(pool.remote, { idempotent: true }).hold("again");
    await until(async () => (await pool.broadcast((worker) => worker.held())).flat().length === 2);
    expect(await rejection(pool.remote.exit(1))).toBeInstanceOf(PeerLostError);
    expect(await plain).toBeInstanceOf(PeerLostError);
    await until(async () => (await pool.broadcast((worker) => worker.held())).flat().includes("again"));
    await pool.broadcast((worker) => worker.open("again", "answered"));
    expect(await again).toBe("answered");
  });

  it("gives up on an idempotent call that kills every worker that it is given to", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, maxAttempts: 2 });
    expect(await rejection(withOptions(pool.remote, { idempotent: true }).exit(1))).toBeInstanceOf(PeerLostError);
    expect(pool.stats().crashed).toBe(2);
  });

  it("rejects just the call whose result cannot be sent, or that threw null", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, concurrency: 4 });
    const held = pool.remote.hold("bystander");
    expect(await rejection(pool.remote.unsendable())).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    expect(await rejection(pool.remote.throwNull())).toBeNull();
    expect(await pool.remote.open("bystander", "fine")).toBeUndefined();
    expect(await held).toBe("fine");
    expect(pool.stats().crashed).toBe(0);
  });

  it("rejects the first call with what the module threw while it loaded, says so once, and does not spin", async () => {
    const pool = await poolOf<Fixture>({ kind, minThreads: 2 }, fixture("pool-broken"));
    const told: unknown[] = [];
    pool.on("error", (error) => told.push(error));
    const gone: unknown[] = [];
    pool.on("workerDestroy", (end) => gone.push(end));
    const [first, second] = await Promise.all([rejection(pool.remote.add(1, 2)), rejection(pool.ready)]);
    expect(first).toMatchObject({ name: "SyntaxError", message: "this module is broken" });
    expect(second).toBe(first);
    expect(told).toHaveLength(1);
    expect(gone).toHaveLength(2);
    // Nobody asks: nobody tries again.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(gone).toHaveLength(2);
    expect(pool.stats().threads).toBe(0);
  });

  it("heals when the module can be loaded again", async () => {
    const pool = await poolOf<Fixture>(
      { kind, minThreads: 1, env: { ...process.env, POOL_BROKEN_UNTIL: String(Date.now() + 700) } },
      fixture("pool-broken"),
    );
    pool.on("error", () => {});
    let answer: unknown;
    await until(async () => {
      answer = await Promise.resolve(pool.remote.add(1, 2)).catch(() => undefined);
      return answer !== undefined;
    });
    expect(answer).toBe(3);
    expect(pool.stats().crashed).toBeLessThan(12);
  });
});
