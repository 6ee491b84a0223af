// Who has a call that was sent ahead of its turn: the worker, once it has begun with it; until then the pool may take it
// back. Both sides see the same memory, and exactly one of them wins. It also tells, when a worker has died, which
// calls it never began with, so that they can be made again without harm.
//
// One word a call, found by the low bits of its number: the number and what became of it. A later call with the same
// low bits takes its place, when the earlier one has long begun. Behind them, what the worker tells of itself: how many
// calls it has begun and ended, and how long the last one took. So it is known to be slow, and not merely asleep or
// without a processor, whatever the pool's own thread has been doing meanwhile.
import type { AdmissionRules } from "../core/admission.ts";

const PLACES = 1024;

/** Words behind those of calls. */
const BEGUN_COUNT = PLACES;
const ENDED_COUNT = PLACES + 1;
/** In µs. */
const LAST_TOOK = PLACES + 2;
const WORDS = PLACES + 3;

/** In the low two bits of a word. */
const OFFERED = 1;
const BEGUN = 2;
const WITHDRAWN = 3;

export function createClaimMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
}

/** The pool's side. */
export class Offers {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** To be said before the worker can see the call. */
  offer(id: number): void {
    Atomics.store(this.#words, id % PLACES, wordOf(id, OFFERED));
  }

  /** Takes a call back. False: the worker has begun with it. */
  withdraw(id: number): boolean {
    const offered = wordOf(id, OFFERED);
    return Atomics.compareExchange(this.#words, id % PLACES, offered, wordOf(id, WITHDRAWN)) === offered;
  }

  /** How many calls the worker has ended. */
  get ended(): number {
    return Atomics.load(this.#words, ENDED_COUNT);
  }

  /** Whether the worker has begun with a call that it has not ended. */
  get isBusy(): boolean {
    return Atomics.load(this.#words, BEGUN_COUNT) !== this.ended;
  }

  /** How long the worker's last call took, in µs. */
  get lastTook(): number {
    return Atomics.load(this.#words, LAST_TOOK);
  }
}

/** The worker's side. */
export class Claims implements AdmissionRules {
  readonly concurrency: number;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer, concurrency: number) {
    this.concurrency = concurrency;
    this.#words = new Int32Array(memory);
  }

  /** Whether the call was offered, so that it has to be claimed and waits for its turn. */
  isOffered(id: number): boolean {
    const word = Atomics.load(this.#words, id % PLACES);
    return word === wordOf(id, OFFERED) || word === wordOf(id, WITHDRAWN);
  }

  /** Begins with a call that was offered. False: it was taken back. */
  claim(id: number): boolean {
    const offered = wordOf(id, OFFERED);
    if (Atomics.compareExchange(this.#words, id % PLACES, offered, wordOf(id, BEGUN)) !== offered) return false;
    Atomics.add(this.#words, BEGUN_COUNT, 1);
    return true;
  }

  ended(took: number): void {
    Atomics.store(this.#words, LAST_TOOK, Math.min(1_000_000_000, Math.round(took * 1_000)));
    Atomics.add(this.#words, ENDED_COUNT, 1);
  }
}

function wordOf(id: number, state: number): number {
  return (id << 2) | state;
}
