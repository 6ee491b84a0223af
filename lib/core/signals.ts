// AbortSignals that cross. The receiving side keeps its signal for as long as the original can fire, since what
// listens to a signal does not keep it alive; the sending side keeps the original weakly, and tells when it is gone.
import { LimitError, ProtocolError } from "./errors.ts";
import { onAbort } from "./on-abort.ts";

export interface SignalsParts {
  readonly limit: number;
  readonly fire: (id: number, reason: unknown) => void;
  /** Signal `id` of this side will never fire. */
  readonly never: (id: number) => void;
}

interface Sent {
  readonly id: number;
  readonly stop: () => void;
}

export class Signals {
  readonly #parts: SignalsParts;
  readonly #sent = new Map<number, Sent>();
  readonly #bySignal = new WeakMap<AbortSignal, Sent>();
  readonly #received = new Map<number, AbortController>();
  readonly #collected: FinalizationRegistry<number>;
  /** Those that the message under way introduced. */
  readonly #introduced = new Set<number>();
  #lastSent = 0;
  #lastReceived = 0;

  constructor(parts: SignalsParts) {
    this.#parts = parts;
    this.#collected = new FinalizationRegistry((id) => {
      if (this.#sent.delete(id)) parts.never(id);
    });
  }

  get size(): number {
    return this.#sent.size + this.#received.size;
  }

  /** The number under which the far side knows the signal, which has not fired. */
  send(signal: AbortSignal): number {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) return known.id;
    this.#checkLimit(this.#sent.size);
    this.#lastSent += 1;
    const id = this.#lastSent;
    const stop = onAbort(signal, (reason) => {
      if (this.#sent.delete(id)) this.#parts.fire(id, reason);
    });
    const sent: Sent = { id, stop };
    this.#sent.set(id, sent);
    this.#bySignal.set(signal, sent);
    this.#collected.register(signal, id);
    this.#introduced.add(id);
    return id;
  }

  /** The message is written, or given up. */
  messageDone(): void {
    if (this.#introduced.size !== 0) this.#introduced.clear();
  }

  /** The message that was to introduce the signal could not be sent. */
  retract(signal: AbortSignal): void {
    const sent = this.#bySignal.get(signal);
    if (sent === undefined || !this.#introduced.delete(sent.id)) return;
    this.#lastSent -= 1;
    this.#sent.delete(sent.id);
    this.#bySignal.delete(signal);
    sent.stop();
  }

  /** The signal that stands here for the peer's number `id`. */
  receive(id: number): AbortSignal {
    const known = this.#received.get(id);
    if (known !== undefined) return known.signal;
    if (id > this.#lastReceived + 1 || id === 0) throw new ProtocolError(`Signal ${id} was introduced out of turn`);
    // It fired or was collected over there while this message was on its way; what fired has said so.
    if (id <= this.#lastReceived) return new AbortController().signal;
    this.#checkLimit(this.#received.size);
    this.#lastReceived = id;
    const controller = new AbortController();
    this.#received.set(id, controller);
    return controller.signal;
  }

  onFire(id: number, reason: unknown): void {
    const controller = this.#received.get(id);
    if (controller === undefined) return this.#checkKnown(id);
    this.#received.delete(id);
    controller.abort(reason);
  }

  onNever(id: number): void {
    if (!this.#received.delete(id)) this.#checkKnown(id);
  }

  /** The connection is over: what was linked to the far side fires. */
  clear(error: Error): void {
    const received = [...this.#received.values()];
    this.#received.clear();
    for (const { stop } of this.#sent.values()) stop();
    this.#sent.clear();
    for (const controller of received) controller.abort(error);
  }

  #checkKnown(id: number): void {
    if (id > this.#lastReceived || id === 0) throw new ProtocolError(`Signal ${id} never was`);
  }

  #checkLimit(size: number): void {
    if (size >= this.#parts.limit)
      throw new LimitError(
        `${size} AbortSignals are linked over this connection already (limits.references)`,
        "references",
        this.#parts.limit,
      );
  }
}
