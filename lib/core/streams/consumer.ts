// The half of a stream that has the reader here: it gives credit as far as its window goes and keeps
// what has arrived until it is read.
import { ProtocolError } from "../errors.ts";
import type { Presenter, StepSource, StepWaiter } from "../presenter.ts";
import type { StreamEnd, StreamLink } from "./stream-table.ts";

export interface Window {
  readonly items: number;
  readonly bytes: number;
}

type Outcome = { readonly kind: "end"; value: unknown } | { readonly kind: "fail"; readonly reason: unknown };

export class Consumer implements StreamEnd, StepSource {
  readonly presenter: Presenter | undefined;
  readonly #link: StreamLink;
  readonly #window: Window;
  /** A generator may be told things by `next(value)`, so nothing is asked ahead of the first two calls. */
  readonly #stepwise: boolean;
  #items: unknown[] = [];
  #sizes: number[] = [];
  #head = 0;
  #waiting: StepWaiter[] = [];
  #outcome: Outcome | undefined;
  #steps = 0;
  #windowOpen = false;
  /** Items that the producer may still send. */
  #granted = 0;
  #read = 0;
  #readBytes = 0;
  /** The reader has left: items that were under way are dropped. */
  #left = false;
  /** Items are dropped until the answer to `throw`. */
  #skipping = false;

  constructor(link: StreamLink, window: Window, stepwise: boolean, presenter?: Presenter) {
    this.#link = link;
    this.presenter = presenter;
    this.#window = window;
    this.#stepwise = stepwise;
  }

  next(...args: [] | [unknown]): Promise<IteratorResult<unknown>> {
    if (this.#head < this.#items.length) return Promise.resolve({ done: false, value: this.#shift() });
    return new Promise((resolve, reject) => this.askNext({ resolve, reject }, args));
  }

  return(value?: unknown): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => this.askReturn({ resolve, reject }, value));
  }

  throw(error?: unknown): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => this.askThrow({ resolve, reject }, error));
  }

  askNext(waiter: StepWaiter, args: [] | [unknown]): void {
    if (this.#head < this.#items.length) return waiter.resolve({ done: false, value: this.#shift() });
    if (this.#outcome !== undefined) return this.#tellOutcome(waiter);
    if (this.#left) return waiter.resolve({ done: true, value: undefined });
    this.#ask(args);
    this.#waiting.push(waiter);
  }

  askReturn(waiter: StepWaiter, value: unknown): void {
    this.#drop();
    if (this.#outcome !== undefined || this.#left) {
      this.#outcome = { kind: "end", value: undefined };
      return waiter.resolve({ done: true, value });
    }
    this.#left = true;
    this.#cancel(waiter, false, value);
  }

  askThrow(waiter: StepWaiter, error: unknown): void {
    const dropped = this.#sizes.slice(this.#head);
    this.#drop();
    for (const size of dropped) this.#account(size);
    if (this.#outcome !== undefined || this.#left) return waiter.reject(error);
    this.#skipping = true;
    this.#granted += 1;
    this.#cancel(waiter, true, error);
  }

  onItem(value: unknown, size: number): void {
    this.#granted -= 1;
    if (this.#granted < 0) throw new ProtocolError("A stream sent more items than there was credit for");
    if (this.#left) return;
    if (this.#skipping) return this.#account(size);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#items.push(value);
      this.#sizes.push(size);
      return;
    }
    this.#account(size);
    waiting.resolve({ done: false, value });
  }

  onEnd(value: unknown): void {
    this.#finish({ kind: "end", value });
  }

  onFail(reason: unknown): void {
    this.#finish({ kind: "fail", reason });
  }

  /** The mark that the answer to `throw` comes next. */
  onCredit(): void {
    this.#skipping = false;
  }

  onCancel(): void {
    throw new ProtocolError("A stream was cancelled by the side that makes its items");
  }

  onLost(error: Error): void {
    this.#finish({ kind: "fail", reason: error });
  }

  #ask(args: [] | [unknown]): void {
    this.#steps += 1;
    if (args.length === 1 && args[0] !== undefined && this.#steps > 1) {
      this.#granted += 1;
      this.#link.credit(1, 0, args[0], true);
    } else if (this.#stepwise && this.#steps === 1) {
      this.#granted += 1;
      this.#link.credit(1, this.#window.bytes);
    } else if (!this.#windowOpen) {
      // From here on the producer runs ahead, and the window is topped up as items are read.
      this.#windowOpen = true;
      this.#granted += this.#window.items;
      this.#link.credit(this.#window.items, this.#stepwise ? 0 : this.#window.bytes);
    }
  }

  #shift(): unknown {
    const value = this.#items[this.#head];
    this.#account(this.#sizes[this.#head] ?? 0);
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.#drop();
    return value;
  }

  /** An item was read; its room is given back, many at a time. */
  #account(size: number): void {
    this.#readBytes += size;
    if (this.#windowOpen) this.#read += 1;
    if (this.#read * 2 < this.#window.items && this.#readBytes * 2 < this.#window.bytes) return;
    if (this.#outcome === undefined && !this.#left) {
      this.#granted += this.#read;
      this.#link.credit(this.#read, this.#readBytes);
    }
    this.#read = 0;
    this.#readBytes = 0;
  }

  #cancel(waiter: StepWaiter, thrown: boolean, value: unknown): void {
    this.#waiting.push(waiter);
    this.#link.cancel(thrown, value);
  }

  #drop(): void {
    this.#items = [];
    this.#sizes = [];
    this.#head = 0;
  }

  #finish(outcome: Outcome): void {
    this.#link.forget();
    this.#outcome = outcome;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) this.#tellOutcome(waiter);
  }

  /** The end's value, or the failure, is told once; after it the iterator is merely over. */
  #tellOutcome(waiter: StepWaiter): void {
    const outcome = this.#outcome;
    this.#outcome = { kind: "end", value: undefined };
    if (outcome?.kind === "fail") waiter.reject(outcome.reason);
    else waiter.resolve({ done: true, value: outcome?.value });
  }
}
