// Objects of the peer that this side holds. What stands for one of them here (a `Base` behind proxies) is held weakly;
// when it is collected, the introductions that it answered for are given back.
import { LimitError } from "./errors.ts";
import type { Origin, Peer } from "./node.ts";
import { traceOf } from "./trace.ts";

/** What a finalizer needs to know of a stand-in that is gone. It must not hold the stand-in. */
export interface ImportRecord {
  readonly id: number;
  /** Introductions that this record answers for. */
  count: number;
  released: boolean;
  readonly trace: string | undefined;
}

/** Stands for one object of the peer, or its root (number 0), while a proxy, a member or a call needs it. */
export class Base implements Origin {
  readonly peer: Peer;
  readonly record: ImportRecord;
  readonly name: string;
  /** The proxy that users see; the same one for as long as it lives. */
  proxy: object | undefined = undefined;

  constructor(peer: Peer, record: ImportRecord, name: string) {
    this.peer = peer;
    this.record = record;
    this.name = name;
  }
}

interface Entry {
  readonly record: ImportRecord;
  readonly base: WeakRef<Base>;
}

export interface ImportsOptions {
  readonly limit: number;
  readonly trace: boolean;
  /** Tells the peer. */
  readonly release: (id: number, count: number) => void;
}

export class Imports {
  readonly #entries = new Map<number, Entry>();
  readonly #options: ImportsOptions;
  readonly #registry: FinalizationRegistry<ImportRecord>;
  #size = 0;

  constructor(options: ImportsOptions) {
    this.#options = options;
    this.#registry = new FinalizationRegistry((record) => this.release(record));
  }

  /** Records that were not given back yet. */
  get size(): number {
    return this.#size;
  }

  /** The peer introduced its object `id`: what stands for it here, made anew unless it lives. */
  receive(id: number, make: (record: ImportRecord) => Base): Base {
    const known = this.#entries.get(id);
    const base = known?.base.deref();
    if (known !== undefined && base !== undefined && !known.record.released) {
      known.record.count += 1;
      return base;
    }
    if (this.#size >= this.#options.limit) {
      throw new LimitError(
        `This side holds ${this.#options.limit} objects of the peer already (limits.references)`,
        "references",
        this.#options.limit,
      );
    }
    const record: ImportRecord = { id, count: 1, released: false, trace: this.#options.trace ? traceOf("arrived") : undefined };
    const made = make(record);
    this.#size += 1;
    this.#entries.set(id, { record, base: new WeakRef(made) });
    // Without a token to unregister it by: of those V8 keeps some 20 bytes for ever (Node 20). One that was released
    // meanwhile is passed over.
    this.#registry.register(made, record);
    return made;
  }

  /** Gives the record's introductions back; once. */
  release(record: ImportRecord): void {
    if (record.released || record.id === 0) return;
    record.released = true;
    this.#size -= 1;
    // A newer record may stand under the same number by now.
    if (this.#entries.get(record.id)?.record === record) this.#entries.delete(record.id);
    this.#options.release(record.id, record.count);
  }

  /** One introduction that reached nobody is given back; with the last one, the record. */
  giveBack(record: ImportRecord): void {
    if (record.released || record.id === 0) return;
    if (record.count === 1) return this.release(record);
    record.count -= 1;
    this.#options.release(record.id, 1);
  }

  /** The connection is over; nothing needs to be given back. */
  clear(): void {
    for (const { record } of this.#entries.values()) record.released = true;
    this.#entries.clear();
    this.#size = 0;
  }

  list(): { readonly id: number; readonly count: number; readonly trace: string | undefined }[] {
    return [...this.#entries.values()].map(({ record }) => ({ id: record.id, count: record.count, trace: record.trace }));
  }
}
