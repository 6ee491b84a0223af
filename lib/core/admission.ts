// Lets calls of the far side begin only when it is their turn: for a side that is sent more calls than it may run at
// once, so that the next one is here when one ends. Those who sent them may take them back until then.
import type { Host } from "./host.ts";
import type { MemberPath } from "./messages.ts";
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

/** One call from when it waits for its turn until it has been answered. */
export interface Turn {
  readonly id: number;
  /** What it is a call of. */
  readonly path: MemberPath;
  readonly begin: (turn: Turn) => void;
  since: number;
}

/** Calls of a member that took no longer lately, in ms, are not expected to hold anything up. */
const QUICK = 0.05;
/** What a member once took is forgotten slowly, since it may be quick a thousand times and then not. */
const FORGETTING = 0.999;
/** Answers are held back for so many ms at most, as far as that can be foreseen. */
const LONGEST_HELD = 0.1;

export class Admission {
  readonly #rules: AdmissionRules;
  readonly #outbox: Outbox;
  readonly #host: Host;
  readonly #waiting: Turn[] = [];
  #running = 0;
  #isBeginning = false;
  #flushedAt = 0;

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

  /** Calls `begin` when it is the call's turn, if it is still wanted then. `end` must follow. */
  enter(id: number, path: MemberPath, begin: (turn: Turn) => void): void {
    this.#waiting.push({ id, path, begin, since: 0 });
    this.#next();
  }

  /** A call that began has been answered. */
  end({ since, path }: Turn): void {
    const took = this.#host.now() - since;
    path.slowest = Math.max(took, (path.slowest ?? 0) * FORGETTING);
    this.#running -= 1;
    this.#rules.ended(took);
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
        const turn = this.#waiting.shift();
        if (turn === undefined) return;
        if (!this.#rules.claim(turn.id)) continue;
        turn.since = this.#host.now();
        this.#flushBefore(turn);
        this.#running += 1;
        turn.begin(turn);
      }
    } finally {
      this.#isBeginning = false;
    }
  }

  /** What has been answered must not wait behind what may take long. */
  #flushBefore({ path: { slowest }, since }: Turn): void {
    if (slowest !== undefined && slowest < QUICK && since - this.#flushedAt < LONGEST_HELD) return;
    this.#flushedAt = since;
    this.#outbox.flush();
  }
}
