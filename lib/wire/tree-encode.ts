// Plain data on its way out: objects, arrays, scalars, binary and live values, written in one pass.
// Each member is read exactly once, since it may be an accessor; what was read is kept in a log until
// the value is written, so that it can be written in another way without being read again.
import type { PassingPolicy } from "../core/values.ts";
import { binaryKindOf, writeBinary } from "./binary.ts";
import type { ByteWriter } from "./bytes.ts";
import { writeScalar } from "./scalars.ts";
import { Tag } from "./tags.ts";
import { MAX_DEPTH, type Path, refuse, tooDeep, unserializable } from "./unserializable.ts";

/** Shapes that can be named again in one message; both sides count alike. */
export const MAX_SHAPES = 255;
/** Up to so many objects are searched one by one. */
const FEW = 16;

export class TreeWriter {
  readonly writer: ByteWriter;
  readonly policy: PassingPolicy;
  readonly lives: object[];
  readonly path: Path;
  /** All that was read, in order: each value, and after one that was entered its keys or its length. */
  readonly log: unknown[] = [];
  /** The objects that were entered, in order. */
  readonly entered: object[] = [];
  #enteredSet: Set<object> | undefined;
  readonly #shapes: (readonly string[])[] = [];
  #lastShape = 0;

  constructor(writer: ByteWriter, rootName: string, policy: PassingPolicy, lives: object[]) {
    this.writer = writer;
    this.policy = policy;
    this.lives = lives;
    this.path = [rootName];
  }

  /** Writes what is no scalar. False: it is more than a tree, and what was written of it must be forgotten. */
  write(value: object, depth: number): boolean {
    const { writer } = this;
    if (typeof value === "symbol") throw unserializable(value, this.path, depth);
    if (this.policy.isLive(value)) {
      writer.u8(Tag.live);
      writer.u32(liveNumber(this.lives, value));
      return true;
    }
    if (typeof value === "function") throw unserializable(value, this.path, depth);
    if (depth >= MAX_DEPTH) throw tooDeep(this.path);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#object(value as Record<string, unknown>, depth, Tag.object);
    if (prototype === Array.prototype && Array.isArray(value)) return this.#array(value, depth);
    if (prototype === null) return this.#object(value as Record<string, unknown>, depth, Tag.bareObject);
    const kind = binaryKindOf(value, prototype);
    if (kind === -1 || !this.#enter(value)) return false;
    if (!writeBinary(writer, value as ArrayBufferView, kind)) throw refuse(this.path, depth, "its memory was moved away; send it before transfer(), or send a copy");
    return true;
  }

  #enter(value: object): boolean {
    const { entered } = this;
    if (entered.length < FEW) {
      if (entered.includes(value)) return false;
    } else {
      const set = (this.#enteredSet ??= new Set(entered));
      const { size } = set;
      if (set.add(value).size === size) return false;
    }
    entered.push(value);
    return true;
  }

  #array(value: readonly unknown[], depth: number): boolean {
    if (!this.#enter(value)) return false;
    const { writer, log, path } = this;
    const { length } = value;
    log.push(length);
    writer.u8(Tag.array);
    writer.count(length);
    for (let index = 0; index < length; index += 1) {
      const item = value[index];
      log.push(item);
      if (item === undefined && !Object.hasOwn(value, index)) return false;
      if (writeScalar(writer, item)) continue;
      path[depth + 1] = index;
      if (!this.write(item as object, depth + 1)) return false;
    }
    return true;
  }

  #object(value: Record<string, unknown>, depth: number, tag: number): boolean {
    if (!this.#enter(value)) return false;
    const { writer, log, path } = this;
    const keys = Object.keys(value);
    log.push(keys);
    this.#shape(keys, depth, tag);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index]!;
      const member = value[key];
      log.push(member);
      if (writeScalar(writer, member)) continue;
      path[depth + 1] = key;
      if (key === "then" && typeof member === "function") throw refuse(path, depth + 1, THEN);
      if (!this.write(member as object, depth + 1)) return false;
    }
    return true;
  }

  #shape(keys: readonly string[], depth: number, tag: number): void {
    const { writer } = this;
    const shapes = this.#shapes;
    if (tag === Tag.object) {
      for (let tried = 0; tried < Math.min(shapes.length, 8); tried += 1) {
        const number = (this.#lastShape + tried) % shapes.length;
        if (!sameKeys(shapes[number]!, keys)) continue;
        this.#lastShape = number;
        writer.u8(Tag.sameShape);
        writer.u8(number);
        return;
      }
      if (shapes.length < MAX_SHAPES) this.#lastShape = shapes.push(keys) - 1;
    }
    writer.u8(tag);
    writer.count(keys.length);
    for (const key of keys) {
      if (key === "__proto__") throw refuse([...this.path.slice(0, depth + 1), key], depth + 1, PROTO);
      writer.string(key);
    }
  }
}

export const THEN = "an own method `then` would make whoever awaits the value wait for it; rename it";
export const PROTO = "an own property `__proto__` cannot be sent; rename it, or send a Map";

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** The number of a live value in its message, the same one each time. */
export function liveNumber(lives: object[], value: object): number {
  const known = lives.indexOf(value);
  return known === -1 ? lives.push(value) - 1 : known;
}
