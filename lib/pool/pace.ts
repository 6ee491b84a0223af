// How quick a worker is, and so how many calls it may be given ahead of their turn: so many that it will come to the last
// of them in no time, or one, that it can go on with at once. Goes by the middle one of its last three calls, since one that
// took long may have been alone in that, or its thread without a processor meanwhile.
import type { Job } from "./flows.ts";

/** What a worker is given ahead of its turn, it is to begin with within so many µs. */
const IN_NO_TIME = 1_000;
/** Whoever may have so many calls ahead of their turn was quick some times in a row. */
const SURELY_QUICK = 15;
/** How long it takes, about, until a thread that sleeps has seen a call, in µs. */
const WAKING = 100;

export class Pace {
  /** How long a call takes, in µs; infinite while that is not known. */
  took: number = Number.POSITIVE_INFINITY;
  #ahead = 0;
  #last: number = Number.POSITIVE_INFINITY;
  #before: number = Number.POSITIVE_INFINITY;
  #isStalled = false;

  /** A call took so many µs. At most so many may be ahead in any case. */
  note(took: number, most: number): void {
    this.took = middleOf(took, this.#last, this.#before);
    this.#before = this.#last;
    this.#last = took;
    // Doubled each time, since one that was quick a few times may not be.
    this.#ahead = Math.min(most, Math.floor(IN_NO_TIME / Math.max(1, this.took)), 2 * this.#ahead + 1);
    this.#isStalled = false;
  }

  /** The call at hand takes longer than those before: nothing more until it has ended. */
  stall(): void {
    this.#isStalled = true;
  }

  /** How many calls the worker may have ahead of their turn, if it is quick. */
  get ahead(): number {
    return this.#isStalled ? 0 : this.#ahead;
  }

  /** How many calls like that the worker may have ahead of their turn. */
  mayHave({ canGoAhead, canStandBy }: Job): number {
    if (!canGoAhead || this.#isStalled) return 0;
    return this.#ahead === 0 && canStandBy && this.took !== Number.POSITIVE_INFINITY ? 1 : this.#ahead;
  }

  /** It was quick some times in a row. */
  get isQuick(): boolean {
    return this.#ahead >= SURELY_QUICK && !this.#isStalled;
  }

  /** So many calls are done before another worker were awake. */
  isFasterThanWaking(calls: number): boolean {
    return this.isQuick && calls * this.took < WAKING;
  }
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
