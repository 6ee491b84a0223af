// A graceful end: the calls of both directions finish, those included that crossed the news of it, and then the far
// side is told. In two forms: one that waits by promises, one for a thread that blocks.
import type { CloseReason } from "./connection.ts";
import type { Machinery } from "./machinery.ts";

export interface ClosingParts {
  readonly machinery: Machinery;
  readonly isEnded: () => boolean;
  /** Asks the far side to make no new calls. */
  readonly drain: () => void;
  /** Nothing is in flight any more. */
  readonly finish: (reason: CloseReason) => void;
}

const CLOSED: CloseReason = { reason: "closed" };
/** How long the far side may take to say that it has heard, in ms. */
const PATIENCE = 2_000;

export class Closing {
  readonly #parts: ClosingParts;
  readonly #waiting = new Set<() => void>();

  constructor(parts: ClosingParts) {
    this.#parts = parts;
  }

  async close(): Promise<void> {
    const { machinery, isEnded, drain, finish } = this.#parts;
    await this.#nothingInFlight();
    if (isEnded()) return;
    machinery.caller.refuseNew(CLOSED, true);
    if (machinery.handshake.open) {
      drain();
      // Calls that crossed the request on their way are here when the ping is answered.
      await machinery.barriers.pass(PATIENCE);
      await this.#nothingInFlight();
    }
    if (!isEnded()) finish(CLOSED);
  }

  /** `wait` returns when what it is given says so, or in vain. */
  closeBlocking(wait: (isDone: () => boolean) => void): void {
    const { machinery, isEnded, drain, finish } = this.#parts;
    // What runs here cannot settle while this thread stands still, so it is not waited for.
    wait(() => isEnded() || machinery.calls.count === 0);
    if (isEnded()) return;
    machinery.caller.refuseNew(CLOSED, true);
    if (machinery.handshake.open) {
      drain();
      const id = machinery.barriers.ping();
      wait(() => isEnded() || machinery.barriers.answered >= id);
    }
    if (!isEnded()) finish(CLOSED);
  }

  /** A call ended, in either direction, or the connection did. */
  onQuieter(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves when no call of this side is open. */
  untilAnswered(): Promise<void> {
    return this.#until(() => this.#parts.machinery.calls.count === 0);
  }

  #nothingInFlight(): Promise<void> {
    const { calls, dispatcher } = this.#parts.machinery;
    return this.#until(() => calls.count === 0 && dispatcher.running === 0);
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#parts.isEnded() && !isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
