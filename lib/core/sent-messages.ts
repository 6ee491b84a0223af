// What parts of a session send beside calls: what streams say, releases, settled promises, fired signals. Each is
// written and handed to the queue; when the connection is over it is dropped, since nobody is there to hear it.
import type { Outgoing } from "./codec.ts";
import type { Outbox } from "./outbox.ts";
import type { Pace } from "./pace.ts";
import type { StreamMessages } from "./streams/stream-table.ts";
import { writeReason } from "./write-reason.ts";

export class SentMessages implements StreamMessages {
  #out!: Outgoing;
  #outbox!: Outbox;
  #pace!: Pace;
  #ended = false;

  /** What is encoded by and queued in. Made before these, since they need what needs this. */
  attach(out: Outgoing, outbox: Outbox, pace: Pace): void {
    this.#out = out;
    this.#outbox = outbox;
    this.#pace = pace;
  }

  get pace(): Pace {
    return this.#pace;
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#ended = true;
  }

  item(id: number, mine: boolean, value: unknown): number {
    if (this.#ended) return 0;
    const before = this.#out.length;
    this.#out.item(id, mine, value);
    const size = this.#out.length - before;
    this.#outbox.written();
    return size;
  }

  end(id: number, mine: boolean, value: unknown): void {
    if (this.#ended) return;
    this.#out.end(id, mine, value);
    this.#outbox.written();
  }

  fail(id: number, mine: boolean, reason: unknown): void {
    if (this.#ended) return;
    writeReason(reason, (sendable) => this.#out.fail(id, mine, sendable));
    this.#outbox.written();
  }

  credit(id: number, mine: boolean, items: number, bytes: number, value?: unknown, hasValue = false): void {
    if (this.#ended) return;
    this.#out.credit(id, mine, items, bytes, value, hasValue);
    this.#outbox.written();
  }

  cancel(id: number, mine: boolean, thrown: boolean, value: unknown): void {
    if (this.#ended) return;
    // That the reader leaves matters more than what it says: one that cannot be sent is left out, or is thrown as an error.
    writeReason(value, (sendable) => this.#out.cancel(id, mine, thrown, thrown || Object.is(sendable, value) ? sendable : undefined));
    this.#outbox.written();
  }

  release(id: number, count: number): void {
    if (this.#ended) return;
    this.#out.release(id, count);
    this.#outbox.written();
  }

  fire(id: number, reason: unknown): void {
    if (this.#ended) return;
    writeReason(reason, (sendable) => this.#out.fire(id, Object.is(sendable, reason) ? reason : undefined));
    this.#outbox.written();
  }

  never(id: number): void {
    if (this.#ended) return;
    this.#out.never(id);
    this.#outbox.written();
  }

  settle(id: number, rejected: boolean, value: unknown): void {
    if (this.#ended) return;
    // One that cannot be sent rejects over there.
    writeReason(value, (sendable) => this.#out.settle(id, rejected || !Object.is(sendable, value), sendable));
    this.#outbox.written();
  }
}
