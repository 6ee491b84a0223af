import { describe, expect, it } from "vitest";
import { DisposedError, TimeoutError } from "../../lib/index.ts";
import { kinds, maker, rejection, times, until } from "./helpers.ts";

describe.each(kinds)("a pool of %s workers", (kind) => {
  const make = maker(kind);

  it("keeps a key on one worker, and no busy key holds up another", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 3 });
    const homes = new Map<string, Set<string>>();
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(
        times(6, async (index) => {
          const key = `key${index}`;
          homes.set(key, (homes.get(key) ?? new Set()).add(await pool.affinity(key).where()));
        }),
      );
    }
    expect([...homes.values()].map((at) => at.size)).toEqual(times(6, () => 1));
    const busy = times(3, () => pool.affinity("busy").spin(200));
    expect(await Promise.race([pool.affinity("new").echo("first"), ...busy])).toBe("first");
    expect(await Promise.race([pool.remote.echo("second"), ...busy])).toBe("second");
    await Promise.all(busy);
  });

  it("leases a worker that takes nobody else's calls until it is given back", async () => {
    const pool = await make({ minThreads: 2 });
    await pool.ready;
    const lease = await pool.lease();
    const mine = await lease.remote.where();
    expect(await lease.remote.increment(5)).toBe(5);
    const others = await Promise.all(times(20, () => pool.remote.where()));
    expect(others).not.toContain(mine);
    expect(pool.stats().leased).toBe(1);
    const pending = lease.remote.spin(30);
    await lease.release();
    expect(await pending).toBe(mine);
    expect(await rejection(lease.remote.where())).toBeInstanceOf(DisposedError);
    expect(pool.stats().leased).toBe(0);
    await until(async () => (await Promise.all(times(4, () => pool.remote.spin(5)))).includes(mine));
  });

  it("lets go of who waits for a lease: by signal, in time, or when it closes", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    const lease = await pool.lease();
    const controller = new AbortController();
    const aborted = rejection(pool.lease({ signal: controller.signal }));
    const late = rejection(pool.lease({ queueTimeout: 20 }));
    const closed = rejection(pool.lease());
    controller.abort(new RangeError("no more"));
    expect(await aborted).toEqual(new RangeError("no more"));
    expect(await late).toBeInstanceOf(TimeoutError);
    await pool.close();
    expect(await closed).toBeInstanceOf(DisposedError);
    expect(await lease.closed).toMatchObject({ exitCode: 0 });
  });

  it("replaces a leased worker that is destroyed or dies", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1 });
    const first = await pool.lease();
    expect(await rejection(first.remote.exit(4))).toMatchObject({ exitCode: 4 });
    const second = await pool.lease();
    const pending = rejection(second.remote.hang());
    second.destroy("dirty");
    expect(await pending).toMatchObject({ reason: "dirty" });
    expect(await pool.remote.add(1, 2)).toBe(3);
  });

  it("does something with every worker, and with later ones if asked", async () => {
    const pool = await make({ minThreads: 2, maxThreads: 2 });
    const controller = new AbortController();
    const before = await pool.broadcast((worker) => worker.increment(10), { later: true, signal: controller.signal });
    expect(before).toEqual([10, 10]);
    await rejection(pool.remote.exit(1));
    await until(() => pool.stats().starting === 0 && pool.stats().threads === 2);
    expect(await pool.broadcast((worker) => worker.increment(0))).toEqual([10, 10]);
    controller.abort();
    await rejection(pool.remote.exit(1));
    await until(() => pool.stats().starting === 0 && pool.stats().threads === 2);
    expect((await pool.broadcast((worker) => worker.increment(0))).toSorted((a, b) => a - b)).toEqual([0, 10]);
    expect(await rejection(pool.broadcast((worker) => worker.fail("all of them")))).toMatchObject({
      errors: [{ code: "E_TEST" }, { code: "E_TEST" }],
    });
  });
});
