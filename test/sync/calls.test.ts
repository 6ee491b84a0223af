// What can be done with a blocking remote, wherever the far side is.
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionOf, release, withOptions } from "nearcall";
import type { SyncConnection, SyncRemote } from "nearcall/sync";
import { type Api, childProcess, type Place, socketPlace, thread } from "./places.ts";

describe("a blocking connection to a thread", () => {
  specifyCalls(thread);
});
describe("a blocking connection to a process", () => {
  specifyCalls(childProcess);
});
describe("a blocking connection over a socket", () => {
  specifyCalls(socketPlace());
});

/** What `run` throws. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function* countToThree(): Generator<number> {
  yield 1;
  yield 2;
  yield 3;
}

function specifyCalls(place: Place): void {
  let connection: SyncConnection<Api>;
  let far: SyncRemote<Api>;
  beforeAll(() => {
    connection = place.open({ timeout: 10_000 });
    far = connection.remote;
  });
  afterAll(() => connection.destroy());

  it("answers calls with their results, of async members too", () => {
    expect(far.add(1, 2)).toBe(3);
    expect(far.later("soon", 5)).toBe("soon");
    expect(far.echo(undefined)).toBe(undefined);
    const rich = {
      map: new Map([[1, new Set(["a"])]]),
      date: new Date(0),
      bytes: new Uint8Array([1, 2]),
      big: 2n ** 70n,
      list: [1, undefined, null, -0],
    };
    expect(far.echo(rich)).toEqual(rich);
    const large = new Uint8Array(3_000_000).fill(5);
    expect(Buffer.compare(far.echo(large), large)).toBe(0);
  });

  it("gives values for properties that are values, and reads them each time", () => {
    const before = far.limit;
    far.raise();
    expect(far.limit).toBe(before + 1);
    const { config } = far;
    expect(config).toEqual({ port: 80, hosts: ["a", "b"], nested: { deep: true } });
    expect(JSON.stringify(config)).toContain('"port":80');
    expect(far.config.nested.deep).toBe(true);
  });

  it("walks through objects that hold functions, which keep what they belong to", () => {
    expect(far.nested.deep.twice(4)).toBe(8);
    expect(far.nested.deep.list).toEqual([1, 2]);
    expect(far.nested.factor).toBe(2);
    expect(far.nested.deep.twice).toBe(far.nested.deep.twice);
  });

  it("constructs, and gives references whose members block as well", () => {
    const counter = new far.Counter(5);
    expect(counter.add(2)).toBe(counter);
    expect(counter.add(1).count).toBe(8);
    expect(counter.slowly()).toBe(8);
    expect(far.Counter.made).toBeGreaterThan(0);
    expect(far.nameOf(far.openFile("notes"))).toBe("notes");
    expect(far.makeAdder(3)(4)).toBe(7);
    release(counter);
    expect(() => counter.count).toThrow(expect.objectContaining({ code: "ERR_STALE_REFERENCE" }));
  });

  it("gives the same remote for the same object, and takes it home", () => {
    expect(far.shared).toBe(far.shared);
    expect(far.shared.add(0)).toBe(far.shared);
    expect(far.callNow((same: unknown) => same === far.shared, far.shared)).toBe(true);
    const mine = (): number => 1;
    expect(far.echo(mine)).toBe(mine);
  });

  it("throws what was thrown, whole, with both stacks", () => {
    const error = thrownBy(() => far.fail("no luck")) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "no luck", code: "E_FAR", cause: { at: "the far side" } });
    expect(error.stack).toMatch(/sync-api\.mjs[^]*called from here[^]*calls\.test\.ts/);
    expect(error.stack).not.toContain("blocking-client");
    expect(thrownBy(() => far.failLater("later"))).toMatchObject({ message: "later" });
    for (const value of [null, undefined, 0, "text"]) expect(thrownBy(() => far.throwValue(value))).toBe(value);
  });

  it("refuses one call without harm to the next: what cannot be sent, what is not there", () => {
    expect(() => far.echo(Symbol("no"))).toThrow(expect.objectContaining({ code: "ERR_UNSERIALIZABLE" }));
    const loose = far as unknown as Record<string, () => void>;
    expect(() => loose["nothing"]).toThrow(/nothing is not exposed/);
    expect(() => ((far as unknown as { limit: number }).limit = 5)).toThrow(/read-only/);
    expect(far.add(1, 1)).toBe(2);
  });

  it("iterates streams in place", () => {
    expect([...far.numbers(1_000)]).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
    expect([...far.slowNumbers(5)]).toEqual([0, 1, 2, 3, 4]);
    expect([...far.web(3)]).toEqual([0, 1, 2]);
    const numbers = far.numbers(1);
    expect([numbers.next(), numbers.next(), numbers.next()]).toEqual([
      { done: false, value: 0 },
      { done: true, value: "done" },
      { done: true, value: undefined },
    ]);
    const told = far.conversation() as Generator<string, unknown, unknown>;
    expect([told.next(), told.next("a"), told.next("b")].map(({ value }) => value)).toEqual(["heard begin", "heard a", "heard b"]);
    expect(told.return("enough")).toEqual({ done: true, value: "enough" });
    const failing = far.failing();
    expect(failing.next().value).toBe(1);
    expect(() => failing.next()).toThrow(RangeError);
    expect(connection.stats().streams).toBe(0);
  });

  it("leaves a stream early, and the far side's finally runs", () => {
    const before = far.finishedCount();
    for (const number of far.numbers(100_000)) if (number === 3) break;
    expect(far.finishedCount()).toBe(before + 1);
    expect(connection.stats().streams).toBe(0);
  });

  it("serves callbacks during the call, to any depth, and iterables that answer at once", () => {
    expect(far.withCallback(10, (value: number) => value * 2)).toBe(90);
    const step = (depth: number, again: (depth: number, step: unknown) => number): number => 1 + again(depth, step);
    expect(far.recurse(20, step)).toBe(40);
    expect(far.callNow(() => far.callNow(() => far.add(2, 3)))).toBe(5);
    const error = thrownBy(() =>
      far.callNow(() => {
        throw new TypeError("from the callback");
      }),
    ) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(far.sumOf(countToThree())).toBe(6);
  });

  it("whatever such callbacks carry", () => {
    const text = "x".repeat(5_000);
    const timely = withOptions(far, { timeout: 10_000 });
    const down = (depth: number, carried: string): string => (depth === 0 ? carried : (timely.callNow(down, depth - 1, carried) as string));
    expect(down(40, text)).toBe(text);
    expect(down(10, "y".repeat(100_000))).toHaveLength(100_000);
  });

  it("gives each step of a stream the time of the call that it came from", () => {
    const numbers = withOptions(far, { timeout: 20 }).oneThenNothing();
    expect(numbers.next().value).toBe(1);
    expect(() => numbers.next()).toThrow(/gave nothing within 20 ms/);
    expect(far.add(1, 1)).toBe(2);
  });

  it("refuses a callback that answers with a promise, and says why", () => {
    expect(() => far.callNow(async () => 1)).toThrow(/A callback returned a promise while its thread stands in a blocking call/);
    // One that would have failed later harms nobody.
    expect(() => far.callNow(() => Promise.reject(new Error("unseen")))).toThrow(expect.objectContaining({ code: "ERR_BLOCKED" }));
  });

  it("gives promises inside of results as promises, which settle when the event loop runs", async () => {
    const { value } = far.promiseInside();
    expect(value).toBeInstanceOf(Promise);
    expect(await value).toBe(7);
  });

  it("ends a call that takes too long; its late answer is dropped and counted, and the connection goes on", () => {
    const hasty = withOptions(far, { timeout: 30 });
    const before = connection.stats().lateReplies;
    const began = performance.now();
    const error = thrownBy(() => hasty.later("late", 60)) as Error;
    expect(error).toMatchObject({
      code: "ERR_TIMEOUT",
      timeout: 30,
      message: expect.stringMatching(/later\(\) on .* did not answer within 30 ms/),
    });
    expect(error.stack).toContain("calls.test.ts");
    expect(performance.now() - began).toBeGreaterThan(25);
    expect(hasty.add(1, 2)).toBe(3);
    expect(far.later("in time", 100)).toBe("in time");
    expect(connection.stats()).toMatchObject({ lateReplies: before + 1, pendingCalls: 0 });
  });

  it("gives a call up when its signal fires, which a callback may do", () => {
    const controller = new AbortController();
    const abortable = withOptions(far, { signal: controller.signal });
    const error = thrownBy(() =>
      abortable.withCallback(1_000_000, (value: number) => (value === 5 ? (controller.abort(new Error("enough")), 0) : 0)),
    );
    expect(error).toMatchObject({ message: "enough" });
    expect(thrownBy(() => abortable.add(1, 2))).toMatchObject({ message: "enough" });
    expect(far.add(1, 2)).toBe(3);
  });

  it("sends a one-way call and goes on", () => {
    far.clearNotes();
    const oneWay = withOptions(far, { oneWay: true });
    expect(oneWay.note("unanswered")).toBe(undefined);
    // To read wants an answer nevertheless.
    expect(oneWay.config.port).toBe(80);
    expect(far.notes()).toEqual(["unanswered"]);
  });

  it("is never mistaken for something else", async () => {
    const calls = connection.stats().sentBatches;
    expect(inspect(far)).toMatch(/^\[Remote /);
    expect(inspect({ far: far.Counter })).toMatch(/\[Remote .*Counter\]/);
    expect(`${far as unknown as string}`).toMatch(/^\[Remote /);
    expect(JSON.stringify({ far })).toMatch(/Remote/);
    expect("add" in far).toBe(false);
    expect(await Promise.resolve(far)).toBe(far);
    expect(connection.stats().sentBatches - calls).toBeLessThan(2);
  });

  it("has an awaited remote beside it, on the same connection", async () => {
    expect(connectionOf(far)).toBe(connection.connection);
    const order: string[] = [];
    const awaited = Promise.all([1, 2, 3].map((at) => connection.connection.remote.note(at)));
    far.clearNotes();
    far.note(4);
    order.push(String(far.notes()));
    await awaited;
    expect(order).toEqual(["4"]);
  });

  it("holds nothing when all is done", () => {
    const { pendingCalls, runningCalls, streams, queuedBytes } = connection.stats();
    expect({ pendingCalls, runningCalls, streams, queuedBytes }).toEqual({ pendingCalls: 0, runningCalls: 0, streams: 0, queuedBytes: 0 });
  });

  it("closes: what comes later is refused, and the reason is told", async () => {
    const other = place.open();
    const { remote } = other;
    remote.add(1, 2);
    other.close();
    expect(other.state).toBe("closed");
    expect(() => remote.add(1, 2)).toThrow(expect.objectContaining({ code: "ERR_DISPOSED" }));
    expect(await other.closed).toMatchObject({ reason: "closed" });
    other.close();
  });

  it("ends at the end of the block that declares it", () => {
    let kept: SyncConnection<Api>;
    {
      using other = place.open();
      kept = other;
      expect(other.remote.add(1, 2)).toBe(3);
    }
    expect(kept.state).toBe("closed");
  });

  it("is destroyed from a callback: the call that waits is lost, with the reason", () => {
    const other = place.open();
    expect(() => other.remote.withCallback(2, () => (other.destroy("enough of it"), 1))).toThrow(
      expect.objectContaining({ code: "ERR_PEER_LOST", reason: "enough of it" }),
    );
  });

  it("answers without spinning too", () => {
    using other = place.open({ spin: 0 });
    for (let at = 0; at < 200; at += 1) expect(other.remote.add(at, 1)).toBe(at + 1);
    expect(other.remote.withCallback(5, (value: number) => value)).toBe(10);
  });
}
