// Values that are more than a tree of plain data: cycles, shared objects, holes, Map, Set, Date, RegExp,
// URL, Error, registered classes. A copy is taken that devalue can write: binary, live values and long
// strings are lifted out of it, and what devalue does not know becomes a `Special`.
import { stringify } from "devalue";
import { errorToRecord, isError, publicRecord } from "../core/error-record.ts";
import type { ClassCodec } from "../core/values.ts";
import { binaryKindOf, writeBinary } from "./binary.ts";
import { brandOf, hrefOf, isPlainArray, isPlainObject } from "./brands.ts";
import { type Replay, replayOf } from "./replay.ts";
import { countNodes } from "./rich-check.ts";
import type { TreeWriter } from "./tree-encode.ts";
import { SPARSE_LENGTH, SPARSE_RATIO, Tag } from "./tags.ts";
import { CHANGED, MOVED_AWAY, type Path, PROTO, refuse, THEN, tooDeep, unserializable } from "./unserializable.ts";

/** From this length on a string stands beside the text, where it costs a tenth. */
const LONG_STRING = 512;
/** What devalue is given instead of a value that it does not know. The first part tells what it is. */
class Special {
  readonly parts: readonly unknown[];
  constructor(...parts: readonly unknown[]) {
    this.parts = parts;
  }
}

// Taken at once, so that what a getter adds meanwhile does not keep them going.
const { entries: entriesOf } = Map.prototype;
const { values: valuesOf } = Set.prototype;

const reducers = { S: (value: unknown): unknown => value instanceof Special && value.parts };

/** Writes one value, of which `tree` has written a part from `start` on; takes that part's place. */
export function writeRich(tree: TreeWriter, value: unknown, start: number, binary: number): void {
  const snapshot = new Snapshot(tree, start);
  write(tree, snapshot, snapshot.take(value, 0), start, binary, Tag.rich);
}

/** The same for the arguments of a call from number `from` on. */
export function writeRichArguments(tree: TreeWriter, args: readonly unknown[], from: number, start: number, binary: number): void {
  const snapshot = new Snapshot(tree, start);
  write(tree, snapshot, snapshot.takeArguments(args, from), start, binary, Tag.tuple);
}

function write(
  { writer, path }: TreeWriter,
  { properties, leaves }: Snapshot,
  copy: unknown,
  start: number,
  binary: number,
  tag: number,
): void {
  const text = stringify([properties.length === 0 ? 0 : new Special("P", properties), copy], reducers);
  writer.length = start;
  writer.binary = binary;
  // Each takes a character or more.
  if (writer.nodes + text.length > writer.limits.nodes) writer.nodes += countNodes(text);
  writer.u8(tag);
  writer.count(leaves.length);
  for (const leaf of leaves) {
    if (typeof leaf === "string") writer.string(leaf);
    else if (!writeBinary(writer, leaf.value, leaf.kind)) throw refuse(path, 0, `of the binary in it, ${MOVED_AWAY}`);
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
  /** Each error and its own properties, which stand apart from it, since they may lead back to it. */
  readonly properties: [error: Special, own: Record<string, unknown>][] = [];
  readonly #tree: TreeWriter;
  readonly #path: Path;
  readonly #replay: Replay;
  readonly #copies = new Map<object, unknown>();

  constructor(tree: TreeWriter, start: number) {
    this.#tree = tree;
    this.#path = tree.path;
    this.#replay = replayOf(tree, start);
  }

  takeArguments(args: readonly unknown[], from: number): unknown[] {
    const copies: unknown[] = [];
    for (let index = from; index < args.length; index += 1) {
      this.#path[1] = index;
      copies.push(this.take(this.#read(args, index, 0), 1));
    }
    return copies;
  }

  /** What the tree has read already is never read again. */
  #read(object: object, key: string | number, depth: number): unknown {
    const replay = this.#replay;
    if (replay.isOver) return (object as Record<string | number, unknown>)[key];
    if (replay.isLost) throw refuse(this.#path, depth, CHANGED);
    return replay.next();
  }

  take(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return this.#text(value);
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

  #text(text: string): unknown {
    return text.length >= LONG_STRING ? new Special("T", this.leaves.push(text) - 1) : text;
  }

  #object(value: object, depth: number): unknown {
    const known = this.#copies.get(value);
    if (known === IN_PROGRESS)
      throw refuse(this.#path, depth, "an instance of a registered class contains itself, so that neither can be made first");
    if (known !== undefined) return known;
    const { policy, lives } = this.#tree;
    if (policy.isLive(value)) return this.#keep(value, new Special("L", lives.of(value)));
    if (typeof value === "function") throw unserializable(value, this.#path, depth);
    const { limits } = this.#tree.writer;
    if (depth >= limits.depth) throw tooDeep(this.#path, limits.depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (isPlainArray(value, prototype)) return this.#array(value, depth);
    if (isPlainObject(value, prototype)) return this.#plain(value as Record<string, unknown>, prototype, depth);
    return this.#instance(value, prototype, depth);
  }

  #keep<T>(value: object, copy: T): T {
    this.#copies.set(value, copy);
    return copy;
  }

  #array(value: readonly unknown[], depth: number): unknown[] {
    const length = this.#replay.isNext(value) ? this.#replay.length() : value.length;
    const copy: unknown[] = this.#keep(value, []);
    if (length > SPARSE_LENGTH && Object.keys(value).length < length) return this.#sparse(value, length, copy, depth);
    copy.length = length;
    for (let index = 0; index < length; index += 1) this.#item(value, index, copy, depth);
    return copy;
  }

  /** Goes through what is there, since what is not may be four thousand million times as much. */
  #sparse(value: readonly unknown[], length: number, copy: unknown[], depth: number): unknown[] {
    const indices = Object.keys(value).filter((key) => String(Number(key) >>> 0) === key && Number(key) < length);
    if (length > indices.length * SPARSE_RATIO) {
      throw refuse(this.#path, depth, `an array of length ${length} with ${indices.length} items is too sparse to be sent; send a Map`);
    }
    copy.length = length;
    let next = 0;
    for (const index of indices) {
      // At the first hole the tree gave up, and its log ends with that.
      if (Number(index) > next && !this.#replay.isOver) this.#read(value, next, depth);
      this.#item(value, Number(index), copy, depth);
      next = Number(index) + 1;
    }
    return copy;
  }

  #item(value: readonly unknown[], index: number, copy: unknown[], depth: number): void {
    this.#path[depth + 1] = index;
    const item = this.#read(value, index, depth);
    if (item === undefined && !Object.hasOwn(value, index)) return;
    copy[index] = this.take(item, depth + 1);
  }

  #plain(value: Record<string, unknown>, prototype: unknown, depth: number): object {
    const keys = this.#replay.isNext(value) ? this.#replay.keys() : Object.keys(value);
    const copy = this.#keep(value, (prototype === null ? Object.create(null) : {}) as Record<string, unknown>);
    for (const key of keys) this.#property(value, key, copy, depth);
    return copy;
  }

  #property(value: object, key: string, copy: Record<string, unknown>, depth: number): void {
    this.#path[depth + 1] = key;
    if (key === "__proto__") throw refuse(this.#path, depth + 1, PROTO);
    const member = this.#read(value, key, depth);
    if (key === "then" && typeof member === "function") throw refuse(this.#path, depth + 1, THEN);
    copy[key] = this.take(member, depth + 1);
  }

  #instance(value: object, prototype: unknown, depth: number): unknown {
    const { policy } = this.#tree;
    const codec = policy.classCodecOf(value);
    if (codec !== undefined) return this.#registered(value, codec, depth);
    const kind = binaryKindOf(value, prototype);
    if (kind !== -1) return this.#keep(value, new Special("B", this.leaves.push({ value: value as ArrayBufferView, kind }) - 1));
    if (isError(value)) return this.#error(value, depth);
    switch (brandOf(value, prototype as object)) {
      case "Map":
        return this.#map(value as Map<unknown, unknown>, depth);
      case "Set":
        return this.#set(value as Set<unknown>, depth);
      case "Date":
        return this.#keep(value, new Date(Date.prototype.getTime.call(value)));
      case "RegExp":
        return this.#keep(value, new RegExp(value as RegExp));
      case "URL":
        return this.#keep(value, new Special("U", hrefOf(value)));
      case "boxed":
        return this.#keep(value, Object((value as { valueOf(): unknown }).valueOf()) as object);
      default:
        throw unserializable(value, this.#path, depth);
    }
  }

  #map(value: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = this.#keep(value, new Map<unknown, unknown>());
    for (const [key, item] of Array.from(entriesOf.call(value))) {
      this.#path[depth + 1] = `<key ${copy.size}>`;
      const copiedKey = this.take(key, depth + 1);
      this.#path[depth + 1] = typeof key === "string" ? key : `<value ${copy.size}>`;
      copy.set(copiedKey, this.take(item, depth + 1));
    }
    return copy;
  }

  #set(value: Set<unknown>, depth: number): Set<unknown> {
    const copy = this.#keep(value, new Set<unknown>());
    for (const item of Array.from(valuesOf.call(value))) {
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
    const special = this.#keep(value, new Special("E", className, name, this.#text(message), this.#text(stack), own["code"]));
    const unsent = Array.isArray(own["unsent"]) ? [...(own["unsent"] as string[])] : [];
    for (const key of Object.keys(own)) {
      if (key === "unsent") continue;
      this.#attempt(
        () => this.#property(own, key, copy, depth),
        () => unsent.push(key),
      );
    }
    if (unsent.length > 0) copy["unsent"] = unsent;
    if (Object.keys(copy).length > 0) this.properties.push([special, copy]);
    return special;
  }

  /** Runs `step`; whatever it began and did not finish is forgotten. */
  #attempt(step: () => void, failed: () => void): void {
    const copies = this.#copies.size;
    const lives = this.#tree.lives.list.length;
    const leaves = this.leaves.length;
    const properties = this.properties.length;
    try {
      step();
    } catch {
      for (const key of [...this.#copies.keys()].slice(copies)) this.#copies.delete(key);
      this.#tree.lives.truncate(lives);
      this.leaves.length = leaves;
      this.properties.length = properties;
      failed();
    }
  }
}

/** Stands for an instance whose codec has not answered yet. */
const IN_PROGRESS = Symbol("in progress");
