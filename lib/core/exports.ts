// Objects of this side that the peer holds. Each has a number and a count of introductions; the peer's
// releases take introductions back, and at none the object is let go.
import { LimitError, ProtocolError } from "./errors.ts";
import { isMarked } from "./marks.ts";
import { traceOf } from "./trace.ts";

export class ExportRecord {
  readonly id: number;
  readonly value: object;
  /** Introductions that the peer has not taken back. */
  count = 0;
  /** Calls that run on the object; it is not disposed of underneath them. */
  running = 0;
  /** The peer owns it: its dispose method runs when it is let go. */
  owned = false;
  /** It was given away by a call for whose answer this thread stands still. */
  isForStanding = false;
  /** Where it was first sent, with `traceReferences`. */
  trace: string | undefined = undefined;

  constructor(id: number, value: object) {
    this.id = id;
    this.value = value;
  }
}

/** How many peers own the same object; it is disposed of when the last lets go. */
const owners = new WeakMap<object, number>();

export interface ExportsOptions {
  readonly limit: number;
  readonly trace: boolean;
  /** An error thrown by an object's dispose method, which nobody awaits. */
  readonly onDisposeError: (error: unknown) => void;
}

export class Exports {
  readonly #byId = new Map<number, ExportRecord>();
  readonly #byValue = new Map<object, ExportRecord>();
  readonly #options: ExportsOptions;
  #lastId = 0;
  /** What the peer reaches without being given anything: the exposed object. */
  root: ExportRecord | undefined = undefined;

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(value: object): boolean {
    return this.#byValue.has(value);
  }

  /** The exposed root has number 0, is never counted and never released. */
  setRoot(value: object): ExportRecord {
    const record = new ExportRecord(0, value);
    record.count = Number.POSITIVE_INFINITY;
    this.#byValue.set(value, record);
    this.root = record;
    return record;
  }

  /** Introduces `value` to the peer, once more if it is known there. */
  introduce(value: object, owned: boolean): ExportRecord {
    let record = this.#byValue.get(value);
    if (record === undefined) {
      if (this.#byId.size >= this.#options.limit) {
        throw new LimitError(
          `The peer holds ${this.#options.limit} objects of this side already (limits.references)`,
          "references",
          this.#options.limit,
        );
      }
      this.#lastId += 1;
      record = new ExportRecord(this.#lastId, value);
      if (this.#options.trace) record.trace = traceOf("returned by a member");
      this.#byId.set(record.id, record);
      this.#byValue.set(value, record);
    }
    if (owned && !record.owned) {
      record.owned = true;
      owners.set(value, (owners.get(value) ?? 0) + 1);
    }
    record.count += 1;
    return record;
  }

  /** The record of a number that the peer named; undefined when it was released. */
  get(id: number): ExportRecord | undefined {
    const record = this.#byId.get(id);
    if (record === undefined) this.#checkKnown(id);
    return record;
  }

  /** The peer takes `count` introductions back. */
  release(id: number, count: number): void {
    const record = this.#byId.get(id);
    if (record === undefined) {
      this.#checkKnown(id);
      return;
    }
    if (count === 0 || count > record.count)
      throw new ProtocolError(`Reference ${id} was introduced ${record.count} times and released ${count} times`);
    record.count -= count;
    if (record.count === 0) this.#letGo(record);
  }

  /** The message with the last introduction could not be sent after all. */
  retract(id: number): void {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    record.count -= 1;
    if (record.count > 0) return;
    // Never seen by the peer, so it is nobody's to dispose of.
    if (record.owned) owners.set(record.value, (owners.get(record.value) ?? 1) - 1);
    record.owned = false;
    this.#letGo(record);
  }

  /** A call on the object has settled. */
  settled(record: ExportRecord): void {
    record.running -= 1;
    if (record.running === 0 && record.count === 0) this.#dispose(record);
  }

  /** The connection is over: nothing is held for the peer any more. */
  clear(): void {
    for (const record of this.#byId.values()) {
      record.count = 0;
      this.#letGo(record);
    }
    this.#byValue.clear();
  }

  list(): ExportRecord[] {
    return [...this.#byId.values()];
  }

  #letGo(record: ExportRecord): void {
    this.#byId.delete(record.id);
    this.#byValue.delete(record.value);
    if (record.running === 0) this.#dispose(record);
  }

  #dispose(record: ExportRecord): void {
    if (!record.owned || isMarked(record.value)) return;
    record.owned = false;
    const left = (owners.get(record.value) ?? 1) - 1;
    if (left > 0) {
      owners.set(record.value, left);
      return;
    }
    owners.delete(record.value);
    disposeOf(record.value, this.#options.onDisposeError);
  }

  #checkKnown(id: number): void {
    if (id === 0 || id > this.#lastId) throw new ProtocolError(`Reference ${id} was never given out`);
  }
}

/** Runs the object's own dispose method, if it has one. Never throws. */
export function disposeOf(value: object, onError: (error: unknown) => void): void {
  try {
    const disposable = value as Partial<AsyncDisposable & Disposable>;
    const method = disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose];
    if (typeof method !== "function") return;
    const done: unknown = method.call(value);
    if (done instanceof Promise) done.catch(onError);
  } catch (error) {
    onError(error);
  }
}
