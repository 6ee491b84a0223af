// How long to wait before the next attempt. Pure.

export interface Backoff {
  /** Upper bound of the first wait, in ms; it doubles with each attempt. */
  readonly first: number;
  /** Upper bound of every wait, in ms. */
  readonly longest: number;
}

/**
 * Full jitter: anything between nothing and the bound, so that clients that were cut off together do not come
 * back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt 0 for the first wait
 */
export function fullJitter(attempt: number, { first, longest }: Backoff, random: () => number = Math.random): number {
  // 2 ** 1024 is Infinity, of which the smaller is still `longest`.
  return random() * Math.min(longest, first * 2 ** attempt);
}
