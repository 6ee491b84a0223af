// Values that are more than a tree of plain data: cycles, shared objects, holes, Map, Set, Date, RegExp,
// URL, Error, registered classes. A copy is taken that devalue can write: binary, live values and long
// strings are lifted out of it, and what devalue does not know becomes a `Special`.
import { stringify } from "devalue";
import { errorToRecord, isError, publicRecord } from "../core/error-record.ts";
import type { ClassCodec } from "../core/values.ts";
import { UnserializableError } from "../core/errors.ts";
import { binaryKindOf, writeBinary } from "./binary.ts";
import { brandOf, hrefOf, isPlainArray, isPlainObject } from "./brands.ts";
import { liveNumber, PROTO, THEN, type TreeWriter } from "./tree-encode.ts";
import { Tag } from "./tags.ts";
import { MAX_DEPTH, type Path, refuse, tooDeep, unserializable } from "./unserializable.ts";

/** From this length on a string stands beside the text, where it costs a tenth. */
const LONG_STRING = 512;
/** A sparse array may be so long whatever it holds, */
export const SPARSE_LENGTH = 65_536;
/** and so many times as long as it has items. */
export const SPARSE_RATIO = 64;

/** What devalue is given instead of a value that it does not know. The first part tells what it is. */
class Special {
  readonly parts: readonly unknown[];
  constructor(...parts: readonly unknown[]) {
    this.parts = parts;
  }
}

const reducers = { S: (value: unknown): unknown => value instanceof Special && value.parts };

/**
 * Writes `value`, of which `tree` has read a part already. `from` is 0 for a value, and for the arguments
 * of a call the number of the first of them in `value`.
 */
export function writeRich(writer: TreeWriter["writer"], value: unknown, tree: TreeWriter, from: number | undefined): void {
  const snapshot = new Snapshot(tree);
  const copy = from === undefined ? snapshot.take(value, 0) : snapshot.takeArguments(value as readonly unknown[], from);
  const text = stringify([copy, snapshot.properties], reducers);
  writer.u8(Tag.rich);
  writer.count(snapshot.leaves.length);
  for (const leaf of snapshot.leaves) {
    if (typeof leaf === "string") writer.string(leaf);
    else writeBinary(writer, leaf.value, leaf.kind);
  }
  writer.string(text);
}

interface Binary {
  readonly value: ArrayBufferView | ArrayBuffer;
  readonly kind: number;
}

class Snapshot {
  /** Binary and long strings, which stand beside the text. */
  readonly leaves: (string | Binary)[] = [];
  /** The own properties of each error; apart from it, since they may lead back to it. */
  readonly properties: Record<string, unknown>[] = [];
  readonly #tree: TreeWriter;
  readonly #path: Path;
  readonly #copies = new Map<object, unknown>();
  /** How much of the log was read again, and how many of the entered objects. */
  #replayed = 0;
  #reentered = 0;

  constructor(tree: TreeWriter) {
    this.#tree = tree;
    this.#path = tree.path;
  }

  takeArguments(args: readonly unknown[], from: number): unknown[] {
    return args.map((_, index) => {
      this.#path[1] = from + index;
      return this.take(this.#read(args, index), 1);
    });
  }

  /** What the tree has read already is taken from its log, never read again. */
  #read(object: object, key: string | number): unknown {
    const { log } = this.#tree;
    if (this.#replayed < log.length) return log[this.#replayed++];
    return (object as Record<string | number, unknown>)[key];
  }

  take(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return value.length >= LONG_STRING ? new Special("T", this.leaves.push(value) - 1) : value;
      case "bigint":
        return new Special("N", value.toString(16));
      case "symbol":
        throw unserializable(value, this.#path, depth);
      case "object":
      case "function":
        return value === null ? null : this.#object(value, depth);
      default:
        return value;
    }
  }

  #object(value: object, depth: number): unknown {
    const known = this.#copies.get(value);
    if (known === IN_PROGRESS) throw refuse(this.#path, depth, "an instance of a registered class contains itself, so that neither can be made first");
    if (known !== undefined) return known;
    const { policy, lives } = this.#tree;
    if (policy.isLive(value)) return this.#keep(value, new Special("L", liveNumber(lives, value)));
    if (typeof value === "function") throw unserializable(value, this.#path, depth);
    if (depth >= MAX_DEPTH) throw tooDeep(this.#path);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (isPlainArray(value, prototype)) return this.#array(value, depth);
    if (isPlainObject(value, prototype)) return this.#plain(value as Record<string, unknown>, prototype, depth);
    return this.#instance(value, prototype, depth);
  }

  #keep<T>(value: object, copy: T): T {
    this.#copies.set(value, copy);
    return copy;
  }

  /** Whether the tree had entered `value` here, so that the log goes on with its members. */
  #wasEntered(value: object): boolean {
    const { entered } = this.#tree;
    if (entered[this.#reentered] !== value || this.#replayed >= this.#tree.log.length) return false;
    this.#reentered += 1;
    return true;
  }

  #array(value: readonly unknown[], depth: number): unknown[] {
    const length = this.#wasEntered(value) ? (this.#read(value, "length") as number) : value.length;
    if (length > SPARSE_LENGTH) this.#checkSparse(value, length, depth);
    const copy: unknown[] = this.#keep(value, []);
    copy.length = length;
    const isSparse = length > SPARSE_LENGTH && Object.keys(value).length < length;
    if (isSparse) {
      for (const key of Object.keys(value)) {
        const index = Number(key);
        if (index < length && String(index >>> 0) === key) this.#member(value, index, copy, depth);
      }
      return copy;
    }
    for (let index = 0; index < length; index += 1) this.#member(value, index, copy, depth);
    return copy;
  }

  #checkSparse(value: readonly unknown[], length: number, depth: number): void {
    const items = Object.keys(value).length;
    if (length > items * SPARSE_RATIO) throw refuse(this.#path, depth, `an array of length ${length} with ${items} items is too sparse to be sent; send a Map`);
  }

  #member(value: readonly unknown[], index: number, copy: unknown[], depth: number): void {
    const item = this.#read(value, index);
    if (item === undefined && !Object.hasOwn(value, index)) return;
    this.#path[depth + 1] = index;
    copy[index] = this.take(item, depth + 1);
  }

  #plain(value: Record<string, unknown>, prototype: unknown, depth: number): object {
    const keys = this.#wasEntered(value) ? (this.#read(value, "keys") as string[]) : Object.keys(value);
    const copy = this.#keep(value, (prototype === null ? Object.create(null) : {}) as Record<string, unknown>);
    for (const key of keys) this.#property(value, key, copy, depth);
    return copy;
  }

  #property(value: object, key: string, copy: Record<string, unknown>, depth: number): void {
    this.#path[depth + 1] = key;
    if (key === "__proto__") throw refuse(this.#path, depth + 1, PROTO);
    const member = this.#read(value, key);
    if (key === "then" && typeof member === "function") throw refuse(this.#path, depth + 1, THEN);
    copy[key] = this.take(member, depth + 1);
  }

  #instance(value: object, prototype: unknown, depth: number): unknown {
    const { policy } = this.#tree;
    const codec = policy.classCodecOf(value);
    if (codec !== undefined) return this.#registered(value, codec, depth);
    const kind = binaryKindOf(value, prototype);
    if (kind !== -1) {
      this.#wasEntered(value);
      return this.#keep(value, new Special("B", this.leaves.push({ value: value as ArrayBufferView, kind }) - 1));
    }
    if (isError(value)) return this.#error(value, depth);
    switch (brandOf(value)) {
      case "Map": return this.#map(value as Map<unknown, unknown>, depth);
      case "Set": return this.#set(value as Set<unknown>, depth);
      case "Date": return this.#keep(value, new Date(Date.prototype.getTime.call(value)));
      case "RegExp": return this.#keep(value, new RegExp(value as RegExp));
      case "URL": return this.#keep(value, new Special("U", hrefOf(value)));
      case "boxed": return this.#keep(value, Object((value as { valueOf(): unknown }).valueOf()) as object);
      default: throw unserializable(value, this.#path, depth);
    }
  }

  #map(value: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = this.#keep(value, new Map<unknown, unknown>());
    for (const [key, item] of [...Map.prototype.entries.call(value)]) {
      this.#path[depth + 1] = `<key ${copy.size}>`;
      const copiedKey = this.take(key, depth + 1);
      this.#path[depth + 1] = typeof key === "string" ? key : `<value ${copy.size}>`;
      copy.set(copiedKey, this.take(item, depth + 1));
    }
    return copy;
  }

  #set(value: Set<unknown>, depth: number): Set<unknown> {
    const copy = this.#keep(value, new Set<unknown>());
    for (const item of [...Set.prototype.values.call(value)]) {
      this.#path[depth + 1] = copy.size;
      copy.add(this.take(item, depth + 1));
    }
    return copy;
  }

  #registered(value: object, codec: ClassCodec, depth: number): Special {
    this.#copies.set(value, IN_PROGRESS);
    const data = this.take(codec.encode(value), depth + 1);
    return this.#keep(value, new Special("C", codec.name, data));
  }

  /** An error always arrives: of its own properties those that can be sent, and the names of the others. */
  #error(value: Error, depth: number): Special {
    const [className, name, message, stack, own] = this.#tree.policy.publicErrors ? publicRecord(value) : errorToRecord(value);
    const copy: Record<string, unknown> = {};
    const number = this.properties.push(copy) - 1;
    const special = this.#keep(value, new Special("E", number, className, name, message, stack, own["code"]));
    const unsent = Array.isArray(own["unsent"]) ? [...(own["unsent"] as string[])] : [];
    for (const key of Object.keys(own)) {
      if (key === "unsent") continue;
      this.#attempt(() => this.#property(own, key, copy, depth), () => unsent.push(key));
    }
    if (unsent.length > 0) copy["unsent"] = unsent;
    return special;
  }

  /** Runs `step`; whatever it began and did not finish is forgotten. */
  #attempt(step: () => void, failed: () => void): void {
    const copies = this.#copies.size;
    const lives = this.#tree.lives.length;
    const leaves = this.leaves.length;
    const properties = this.properties.length;
    try {
      step();
    } catch (error) {
      void (error instanceof UnserializableError);
      for (const key of [...this.#copies.keys()].slice(copies)) this.#copies.delete(key);
      this.#tree.lives.length = lives;
      this.leaves.length = leaves;
      this.properties.length = properties;
      failed();
    }
  }
}

/** Stands for an instance whose codec has not answered yet. */
const IN_PROGRESS = Symbol("in progress");
