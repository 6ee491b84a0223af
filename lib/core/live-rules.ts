// Which values go live and which are copied, as far as that can be told without a session: so that arguments can be
// encoded before it is known who will be sent them.
import type { Outgoing } from "./codec.ts";
import { type Moved, Moves } from "./handles.ts";
import type { Host } from "./host.ts";
import { isMarked, movesOf, RemoteObject } from "./marks.ts";
import type { Parcel } from "./messages.ts";
import type { ConnectionOptions } from "./options.ts";
import { RemotePromise } from "./remote-promise.ts";
import type { ClassCodec, PassingPolicy } from "./values.ts";

export class LiveRules implements PassingPolicy {
  readonly publicErrors: boolean;
  /** What the message under way moves, as its users listed it. */
  protected readonly moving: Set<object> = new Set();
  readonly #moves: Moves;
  readonly #host: Host;
  readonly #classes: readonly ClassCodec[];
  readonly #references: readonly (abstract new (...args: never[]) => object)[];

  constructor(host: Host, options: ConnectionOptions) {
    this.#host = host;
    this.#moves = new Moves(host);
    this.publicErrors = options.errors === "public";
    // Subclasses before their bases, whatever the order in which they were listed.
    this.#classes = [...(options.classes ?? [])].sort((a, b) => depthOf(b.Class) - depthOf(a.Class));
    this.#references = options.references ?? [];
  }

  isLive(value: object): boolean {
    if (typeof value === "function") return true;
    const moves = movesOf(value);
    if (moves !== undefined) for (const item of moves) this.moving.add(item);
    if (this.moving.size !== 0 && this.isMoving(value)) {
      this.#moves.note(value);
      return true;
    }
    if (isMarked(value)) return true;
    if (this.#host.isProxy(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Array.prototype) return false;
    if (prototype === Object.prototype || prototype === null) return Symbol.asyncIterator in value;
    return this.#isLiveInstance(value);
  }

  /** Arguments as they are now, to be sent later. What moves is detached now. */
  parcelOf(out: Outgoing, args: readonly unknown[]): Parcel {
    try {
      const parcel = out.parcel(args);
      if (this.moving.size === 0) return parcel;
      return { ...parcel, lives: parcel.lives.map((live) => (this.isMoving(live) ? this.move(live) : live)) };
    } finally {
      // A getter may have asked for it, while a message of its own is being written.
      if (!out.encoding) this.messageDone();
    }
  }

  protected isMoving(value: object): boolean {
    return this.moving.has(value) || (ArrayBuffer.isView(value) && this.moving.has(value.buffer));
  }

  protected move(value: object): Moved {
    return this.#moves.move(value);
  }

  /** Whether instances of the value's class pass by reference because the options say so. */
  isListed(value: object): boolean {
    return this.#references.some((Class) => value instanceof Class);
  }

  /** Whether the value is a stream: Web's, Node's, an async iterable, or a generator. */
  isStream(value: object): boolean {
    return (
      value instanceof ReadableStream ||
      value instanceof WritableStream ||
      Symbol.asyncIterator in value ||
      this.#host.nodeStreamKind(value) !== undefined ||
      isIterator(value)
    );
  }

  classCodecOf(value: object): ClassCodec | undefined {
    for (const codec of this.#classes) if (value instanceof codec.Class) return codec;
    return undefined;
  }

  classCodecNamed(name: string): ClassCodec | undefined {
    return this.#classes.find((codec) => codec.name === name);
  }

  /** The message is written, or given up: what it was to move is settled. */
  messageDone(): void {
    if (this.moving.size === 0) return;
    this.moving.clear();
    this.#moves.clear();
  }

  #isLiveInstance(value: object): boolean {
    // The common case among instances, told before all that costs more.
    if (ArrayBuffer.isView(value)) return this.isListed(value);
    if (value instanceof RemoteObject || value instanceof RemotePromise || value instanceof Promise || value instanceof AbortSignal)
      return true;
    if (value instanceof SharedArrayBuffer) return true;
    return this.isListed(value) || (this.isStream(value) && this.classCodecOf(value) === undefined);
  }
}

/** A generator, or an iterator of the language: of an array, a Map, a Set, a string. */
function isIterator(value: object): boolean {
  if (typeof (value as { next?: unknown }).next !== "function" || !(Symbol.iterator in value)) return false;
  return ITERATOR.test(Object.prototype.toString.call(value));
}

const ITERATOR = /^\[object (?:Generator|[A-Z][A-Za-z ]* Iterator)\]$/;

function depthOf(Class: abstract new (...args: never[]) => object): number {
  let depth = 0;
  for (
    let prototype: unknown = Class.prototype;
    typeof prototype === "object" && prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  )
    depth += 1;
  return depth;
}
