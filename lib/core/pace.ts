// Work that writes much by itself (streams that are produced, calls that waited) goes on only while there is room for
// what it writes, and never for longer than a turn of the event loop may last.
import type { Host } from "./host.ts";
import type { Outbox } from "./outbox.ts";

/** How long such work, or acting upon what arrived, goes on without going through the event loop, in ms. */
export const LONGEST_TURN = 0.2;

export class Pace {
  readonly #host: Host;
  readonly #outbox: Outbox;
  /** The thread stands in a blocking call: there is no next turn. */
  readonly #isBlocked: () => boolean;
  #resting: (() => void)[] = [];
  #isScheduled = false;

  constructor(host: Host, outbox: Outbox, isBlocked: () => boolean) {
    this.#host = host;
    this.#outbox = outbox;
    this.#isBlocked = isBlocked;
  }

  get now(): number {
    return this.#host.now();
  }

  /** Nobody takes what is written. */
  get isCongested(): boolean {
    return this.#outbox.congested;
  }

  /** Whether work that began at `began` has gone on for long enough. */
  isTimeUp(began: number): boolean {
    return this.now - began > LONGEST_TURN && !this.#isBlocked();
  }

  /** Goes on with `task` in a later turn, once there is room. */
  rest(task: () => void): void {
    this.#resting.push(task);
    this.#schedule();
  }

  /** Resolves after so many ms. */
  wait(ms: number): Promise<undefined> {
    return new Promise((resolve) => void this.#host.startTimer(ms, () => resolve(undefined)));
  }

  /** There is room again. */
  onRelief(): void {
    if (this.#isBlocked()) this.#goOn();
    else this.#schedule();
  }

  end(): void {
    this.#resting = [];
  }

  #schedule(): void {
    if (this.#isScheduled || this.isCongested || this.#resting.length === 0) return;
    this.#isScheduled = true;
    this.#host.nextTurn(() => {
      this.#isScheduled = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    const began = this.now;
    // What rests again while this runs goes to the end of the line.
    for (let left = this.#resting.length; left > 0 && !this.isCongested && !this.isTimeUp(began); left -= 1) this.#resting.shift()?.();
    this.#schedule();
  }
}
