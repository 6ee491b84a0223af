// Promises inside of values: numbered by the side that has them, settled over there by a message of their own.
import { Deferred } from "./deferred.ts";
import { LimitError, ProtocolError } from "./errors.ts";

export interface PromisesParts {
  readonly limit: number;
  readonly settle: (id: number, rejected: boolean, value: unknown) => void;
}

export class Promises {
  readonly #parts: PromisesParts;
  readonly #sent = new Set<number>();
  readonly #received = new Map<number, Deferred>();
  #lastSent = 0;
  #lastReceived = 0;

  constructor(parts: PromisesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#sent.size + this.#received.size;
  }

  /** A number of its own each time it is sent: to be told the same twice harms nobody. */
  send(promise: PromiseLike<unknown>): number {
    this.#checkLimit(this.#sent.size);
    this.#lastSent += 1;
    const id = this.#lastSent;
    this.#sent.add(id);
    const settle = (rejected: boolean, value: unknown): void => {
      if (this.#sent.delete(id)) this.#parts.settle(id, rejected, value);
    };
    promise.then(
      (value) => settle(false, value),
      (reason: unknown) => settle(true, reason),
    );
    return id;
  }

  /** The message that was to introduce it could not be sent. */
  retract(id: number): void {
    if (this.#sent.delete(id) && id === this.#lastSent) this.#lastSent -= 1;
  }

  receive(id: number): Deferred {
    if (id !== this.#lastReceived + 1) throw new ProtocolError(`Promise ${id} was introduced out of turn`);
    this.#checkLimit(this.#received.size);
    this.#lastReceived = id;
    const deferred = new Deferred();
    this.#received.set(id, deferred);
    return deferred;
  }

  onSettle(id: number, rejected: boolean, value: unknown): void {
    const deferred = this.#received.get(id);
    if (deferred === undefined) throw new ProtocolError(`Promise ${id} settled, which never was or had settled before`);
    this.#received.delete(id);
    if (rejected) deferred.reject(value);
    else deferred.resolve(value);
  }

  /** The connection is over. */
  clear(error: Error): void {
    const received = [...this.#received.values()];
    this.#received.clear();
    this.#sent.clear();
    for (const deferred of received) deferred.reject(error);
  }

  #checkLimit(size: number): void {
    if (size >= this.#parts.limit)
      throw new LimitError(
        `${size} promises are on their way over this connection already (limits.references)`,
        "references",
        this.#parts.limit,
      );
  }
}
