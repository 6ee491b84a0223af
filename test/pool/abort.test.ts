import { describe, expect, it } from "vitest";
import { PeerLostError, TimeoutError, withOptions } from "../../lib/index.ts";
import { kinds, maker, poolOf, rejection, signalled, until } from "./helpers.ts";

describe.each(kinds)("a pool of %s workers", (kind) => {
  const make = maker(kind);

  it("aborts calls that wait, and tells those that run", async () => {
    const pool = await make({ maxThreads: 1 });
    await pool.ready;
    const controller = new AbortController();
    const aborted = withOptions(pool.remote, { signal: controller.signal });
    const runs = rejection(aborted.hold("runs"));
    const waits = rejection(aborted.add(1, 2));
    const later = pool.remote.add(3, 4);
    await until(() => pool.stats().running === 1);
    expect(pool.stats().queue).toBe(2);
    controller.abort(new RangeError("enough"));
    expect(await Promise.all([runs, waits])).toEqual([new RangeError("enough"), new RangeError("enough")]);
    expect(await later).toBe(7);
    expect(pool.stats()).toMatchObject({ crashed: 0, killed: 0 });
  });

  it("replaces a worker whose call does not stop within killAfter, and makes its idempotent calls again", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, concurrency: 3, killAfter: 50 });
    await pool.ready;
    const controller = new AbortController();
    const idempotent = withOptions(pool.remote, { idempotent: true }).add(1, 2);
    const started = signalled();
    const stuck = rejection(withOptions(pool.remote, { signal: controller.signal }).spinForEver(started.signal));
    const bystander = rejection(pool.remote.hang());
    const again = withOptions(pool.remote, { idempotent: true }).add(3, 4);
    await started.promise;
    controller.abort(new RangeError("enough"));
    expect(await stuck).toEqual(new RangeError("enough"));
    const lost = await bystander;
    expect(lost).toBeInstanceOf(PeerLostError);
    expect((lost as PeerLostError).reason).toMatch(/spinForEver\(\) went on for 50 ms after it was aborted/);
    expect(await Promise.all([idempotent, again])).toEqual([3, 7]);
    await until(() => pool.stats().killed === 1);
    expect(pool.stats().crashed).toBe(0);
  });

  it("counts a call's timeout from when a worker has it, and its queueTimeout until then", async () => {
    const pool = await make({ minThreads: 1, maxThreads: 1, killAfter: 20 });
    await pool.ready;
    const busy = pool.remote.spin(300);
    const patient = withOptions(pool.remote, { timeout: 150 }).add(1, 2);
    const impatient = rejection(withOptions(pool.remote, { queueTimeout: 50 }).add(1, 2));
    expect(await impatient).toBeInstanceOf(TimeoutError);
    expect(((await impatient) as Error).message).toMatch(/waited for 50 ms.*queueTimeout/s);
    await busy;
    expect(await patient).toBe(3);
    expect(await rejection(withOptions(pool.remote, { timeout: 50 }).hang())).toBeInstanceOf(TimeoutError);
    expect(await pool.remote.add(1, 2)).toBe(3);
  });
});

describe("a pool of threads", () => {
  it("lets work that never returns to its event loop see that it was given up", async () => {
    const pool = await poolOf({ minThreads: 1, maxThreads: 1, killAfter: 10_000 });
    await pool.ready;
    const controller = new AbortController();
    const started = signalled();
    const call = rejection(withOptions(pool.remote, { signal: controller.signal }).spinUntilAborted(started.signal));
    await started.promise;
    controller.abort(new RangeError("enough"));
    expect(await call).toEqual(new RangeError("enough"));
    // The same thread goes on.
    expect(await pool.remote.add(1, 2)).toBe(3);
    expect(pool.stats()).toMatchObject({ killed: 0, crashed: 0 });
  });
});
