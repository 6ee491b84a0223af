// Lets calls of the far side begin only when it is their turn: for a side that is sent more calls than it may run at
// once, so that the next one is here when one ends. Those who sent them may take them back until then.
import type { Host } from "./host.ts";
import type { Outbox } from "./outbox.ts";

/** Decides which calls wait for their turn, and whether they are still wanted when it comes. */
export interface AdmissionRules {
  /** Calls that may run at once. */
  readonly concurrency: number;
  /** Whether call `id` waits for its turn; others begin at once. */
  isOffered(id: number): boolean;
  /** It is the turn of call `id`. False: it was taken back, and is not to be answered. */
  claim(id: number): boolean;
  /** A call that was claimed has been answered, so many ms after it began. */
  ended(took: number): void;
}

interface Entry {
  readonly id: number;
  readonly begin: (now: number) => void;
}

export class Admission {
  readonly #rules: AdmissionRules;
  readonly #outbox: Outbox;
  readonly #host: Host;
  readonly #waiting: Entry[] = [];
  #running = 0;
  #isBeginning = false;

  constructor(rules: AdmissionRules, outbox: Outbox, host: Host) {
    this.#rules = rules;
    this.#outbox = outbox;
    this.#host = host;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  isOffered(id: number): boolean {
    return this.#rules.isOffered(id);
  }

  /** Calls `begin`, with the time, when it is the call's turn, if it is still wanted then. `end` must follow. */
  enter(id: number, begin: (now: number) => void): void {
    this.#waiting.push({ id, begin });
    this.#next();
  }

  /** A call that began at `since` has been answered. */
  end(since: number): void {
    this.#running -= 1;
    this.#rules.ended(this.#host.now() - since);
    this.#next();
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** Not from within itself, since a call may end as it begins, and there may be thousands. */
  #next(): void {
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    try {
      while (this.#running < this.#rules.concurrency) {
        const entry = this.#waiting.shift();
        if (entry === undefined) return;
        if (!this.#rules.claim(entry.id)) continue;
        // What has been answered must not wait behind what may take long.
        this.#outbox.flush();
        this.#running += 1;
        entry.begin(this.#host.now());
      }
    } finally {
      this.#isBeginning = false;
    }
  }
}
