import { describe, expect, it } from "vitest";
import { type MapOptions, mapCalls } from "../../lib/pool/map.ts";

/** Calls that settle when the test says so. */
class Calls {
  readonly started: number[] = [];
  readonly #settle = new Map<number, { resolve: (value: string) => void; reject: (error: unknown) => void }>();
  readonly signals = new Map<number, AbortSignal>();
  #onStart: () => void = () => {};

  readonly call = (item: number, signal: AbortSignal): Promise<string> => {
    this.started.push(item);
    this.signals.set(item, signal);
    return new Promise((resolve, reject) => {
      this.#settle.set(item, { resolve, reject });
      this.#onStart();
    });
  };

  async untilStarted(count: number): Promise<void> {
    while (this.started.length < count) await new Promise<void>((resolve) => (this.#onStart = resolve));
  }

  finish(item: number): void {
    this.#settle.get(item)!.resolve(`result ${item}`);
  }

  fail(item: number, error: unknown): void {
    this.#settle.get(item)!.reject(error);
  }

  get open(): number {
    return [...this.signals.values()].filter(({ aborted }) => !aborted).length;
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const collect = async (source: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const item of source) all.push(item);
  return all;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const map = (
  source: Iterable<number> | AsyncIterable<number>,
  calls: Calls,
  options: MapOptions = {},
): AsyncGenerator<string, void, undefined> => mapCalls(source, calls.call, { concurrency: 2, ...options });

describe("map", () => {
  it("gives results in the order of the items, from sync and async sources", async () => {
    async function* later(): AsyncGenerator<number> {
      yield* numbers(20);
    }
    const expected = numbers(20).map((item) => item * 2);
    const results: number[][] = [[], []];
    for (const [at, source] of [numbers(20), later()].entries()) {
      for await (const result of mapCalls(source, async (item) => item * 2, { concurrency: 3 })) results[at]!.push(result);
    }
    expect(results).toEqual([expected, expected]);
  });

  it("starts nothing before it is read", async () => {
    const calls = new Calls();
    map(numbers(5), calls);
    await turn();
    expect(calls.started).toEqual([]);
  });

  it("has as many calls at once as it is told", async () => {
    const calls = new Calls();
    const all = collect(map(numbers(5), calls));
    await calls.untilStarted(2);
    await turn();
    expect(calls.started).toEqual([0, 1]);
    calls.finish(1);
    await calls.untilStarted(3);
    await turn();
    expect(calls.started).toEqual([0, 1, 2]);
    for (const item of [0, 2]) calls.finish(item);
    await calls.untilStarted(5);
    for (const item of [3, 4]) calls.finish(item);
    expect(await all).toEqual(numbers(5).map((item) => `result ${item}`));
  });

  it("gives results as they come if order does not matter", async () => {
    const calls = new Calls();
    const results = map(numbers(3), calls, { ordered: false });
    const first = results.next();
    await calls.untilStarted(2);
    calls.finish(1);
    expect((await first).value).toBe("result 1");
    await calls.untilStarted(3);
    calls.finish(2);
    expect((await results.next()).value).toBe("result 2");
    calls.finish(0);
    expect((await results.next()).value).toBe("result 0");
    expect((await results.next()).done).toBe(true);
  });

  it("takes no more from the source than the reader keeps up with", async () => {
    let taken = 0;
    function* endless(): Generator<number> {
      for (;;) yield (taken += 1);
    }
    const results = mapCalls(endless(), async (item) => `result ${item}`, { concurrency: 4 });
    await results.next();
    for (let index = 0; index < 20; index += 1) await turn();
    expect(taken).toBeLessThanOrEqual(9);
    for (let index = 0; index < 100; index += 1) await results.next();
    expect(taken).toBeLessThanOrEqual(110);
    await results.return();
  });

  it("throws the first failure, aborts the other calls and closes the source", async () => {
    const calls = new Calls();
    let closed = false;
    function* source(): Generator<number> {
      try {
        yield* numbers(10);
      } finally {
        closed = true;
      }
    }
    const all = collect(map(source(), calls));
    await calls.untilStarted(2);
    calls.fail(1, new RangeError("no"));
    await expect(all).rejects.toThrow(new RangeError("no"));
    expect(calls.signals.get(0)!.aborted).toBe(true);
    expect(closed).toBe(true);
    expect(calls.started).toEqual([0, 1]);
  });

  it("throws what the source throws", async () => {
    function* source(): Generator<number> {
      yield 1;
      throw new RangeError("no more");
    }
    await expect(collect(mapCalls(source(), () => new Promise<string>(() => {}), { concurrency: 3 }))).rejects.toThrow("no more");
  });

  it("aborts what is under way when the reader leaves", async () => {
    const calls = new Calls();
    const results = map(numbers(10), calls);
    const first = results.next();
    await calls.untilStarted(2);
    calls.finish(0);
    await first;
    await calls.untilStarted(3);
    await results.return();
    expect(calls.signals.get(1)!.aborted).toBe(true);
    expect(calls.signals.get(1)!.reason).toMatchObject({ name: "AbortError" });
    await turn();
    expect(calls.started).toEqual([0, 1, 2]);
  });

  it("ends with the signal's reason, though a source owes an item for ever", async () => {
    async function* stuck(): AsyncGenerator<number> {
      yield 0;
      await new Promise(() => {});
    }
    const calls = new Calls();
    const controller = new AbortController();
    const all = collect(map(stuck(), calls, { signal: controller.signal }));
    await calls.untilStarted(1);
    controller.abort(new RangeError("enough"));
    await expect(all).rejects.toThrow("enough");
    expect(calls.signals.get(0)!.reason).toEqual(new RangeError("enough"));
  });

  it("does not begin when the signal has fired, or with a concurrency of nothing", async () => {
    const calls = new Calls();
    await expect(collect(map(numbers(3), calls, { signal: AbortSignal.abort(new RangeError("before")) }))).rejects.toThrow("before");
    await expect(collect(map(numbers(3), calls, { concurrency: 0 }))).rejects.toThrow(RangeError);
    expect(calls.started).toEqual([]);
  });
});
