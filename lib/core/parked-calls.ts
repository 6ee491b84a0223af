// Calls that wait until their caller has read more of what it was answered. They begin in the order in which they came.
import type { Pace } from "./pace.ts";

interface Parked {
  readonly size: number;
  readonly enter: () => void;
}

export class ParkedCalls {
  readonly #pace: Pace;
  readonly #calls: Parked[] = [];
  /** Bytes that they take. */
  bytes = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  get size(): number {
    return this.#calls.length;
  }

  add(size: number, enter: () => void): void {
    this.#calls.push({ size, enter });
    this.bytes += size;
    if (this.#calls.length === 1) this.#pace.rest(this.#goOn);
  }

  clear(): void {
    this.#calls.length = 0;
    this.bytes = 0;
  }

  readonly #goOn = (): void => {
    const pace = this.#pace;
    const began = pace.now;
    while (this.#calls.length !== 0 && !pace.isCongested && !pace.isTimeUp(began)) {
      const { size, enter } = this.#calls.shift()!;
      this.bytes -= size;
      enter();
    }
    if (this.#calls.length !== 0) pace.rest(this.#goOn);
  };
}
