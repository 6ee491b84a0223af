// Streams of one connection, by number. Each side numbers those that it introduces, so every message
// says whose number it is. One half produces (items, end, failure), the other consumes (credit, cancel).
import { LimitError, ProtocolError } from "../errors.ts";
import type { Pace } from "../pace.ts";
import type { Presenter } from "../presenter.ts";

/** What arrives for one end of a stream. A half that cannot get a message calls it a `ProtocolError`. */
export interface StreamEnd {
  /** Shows what its items contain, if that is not done in the ordinary way. */
  readonly presenter?: Presenter | undefined;
  onItem(value: unknown, size: number): void;
  onEnd(value: unknown): void;
  onFail(reason: unknown): void;
  onCredit(items: number, bytes: number, value: unknown, hasValue: boolean): void;
  onCancel(thrown: boolean, value: unknown): void;
  /** The connection is over. */
  onLost(error: Error): void;
}

/** What a half says to the other. */
export interface StreamMessages {
  /** How fast items may be made, beside the reader's credit. */
  readonly pace: Pace;
  /** Answers the bytes that the item took. Throws what cannot be sent. */
  item(id: number, mine: boolean, value: unknown): number;
  end(id: number, mine: boolean, value: unknown): void;
  fail(id: number, mine: boolean, reason: unknown): void;
  credit(id: number, mine: boolean, items: number, bytes: number, value?: unknown, hasValue?: boolean): void;
  cancel(id: number, mine: boolean, thrown: boolean, value: unknown): void;
}

/** One end's line to the other, which knows the number and whose it is. */
export class StreamLink {
  readonly id: number;
  readonly mine: boolean;
  readonly #messages: StreamMessages;
  readonly #table: StreamTable;

  constructor(id: number, mine: boolean, messages: StreamMessages, table: StreamTable) {
    this.id = id;
    this.mine = mine;
    this.#messages = messages;
    this.#table = table;
  }

  get pace(): Pace {
    return this.#messages.pace;
  }

  item(value: unknown): number {
    return this.#messages.item(this.id, this.mine, value);
  }

  /** The last that is said; the far side forgets the stream when it hears it. */
  end(value: unknown): void {
    this.forget();
    this.#messages.end(this.id, this.mine, value);
  }

  /** Like `end`, for a side that still waits to hear what became of it. */
  endKept(value: unknown): void {
    this.#messages.end(this.id, this.mine, value);
  }

  fail(reason: unknown): void {
    this.forget();
    this.#messages.fail(this.id, this.mine, reason);
  }

  credit(items: number, bytes: number, value?: unknown, hasValue?: boolean): void {
    this.#messages.credit(this.id, this.mine, items, bytes, value, hasValue);
  }

  cancel(thrown: boolean, value: unknown): void {
    this.#messages.cancel(this.id, this.mine, thrown, value);
  }

  forget(): void {
    this.#table.forget(this.id, this.mine);
  }
}

export class StreamTable {
  readonly #mine = new Map<number, StreamEnd>();
  readonly #theirs = new Map<number, StreamEnd>();
  readonly #messages: StreamMessages;
  readonly #limit: number;
  /** Called when the number of open streams goes from none to some, and back. */
  readonly #onBusy: (busy: boolean) => void;
  #lastMine = 0;
  #lastTheirs = 0;

  constructor(messages: StreamMessages, limit: number, onBusy: (busy: boolean) => void) {
    this.#messages = messages;
    this.#limit = limit;
    this.#onBusy = onBusy;
  }

  get size(): number {
    return this.#mine.size + this.#theirs.size;
  }

  /** Number a stream of this side. */
  introduce(make: (link: StreamLink) => StreamEnd): number {
    this.#checkLimit();
    const id = ++this.#lastMine;
    this.#add(this.#mine, id, make(new StreamLink(id, true, this.#messages, this)));
    return id;
  }

  /** The peer introduced stream `id`. */
  receive(id: number, make: (link: StreamLink) => StreamEnd): void {
    if (id !== this.#lastTheirs + 1) throw new ProtocolError(`Stream ${id} was introduced out of turn`);
    this.#checkLimit();
    this.#lastTheirs = id;
    this.#add(this.#theirs, id, make(new StreamLink(id, false, this.#messages, this)));
  }

  /** The message that introduced it could not be sent: it never was. */
  retract(id: number): void {
    this.forget(id, true);
    if (id === this.#lastMine) this.#lastMine -= 1;
  }

  forget(id: number, mine: boolean): void {
    if ((mine ? this.#mine : this.#theirs).delete(id) && this.size === 0) this.#onBusy(false);
  }

  /** For items, ends and failures: their stream is known until its end. */
  consumer(id: number, sendersNumber: boolean): StreamEnd {
    const end = (sendersNumber ? this.#theirs : this.#mine).get(id);
    if (end === undefined) throw new ProtocolError(`Something came for stream ${id}, which has ended or never was`);
    return end;
  }

  /** For credits and cancels, which may come late. */
  producer(id: number, sendersNumber: boolean): StreamEnd | undefined {
    const end = (sendersNumber ? this.#theirs : this.#mine).get(id);
    if (end === undefined && id > (sendersNumber ? this.#lastTheirs : this.#lastMine)) throw new ProtocolError(`Stream ${id} never was`);
    return end;
  }

  presenterOf(id: number, sendersNumber: boolean): Presenter | undefined {
    return (sendersNumber ? this.#theirs : this.#mine).get(id)?.presenter;
  }

  /** The connection is over. */
  clear(error: Error): void {
    const ends = [...this.#mine.values(), ...this.#theirs.values()];
    this.#mine.clear();
    this.#theirs.clear();
    for (const end of ends) end.onLost(error);
  }

  #add(table: Map<number, StreamEnd>, id: number, end: StreamEnd): void {
    table.set(id, end);
    if (this.size === 1) this.#onBusy(true);
  }

  #checkLimit(): void {
    if (this.size >= this.#limit) throw new LimitError(`${this.#limit} streams are open already (limits.streams)`, "streams", this.#limit);
  }
}
