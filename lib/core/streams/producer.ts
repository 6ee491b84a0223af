// The half of a stream that has the items here: it pulls from an iterator as far as the reader's credit
// goes, and not further.
import { ProtocolError } from "../errors.ts";
import type { Pullable } from "./local-streams.ts";
import type { StreamEnd, StreamLink } from "./stream-table.ts";

const MAX_CREDIT = 2 ** 31;
/**
 * How long a reader who leaves waits, in ms, while the iterator waits for something itself, since it runs ahead: it
 * may be something that never comes.
 */
const PATIENCE = 100;
const ITEMS_PER_CLOCK = 16;

export class Producer implements StreamEnd {
  readonly #link: StreamLink;
  readonly #open: (() => Pullable) | undefined;
  readonly #onError: (error: unknown) => void;
  #source: Pullable | undefined;
  #items = 0;
  #bytes = 0;
  #values: unknown[] = [];
  #pulling = false;
  #over = false;
  /** The iterator was asked, and has not answered. */
  #waiting = false;
  /** The reader has left: what still comes is not asked for. */
  #left = false;
  /** When this turn of pulling began, and how many items it has asked for. */
  #began = 0;
  #asked = 0;

  /**
   * @param source the iterator, or what gives it when the reader first asks, so that what is never read never starts
   * @param onError hears of errors that the reader cannot be told
   */
  constructor(link: StreamLink, source: Pullable | (() => Pullable), onError: (error: unknown) => void) {
    this.#link = link;
    if (typeof source === "function") this.#open = source;
    else this.#source = source;
    this.#onError = onError;
  }

  onCredit(items: number, bytes: number, value: unknown, hasValue: boolean): void {
    this.#items += items;
    this.#bytes += bytes;
    if (this.#items > MAX_CREDIT || this.#bytes > MAX_CREDIT) throw new ProtocolError("A stream was given more credit than there can be");
    if (hasValue) this.#values.push(value);
    if (!this.#pulling) this.#beginTurn();
  }

  onCancel(thrown: boolean, value: unknown): void {
    if (this.#over) return;
    void this.#leave(thrown, value);
  }

  onItem(): void {
    throw new ProtocolError("An item came for the end of a stream that makes the items");
  }

  onEnd(): void {
    throw new ProtocolError("An end came for the end of a stream that makes the items");
  }

  onFail(): void {
    throw new ProtocolError("A failure came for the end of a stream that makes the items");
  }

  onLost(): void {
    if (this.#over) return;
    this.#over = true;
    this.#finish();
  }

  #beginTurn(): void {
    this.#began = this.#link.pace.now;
    this.#asked = 0;
    this.#pull();
  }

  /** Goes on for as long as items come synchronously; for others `#later` comes back here. */
  #pull(): void {
    this.#pulling = true;
    try {
      const source = this.#opened();
      while (this.#items > 0 && this.#bytes > 0 && !this.#over && !this.#left) {
        // The reader may have given credit that it does not mean.
        if (this.#mustRest()) return this.#rest();
        this.#items -= 1;
        const step = this.#values.length === 0 ? source.next() : source.next(this.#values.shift());
        if (isPromiseLike(step)) {
          this.#later(step);
          return;
        }
        this.#deliver(step);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#pulling = false;
  }

  #opened(): Pullable {
    return (this.#source ??= this.#open!());
  }

  #mustRest(): boolean {
    const { pace } = this.#link;
    if (pace.isCongested) return true;
    this.#asked += 1;
    return this.#asked % ITEMS_PER_CLOCK === 0 && pace.isTimeUp(this.#began);
  }

  #rest(): void {
    this.#link.pace.rest(() => {
      this.#pulling = false;
      if (!this.#over) this.#beginTurn();
    });
  }

  #later(step: PromiseLike<IteratorResult<unknown>>): void {
    this.#waiting = true;
    step.then(
      (result) => {
        this.#pulling = false;
        this.#waiting = false;
        if (this.#over) return;
        try {
          this.#deliver(result);
        } catch (error) {
          this.#fail(error);
        }
        if (!this.#over && this.#items > 0 && this.#bytes > 0) this.#pull();
      },
      (error: unknown) => {
        this.#pulling = false;
        this.#waiting = false;
        this.#fail(error);
      },
    );
  }

  #deliver(step: IteratorResult<unknown>): void {
    if (step.done === true) {
      this.#over = true;
      try {
        this.#link.end(step.value);
      } catch (error) {
        this.#link.fail(error);
      }
      return;
    }
    let size: number;
    try {
      size = this.#link.item(step.value);
    } catch (error) {
      // One bad item ends its stream; the iterator is told, so that its `finally` runs.
      this.#fail(error);
      this.#finish();
      return;
    }
    this.#bytes -= size;
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#link.fail(error);
  }

  #finish(): void {
    try {
      const left: unknown = this.#source?.return?.();
      if (isPromiseLike(left)) left.then(undefined, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** The reader leaves, or throws into the iterator. What comes of it is its answer. */
  async #leave(thrown: boolean, value: unknown): Promise<void> {
    this.#left = !thrown;
    try {
      const source = this.#opened();
      const method = thrown ? source.throw : source.return;
      if (method === undefined) {
        if (thrown) throw value;
        this.#over = true;
        this.#link.end(value);
        return;
      }
      const answer = method.call(source, value);
      const step = await (this.#waiting && isPromiseLike(answer) ? Promise.race([answer, this.#link.pace.wait(PATIENCE)]) : answer);
      if (this.#over) return;
      if (step === undefined) {
        this.#over = true;
        Promise.resolve(answer).catch(this.#onError);
        if (thrown) this.#link.fail(value);
        else this.#link.end(value);
        return;
      }
      // What was under way before the answer is told from it by this mark.
      if (step.done !== true) this.#link.credit(0, 0);
      this.#deliver(step);
    } catch (error) {
      this.#fail(error);
    }
  }
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
