// How long to wait before workers are started again that do not last. A worker that did something useful before it
// died is replaced at once; those that die before, one after the other, are started ever more slowly.

/** The second of such deaths in a row costs so many ms; each further one twice as many. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** After so many ms without such a death the count begins anew. */
const FORGIVEN_AFTER = 4 * LONGEST_DELAY;

export class Restarts {
  readonly #random: () => number;
  #inVain = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /**
   * A worker ended that nobody told to.
   * @param wasUseful it had finished a call
   * @returns ms before the next one may start
   */
  delayAfter(wasUseful: boolean, now: number): number {
    if (wasUseful) {
      this.#inVain = 0;
      return 0;
    }
    if (now - this.#lastAt > FORGIVEN_AFTER) this.#inVain = 0;
    this.#lastAt = now;
    this.#inVain += 1;
    if (this.#inVain === 1) return 0;
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(20, this.#inVain - 2));
    // Pools that failed together do not come back together.
    return Math.round(delay * (0.75 + this.#random() / 2));
  }
}
