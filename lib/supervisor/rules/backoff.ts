// How long to wait before the next restart: exponential, bounded, with jitter.
import type { Backoff } from "./types.ts";

/**
 * Milliseconds before restart number `failures` (1 is the first); `random` is from 0 to 1.
 *
 * @example
 * backoffDelay({ initial: 100, factor: 2, max: 30_000, jitter: 0, resetAfter: 60_000 }, 3, 0); // 400
 */
export function backoffDelay(backoff: Backoff | undefined, failures: number, random: number): number {
  if (backoff === undefined) return 0;
  const { initial, factor, max, jitter } = backoff;
  // The power overflows to Infinity long before `failures` does, and min takes it back.
  const full = Math.min(max, initial * factor ** (failures - 1));
  return full * (1 - jitter * random);
}
