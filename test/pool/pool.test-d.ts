import { describe, expectTypeOf, it } from "vitest";
import type { Remote } from "../../lib/index.ts";
import { createPool, type Pool, type PoolLease } from "../../lib/pool/index.ts";

interface Images {
  resize(image: Uint8Array, options?: { width: number }): Promise<Uint8Array>;
  size(path: string): number;
  rows(count: number): AsyncGenerator<string>;
}

declare const pool: Pool<Images>;

describe("the types of a pool", () => {
  it("are those of what its workers expose", () => {
    expectTypeOf(createPool<Images>(new URL("file:///images.js"))).resolves.toEqualTypeOf<Pool<Images>>();
    expectTypeOf(pool.remote).toEqualTypeOf<Remote<Images>>();
    expectTypeOf(pool.affinity("key")).toEqualTypeOf<Remote<Images>>();
    expectTypeOf(pool.lease()).resolves.toEqualTypeOf<PoolLease<Images>>();
    expectTypeOf(pool.remote.size("a")).resolves.toEqualTypeOf<number>();
    // @ts-expect-error there is no such member
    void pool.remote.nothing;
    // @ts-expect-error it takes a string
    void pool.remote.size(1);
  });

  it("reach into warm-up and broadcasts", () => {
    void createPool<Images>("images", { warmup: (worker) => worker.size("a"), teardown: async (worker) => void (await worker.size("a")) });
    expectTypeOf(pool.broadcast((worker) => worker.size("a"))).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(pool.broadcast(() => "done")).resolves.toEqualTypeOf<string[]>();
  });

  it("tell what a map gives", () => {
    expectTypeOf(pool.map(["a"], pool.remote.size)).toEqualTypeOf<AsyncGenerator<number, void, undefined>>();
    expectTypeOf(pool.map([new Uint8Array()], pool.remote.resize)).toEqualTypeOf<AsyncGenerator<Uint8Array, void, undefined>>();
    expectTypeOf(pool.map([1], async (item, signal) => [item, signal] as const)).toEqualTypeOf<
      AsyncGenerator<readonly [number, AbortSignal], void, undefined>
    >();
    expectTypeOf(pool.map(["a"], "size")).toEqualTypeOf<AsyncGenerator<unknown, void, undefined>>();
    // @ts-expect-error the items are numbers
    void pool.map([1], pool.remote.size);
  });

  it("say what can be set and what is told", () => {
    pool.on("workerDestroy", ({ label, why, reason, exitCode }) => [label, why, reason, exitCode]);
    expectTypeOf(pool.stats().run.p99).toEqualTypeOf<number>();
    // @ts-expect-error no such kind
    void createPool("images", { kind: "fibre" });
    // @ts-expect-error no such event
    pool.on("nothing", () => {});
  });
});
