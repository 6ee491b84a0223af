import { describe, expect, it } from "vitest";
import { withOptions } from "../../lib/index.ts";
import type { Pool } from "../../lib/pool/index.ts";
import { type Fixture, poolOf, rejection, signalled, times, until } from "./helpers.ts";

/** A pool of one worker or more that have shown how quick they are, so that they are given calls ahead of their turn. */
async function quickPool(workers: number): Promise<Pool<Fixture>> {
  const pool = await poolOf({ minThreads: workers, maxThreads: workers });
  await pool.ready;
  for (let round = 0; round < 20; round += 1) await Promise.all(times(100, (index) => pool.remote.add(index, 1)));
  return pool;
}

describe("calls that were sent ahead of their turn", () => {
  it("are answered in any case, in the order in which they were made", async () => {
    const pool = await quickPool(1);
    const order: number[] = [];
    await Promise.all(times(500, (index) => pool.remote.echo(index).then(() => order.push(index))));
    expect(order).toEqual(times(500, (index) => index));
  });

  it("go elsewhere when one before them turns out to be slow", async () => {
    const pool = await quickPool(2);
    const slow = pool.remote.spin(1_000);
    const quick = Promise.all(times(50, (index) => pool.remote.echo(index))).then(() => "quick");
    expect(await Promise.race([slow, quick])).toBe("quick");
    await slow;
  });

  it("are answered before a slow one begins that comes behind them", async () => {
    const pool = await quickPool(1);
    const quick = Promise.all(times(50, (index) => pool.remote.echo(index))).then(() => "quick");
    expect(await Promise.race([pool.remote.spin(500), quick])).toBe("quick");
  });

  it("do not run down their time, nor begin, while they wait behind a slow one", async () => {
    const pool = await quickPool(1);
    const slow = pool.remote.spin(400);
    const calls = times(10, (index) => withOptions(pool.remote, { timeout: 250 }).echo(index));
    const impatient = rejection(withOptions(pool.remote, { queueTimeout: 100 }).increment(1));
    expect(await impatient).toMatchObject({ code: "ERR_TIMEOUT" });
    await slow;
    expect(await Promise.all(calls)).toEqual(times(10, (index) => index));
    expect(await pool.remote.increment(0)).toBe(0);
  });

  it("never run at once with one that waits for something, unless their pool lets them", async () => {
    const pool = await quickPool(1);
    const held = pool.remote.hold("gate");
    const others = times(5, (index) => pool.remote.hold(`other${index}`));
    await until(async () => (await pool.broadcast((worker) => worker.held())).flat().length > 0);
    await until(() => pool.stats().queue === 5);
    expect(await pool.broadcast((worker) => worker.held())).toEqual([["gate"]]);
    await pool.broadcast((worker) => worker.open("gate", "opened"));
    expect(await held).toBe("opened");
    for (const [index, other] of others.entries()) {
      await until(async () => (await pool.broadcast((worker) => worker.held())).flat().includes(`other${index}`));
      await pool.broadcast((worker) => worker.open(`other${index}`, index));
      expect(await other).toBe(index);
    }
  });

  it("do not run at all when they are given up before their turn", async () => {
    const pool = await quickPool(1);
    const controller = new AbortController();
    const started = signalled();
    const blocking = rejection(withOptions(pool.remote, { signal: controller.signal }).spinUntilAborted(started.signal));
    await started.promise;
    const aborted = times(10, () => rejection(withOptions(pool.remote, { signal: controller.signal }).increment(1)));
    controller.abort(new RangeError("enough"));
    expect(await Promise.all([blocking, ...aborted])).toEqual(times(11, () => new RangeError("enough")));
    expect(await pool.remote.increment(0)).toBe(0);
    expect(pool.stats()).toMatchObject({ killed: 0, crashed: 0, running: 0, queue: 0 });
  });

  it("hold up no closing of their pool once they are given up", async () => {
    const pool = await quickPool(1);
    const controller = new AbortController();
    const call = rejection(withOptions(pool.remote, { signal: controller.signal }).increment(1));
    controller.abort(new RangeError("enough"));
    await pool.close();
    expect(await call).toEqual(new RangeError("enough"));
  });

  it("are made again, idempotent or not, when their worker dies before it has begun with them", async () => {
    const pool = await quickPool(1);
    const lost = rejection(pool.remote.exit(1));
    const calls = times(20, () => pool.remote.increment(1));
    expect(await lost).toMatchObject({ code: "ERR_PEER_LOST" });
    expect(await Promise.all(calls)).toEqual(times(20, (index) => index + 1));
  });

  it("follow what goes first, and higher priorities, when they are taken back", async () => {
    const pool = await quickPool(1);
    const slow = pool.remote.spin(200);
    const order: string[] = [];
    const note = (name: string, priority: number): Promise<unknown> =>
      withOptions(pool.remote, { priority })
        .echo(name)
        .then(() => order.push(name));
    const calls = [note("first", 0), note("second", 0), note("urgent", 1)];
    await Promise.all([slow, ...calls]);
    expect(order).toEqual(["urgent", "first", "second"]);
  });
});
