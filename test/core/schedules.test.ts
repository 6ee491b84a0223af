// Whatever comes first: abort or result, dispose or call, release or re-export, close or reply, leaving or items. In any
// order each call settles exactly once, and nothing is left in the tables.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callContext } from "../../lib/core/call-context.ts";
import { proxy, RemoteObject } from "../../lib/core/marks.ts";
import { release, withOptions } from "../../lib/core/remote-functions.ts";
import type { Session } from "../../lib/core/session.ts";
import { times as runsOf } from "../long-form.ts";
import { scheduledPair, type ScheduledPair } from "./scheduled-pair.ts";

type Call = (...args: unknown[]) => Promise<unknown>;
type Remote = Record<string, Call> & object;

const remoteOf = (session: Session): Remote => session.connection.remote as unknown as Remote;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What became of a call; `times` counts how often it was told. */
interface Told {
  value?: unknown;
  code?: string;
  times: number;
}

function watch(call: PromiseLike<unknown>): Told {
  const told: Told = { times: 0 };
  call.then(
    (value) => {
      told.value = value;
      told.times += 1;
    },
    (error: { code?: string; message?: string } | undefined) => {
      told.code = error?.code ?? error?.message ?? "no error";
      told.times += 1;
    },
  );
  return told;
}

const isSettled = ({ times }: Told): boolean => times === 1;

/** Lets the scheduler go on until nothing is on its way any more. */
async function goOn(scheduler: fc.Scheduler, holds: () => boolean): Promise<void> {
  for (let idle = 0; idle < 20 && !holds();) {
    if (scheduler.count() > 0) {
      idle = 0;
      await scheduler.waitOne();
    } else {
      idle += 1;
    }
    await turn();
  }
}

function checkNothingIsLeft({ near, far }: ScheduledPair): void {
  for (const session of [near, far]) {
    const { pendingCalls, runningCalls, exports, imports, streams, promises, signals } = session.connection.stats();
    expect({ pendingCalls, runningCalls, exports, imports, streams, promises, signals }).toEqual({
      pendingCalls: 0,
      runningCalls: 0,
      exports: 0,
      imports: 0,
      streams: 0,
      promises: 0,
      signals: 0,
    });
  }
}

const RUNS: number = runsOf(60, 5_000);
const TIMEOUT: number = RUNS * 1000;

async function inAnyOrder(run: (scheduler: fc.Scheduler, choose: fc.GeneratorValue) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(fc.scheduler(), fc.gen(), run), { numRuns: RUNS, timeout: 10_000 });
}

describe("in every order, each call settles once:", () => {
  it("abort and result", () => inAnyOrder(abortAndResult), TIMEOUT);
  it("dispose and call", () => inAnyOrder(disposeAndCall), TIMEOUT);
  it("release and re-export", () => inAnyOrder(releaseAndReExport), TIMEOUT);
  it("close and reply, in both directions", () => inAnyOrder(closeAndReply), TIMEOUT);
  it("leaving a stream, its items, its end and its failure", () => inAnyOrder(leaveStream), TIMEOUT);
  it("the end of the connection, and everything else", () => inAnyOrder(endAndEverything), TIMEOUT);
});

async function abortAndResult(scheduler: fc.Scheduler, choose: fc.GeneratorValue): Promise<void> {
  const aborted: number[] = [];
  const pair = await scheduledPair(
    scheduler,
    {},
    {
      quick: (n: number) => n,
      slow: async (n: number) => {
        const { signal } = callContext();
        signal.addEventListener("abort", () => aborted.push(n));
        await scheduler.schedule(Promise.resolve(), `slow ${n}`);
        return n;
      },
    },
  );
  const count = choose(fc.integer, { min: 1, max: 6 });
  const calls = Array.from({ length: count }, (_, n) => {
    const controller = new AbortController();
    const name = choose(fc.boolean) ? "quick" : "slow";
    const told = watch(withOptions(remoteOf(pair.near), { signal: controller.signal })[name]!(n));
    if (choose(fc.boolean)) void scheduler.schedule(Promise.resolve(), `abort ${n}`).then(() => controller.abort(new Error("aborted")));
    return told;
  });
  await goOn(scheduler, () => calls.every(isSettled) && scheduler.count() === 0);
  calls.forEach((told, n) => {
    expect(told.times).toBe(1);
    expect(told.code ?? told.value).toBeOneOf([n, "aborted"]);
  });
  expect(new Set(aborted).size).toBe(aborted.length);
  checkNothingIsLeft(pair);
  pair.near.destroy("done");
}

async function disposeAndCall(scheduler: fc.Scheduler, choose: fc.GeneratorValue): Promise<void> {
  let disposed = 0;
  let calledAfterwards = 0;
  class Own extends RemoteObject {
    async work(): Promise<string> {
      if (disposed > 0) calledAfterwards += 1;
      await scheduler.schedule(Promise.resolve(), "work");
      if (disposed > 0) calledAfterwards += 1;
      return "worked";
    }
    [Symbol.dispose](): void {
      disposed += 1;
    }
  }
  const own = new Own();
  const pair = await scheduledPair(scheduler, {}, { own: () => own });
  const got = watch(remoteOf(pair.near)["own"]!());
  await goOn(scheduler, () => isSettled(got));
  const remote = got.value as Remote;
  const before = Array.from({ length: choose(fc.integer, { min: 0, max: 3 }) }, () => watch(remote["work"]!()));
  const chained = choose(fc.boolean) ? [watch(remoteOf(pair.near)["own"]!())] : [];
  release(remote);
  const after = watch(remote["work"]!());
  await goOn(scheduler, () => [...before, ...chained, after].every(isSettled) && scheduler.count() === 0);
  for (const told of before) expect(told).toEqual({ value: "worked", times: 1 });
  expect(after).toEqual({ code: "ERR_STALE_REFERENCE", times: 1 });
  for (const { value } of chained) {
    expect(disposed).toBeLessThanOrEqual(1);
    release(value as object);
  }
  await goOn(scheduler, () => scheduler.count() === 0 && pair.far.connection.stats().exports === 0);
  expect(calledAfterwards).toBe(0);
  expect(disposed).toBeGreaterThanOrEqual(1);
  expect(disposed).toBeLessThanOrEqual(1 + chained.length);
  checkNothingIsLeft(pair);
  pair.near.destroy("done");
}

async function releaseAndReExport(scheduler: fc.Scheduler, choose: fc.GeneratorValue): Promise<void> {
  const shared = proxy({ name: () => "shared" });
  const kept: object[] = [];
  const pair = await scheduledPair(
    scheduler,
    {},
    { give: () => shared, take: (value: object) => void kept.push(value), isHome: (value: object) => value === shared },
  );
  const near = remoteOf(pair.near);
  const holding: object[] = [];
  const told: Told[] = [];
  for (let step = 0; step < 8; step += 1) {
    const last = holding.at(-1);
    switch (choose(fc.nat, { max: 4 })) {
      case 0:
      case 1: {
        const given = near["give"]!();
        void given.then((value) => holding.push(value as object));
        told.push(watch(given));
        break;
      }
      case 2:
        if (last !== undefined) release(holding.pop()!);
        break;
      case 3:
        if (last !== undefined) told.push(watch(near["isHome"]!(last)));
        break;
      default:
        if (scheduler.count() > 0) await scheduler.waitOne();
        await turn();
    }
  }
  await goOn(scheduler, () => told.every(isSettled) && scheduler.count() === 0);
  for (const { times, value, code } of told) {
    expect(times).toBe(1);
    // A reference that another step released meanwhile cannot be sent home.
    expect(code ?? (value === true || typeof value === "function" || value)).toBeOneOf([true, "ERR_STALE_REFERENCE"]);
  }
  for (const one of holding) release(one);
  await goOn(scheduler, () => scheduler.count() === 0 && pair.far.connection.stats().exports === 0);
  checkNothingIsLeft(pair);
  expect(pair.near.connection.state).toBe("ready");
  pair.near.destroy("done");
}

async function closeAndReply(scheduler: fc.Scheduler, choose: fc.GeneratorValue): Promise<void> {
  const slow = async (n: number): Promise<number> => {
    await scheduler.schedule(Promise.resolve(), `reply ${n}`);
    return n;
  };
  const pair = await scheduledPair(scheduler, { slow, callBack: () => 0 }, { slow, both: async (fn: Call, n: number) => await fn(n) });
  const before: Told[] = [];
  const after: Told[] = [];
  const count = choose(fc.integer, { min: 0, max: 4 });
  for (let n = 0; n < count; n += 1) {
    before.push(watch(remoteOf(pair.near)["slow"]!(n)), watch(remoteOf(pair.far)["slow"]!(n)));
    before.push(watch(remoteOf(pair.near)["both"]!(slow, n)));
  }
  const closer = choose(fc.boolean) ? pair.near : pair.far;
  const both = choose(fc.boolean);
  const closing = [closer.close()];
  if (both) closing.push(pair.near.close(), pair.far.close());
  const closed = watch(Promise.all(closing));
  void scheduler.schedule(Promise.resolve(), "late calls").then(() => {
    after.push(watch(remoteOf(pair.near)["slow"]!(99)), watch(remoteOf(pair.far)["slow"]!(99)));
  });
  await goOn(scheduler, () => isSettled(closed) && after.length === 2 && [...before, ...after].every(isSettled) && scheduler.count() === 0);
  expect(closed.times).toBe(1);
  before.forEach((told, at) => expect(told).toEqual({ value: Math.floor(at / 3), times: 1 }));
  for (const { times, code, value } of after) {
    expect(times).toBe(1);
    expect(code ?? value).toBeOneOf([99, "ERR_DISPOSED", "ERR_PEER_LOST"]);
  }
  checkNothingIsLeft(pair);
}

async function leaveStream(scheduler: fc.Scheduler, choose: fc.GeneratorValue): Promise<void> {
  const left: string[] = [];
  async function* items(count: number, fails: boolean): AsyncGenerator<number, string> {
    try {
      for (let n = 0; n < count; n += 1) {
        await scheduler.schedule(Promise.resolve(), `item ${n}`);
        yield n;
      }
      if (fails) throw new Error("failed");
      return "end";
    } finally {
      left.push("left");
    }
  }
  const pair = await scheduledPair(scheduler, {}, { items }, { limits: { streamItems: 4 } });
  const count = choose(fc.integer, { min: 0, max: 12 });
  const got = watch(remoteOf(pair.near)["items"]!(count, choose(fc.boolean)));
  await goOn(scheduler, () => isSettled(got));
  const stream = got.value as AsyncGenerator<number>;
  const steps: Told[] = [];
  for (let step = 0, last = choose(fc.integer, { min: 1, max: 20 }); step < last; step += 1) {
    switch (choose(fc.nat, { max: 9 })) {
      case 0:
        steps.push(watch(stream.return(undefined)));
        break;
      case 1:
        steps.push(watch(stream.throw(new Error("thrown"))));
        break;
      case 2:
        if (scheduler.count() > 0) await scheduler.waitOne();
        await turn();
        break;
      default:
        steps.push(watch(stream.next()));
    }
  }
  steps.push(watch(stream.return(undefined)));
  await goOn(scheduler, () => steps.every(isSettled) && scheduler.count() === 0);
  const told = steps.map(({ times }) => times);
  expect(told).toEqual(told.map(() => 1));
  // Items come in order, and none after the end.
  const values = steps.flatMap(({ value }) =>
    (value as IteratorResult<number> | undefined)?.done === false ? [(value as { value: number }).value] : [],
  );
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(new Set(values).size).toBe(values.length);
  expect(left.length).toBeLessThanOrEqual(1);
  checkNothingIsLeft(pair);
  pair.near.destroy("done");
}

async function endAndEverything(scheduler: fc.Scheduler, choose: fc.GeneratorValue): Promise<void> {
  const pair = await scheduledPair(
    scheduler,
    { back: (n: number) => n },
    {
      quick: (n: number) => n,
      slow: async (n: number) => {
        await scheduler.schedule(Promise.resolve(), `slow ${n}`);
        return n;
      },
      call: async (fn: Call, n: number) => await fn(n),
      make: () => proxy({ one: () => 1 }),
      items: function* () {
        for (let n = 0; ; n += 1) yield n;
      },
    },
  );
  const near = remoteOf(pair.near);
  const told: Told[] = [];
  const doomed = choose(fc.boolean) ? pair.near : pair.far;
  void scheduler.schedule(Promise.resolve(), "destroy").then(() => doomed.destroy("destroyed"));
  for (let n = 0; n < 8; n += 1) {
    switch (choose(fc.nat, { max: 5 })) {
      case 0:
        told.push(watch(near["quick"]!(n)));
        break;
      case 1:
        told.push(watch(near["slow"]!(n)));
        break;
      case 2:
        told.push(watch(near["call"]!((value: unknown) => value, n)));
        break;
      case 3:
        told.push(watch((near["make"]!() as unknown as Remote)["one"]!()));
        break;
      case 4:
        told.push(watch((near["items"]!() as unknown as AsyncIterable<number>)[Symbol.asyncIterator]().next()));
        break;
      default:
        if (scheduler.count() > 0) await scheduler.waitOne();
        await turn();
    }
  }
  await goOn(scheduler, () => told.every(isSettled) && scheduler.count() === 0 && pair.near.ended && pair.far.ended);
  expect(told.map(({ times }) => times)).toEqual(told.map(() => 1));
  for (const { code } of told) expect(code ?? "settled").toBeOneOf(["settled", "ERR_PEER_LOST", "ERR_DISPOSED"]);
  checkNothingIsLeft(pair);
}
