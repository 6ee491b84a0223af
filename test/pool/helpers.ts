// What tests of pools share: a pool over the fixture that ends with the test, and waiting for what it tells.
import { onTestFinished } from "vitest";
import { createPool, type Pool, type PoolEvents, type PoolOptions } from "../../lib/pool/index.ts";

export type Fixture = typeof import("../fixtures/pool-worker.mjs");

export const fixture = (name: string): URL => new URL(`../fixtures/${name}.mjs`, import.meta.url);

export async function poolOf<T = Fixture>(options: PoolOptions<T> = {}, module: URL = fixture("pool-worker")): Promise<Pool<T>> {
  const pool = await createPool<T>(module, { minThreads: 1, maxThreads: 2, ...options });
  onTestFinished(() => pool.destroy());
  return pool;
}

export const kinds = ["thread", "process"] as const;

/** Makes pools of that kind over the usual fixture. */
export const maker =
  (kind: (typeof kinds)[number]) =>
  (options: PoolOptions<Fixture> = {}): Promise<Pool<Fixture>> =>
    poolOf<Fixture>({ kind, ...options });

/** Resolves with the next such event that fits. */
export function next<Name extends keyof PoolEvents>(
  pool: Pick<Pool, "on">,
  event: Name,
  fits: (value: PoolEvents[Name]) => boolean = () => true,
): Promise<PoolEvents[Name]> {
  return new Promise((resolve) => {
    const stop = pool.on(event, (value) => {
      if (!fits(value)) return;
      stop();
      resolve(value);
    });
  });
}

/** What a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not reject");
}

/** A promise, and what resolves it. */
export function signalled(): { readonly promise: Promise<void>; readonly signal: () => void } {
  let signal!: () => void;
  const promise = new Promise<void>((resolve) => (signal = resolve));
  return { promise, signal: () => signal() };
}

/** Looks again and again, with the event loop turning in between, until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 2));
}

export const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
