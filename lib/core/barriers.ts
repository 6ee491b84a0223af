// Pings, and what waits for their answers: when a pong is here, so is everything that was sent before it.
import type { Host } from "./host.ts";
import type { Outbox } from "./outbox.ts";

export class Barriers {
  readonly #host: Host;
  readonly #outbox: Outbox;
  readonly #waiting = new Map<number, () => void>();
  /** The last ping that was answered. */
  answered = 0;
  #lastId = 0;

  constructor(host: Host, outbox: Outbox) {
    this.#host = host;
    this.#outbox = outbox;
  }

  /** Asks for a sign of life. */
  ping(): number {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#outbox.flushUrgent((out) => out.ping(id));
    return id;
  }

  /** Resolves when what the far side sent until now is here, at latest after `patience` ms. */
  pass(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const id = this.ping();
      const timer = this.#host.startTimer(patience, () => this.onPong(id));
      this.#waiting.set(id, () => {
        timer.cancel();
        resolve();
      });
    });
  }

  onPong(id: number): void {
    this.answered = Math.max(this.answered, id);
    const passed = this.#waiting.get(id);
    this.#waiting.delete(id);
    passed?.();
  }

  /** The connection is over: nothing more comes. */
  end(): void {
    for (const id of this.#waiting.keys()) this.onPong(id);
  }
}
