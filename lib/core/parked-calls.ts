// Calls that wait until their caller has read more of what it was answered. They begin in the order in which they came;
// one that is given up meanwhile never begins.
import type { Pace } from "./pace.ts";

interface Parked {
  readonly size: number;
  readonly enter: () => void;
  readonly drop: (reason: unknown) => void;
}

export class ParkedCalls {
  readonly #pace: Pace;
  /** By number, in the order in which they came. One-way calls have none of their own, and get one below 0. */
  readonly #calls = new Map<number, Parked>();
  #lastNameless = 0;
  #isResting = false;
  /** Bytes that they take. */
  bytes = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** @param id the call's number; 0 if it is one-way */
  add(id: number, parked: Parked): void {
    this.#calls.set(id === 0 ? (this.#lastNameless -= 1) : id, parked);
    this.bytes += parked.size;
    this.#rest();
  }

  /** Nobody waits for call `id` any more. */
  giveUp(id: number, reason: unknown): void {
    this.#take(id)?.drop(reason);
  }

  clear(): void {
    this.#calls.clear();
    this.bytes = 0;
  }

  #take(id: number): Parked | undefined {
    const parked = this.#calls.get(id);
    if (parked === undefined) return undefined;
    this.#calls.delete(id);
    this.bytes -= parked.size;
    return parked;
  }

  #rest(): void {
    if (this.#isResting || this.#calls.size === 0) return;
    this.#isResting = true;
    this.#pace.rest(this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#isResting = false;
    const pace = this.#pace;
    const began = pace.now;
    for (const id of this.#calls.keys()) {
      if (pace.isCongested || pace.isTimeUp(began)) break;
      this.#take(id)?.enter();
    }
    this.#rest();
  };
}
