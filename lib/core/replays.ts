// What calls with a key were answered. A client that lost its connection may send such a call again; as long as its
// server lives and remembers, it is answered by what the first run gives, and does not run twice.
import { Outcome } from "./outcome.ts";

/** How many answers are remembered, and for how long, in ms. */
const MOST = 256;
const LONGEST = 60_000;

export class Replays {
  /** By key, oldest first. */
  readonly #known = new Map<string, { readonly outcome: Outcome; readonly since: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#known.size;
  }

  get(key: string): Outcome | undefined {
    this.#dropOld();
    return this.#known.get(key)?.outcome;
  }

  /** The call begins to run; its outcome is to be settled. */
  begin(key: string): Outcome {
    const outcome = new Outcome();
    this.#known.set(key, { outcome, since: this.#now() });
    this.#dropOld();
    return outcome;
  }

  /** It did not run to its end: who sends it again wants it run. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  #dropOld(): void {
    const since = this.#now() - LONGEST;
    for (const [key, known] of this.#known) {
      if (known.since >= since && this.#known.size <= MOST) return;
      this.#known.delete(key);
    }
  }
}
