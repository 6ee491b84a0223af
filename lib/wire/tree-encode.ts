// Plain data on its way out: objects, arrays, dates, scalars, binary and live values, written in one
// pass. Each member is read exactly once, since it may be an accessor: when a value turns out to be more
// than a tree, what was read so far is taken from the bytes written so far (see replay.ts).
import type { PassingPolicy } from "../core/values.ts";
import { binaryKindOf, writeBinary } from "./binary.ts";
import type { ByteWriter } from "./bytes.ts";
import { LiveNumbers } from "./live-numbers.ts";
import { writeScalar } from "./scalars.ts";
import { Shape, ShapeTable } from "./shapes.ts";
import { MAX_SHAPES, Tag } from "./tags.ts";
import { MOVED_AWAY, type Path, PROTO, refuse, THEN, tooDeep, unserializable } from "./unserializable.ts";

/** Up to so many objects are searched one by one to see whether one comes again. */
const FEW = 16;
/** Of so many members of a shape it is kept what was found in them. */
const MEMBERS = 64;

/** One for each writer, used for one value after the other, since making it costs more than a small value. */
export class TreeWriter {
  readonly writer: ByteWriter;
  /** Where the value is that is being written. */
  readonly path: Path = [""];
  /** Why `write` answered false: the value that is no part of a tree. */
  failed: unknown = undefined;
  /** Kept for the next value that turns out to be more. */
  replay: { end(): void } | undefined = undefined;
  /** The live values that were met. */
  readonly lives: LiveNumbers = new LiveNumbers();
  policy: PassingPolicy;
  /** What was entered (objects, arrays, dates, binary), in order. */
  #entered: (object | undefined)[] = [];
  #count = 0;
  #enteredSet: Set<object> | undefined = undefined;
  readonly #shapes = new ShapeTable();
  /** Holds values as if they were members of an object. */
  readonly #outermost = new Shape([], new Uint8Array(0));
  /** The number of the value, and how many shapes it has so far. */
  #value = 0;
  #numbered = 0;

  constructor(writer: ByteWriter, policy: PassingPolicy) {
    this.writer = writer;
    this.policy = policy;
  }

  begin(rootName: string, policy: PassingPolicy, lives: object[]): void {
    this.path[0] = rootName;
    this.policy = policy;
    this.lives.begin(lives);
    this.#value += 1;
    this.#numbered = 0;
  }

  /** Lets go of everything of the value. */
  end(): void {
    if (this.#count > FEW) this.#entered = [];
    else for (let index = 0; index < this.#count; index += 1) this.#entered[index] = undefined;
    this.#count = 0;
    if (this.#enteredSet !== undefined) this.#enteredSet = undefined;
    if (this.failed !== undefined) this.failed = undefined;
    this.replay?.end();
    this.lives.end();
  }

  /** What was entered, in order. Behind it nothing stands that is not undefined. */
  get entered(): readonly (object | undefined)[] {
    return this.#entered;
  }

  /** Writes what is no scalar. False: it is more than a tree, and what was written of it must be forgotten. */
  write(value: object, depth: number): boolean {
    return this.#write(value, depth, this.#outermost, 0);
  }

  /** `holder` and `member` tell where the value was found. */
  #write(value: object, depth: number, holder: Shape, member: number): boolean {
    if (typeof value === "symbol") throw unserializable(value, this.path, depth);
    if (this.policy.isLive(value)) {
      this.writer.taggedU32(Tag.live, this.lives.of(value));
      return true;
    }
    if (typeof value === "function") throw unserializable(value, this.path, depth);
    if (depth >= this.writer.limits.depth) throw tooDeep(this.path, this.writer.limits.depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#enter(value) && this.#object(value as Record<string, unknown>, depth, holder, member);
    if (prototype === Array.prototype && Array.isArray(value)) return this.#enter(value) && this.#array(value, depth, holder, member);
    if (prototype === null) return this.#enter(value) && this.#bareObject(value as Record<string, unknown>, depth);
    if (prototype === Date.prototype) return this.#date(value as Date);
    return this.#binary(value, prototype, depth);
  }

  #fail(value: unknown): false {
    this.failed = value;
    return false;
  }

  /** False when the value was entered before. */
  #enter(value: object): boolean {
    const entered = this.#entered;
    const count = this.#count;
    if (count < FEW) {
      for (let index = 0; index < count; index += 1) if (entered[index] === value) return this.#fail(value);
    } else {
      const set = (this.#enteredSet ??= new Set(entered as object[]));
      const { size } = set;
      if (set.add(value).size === size) return this.#fail(value);
    }
    entered[count] = value;
    this.#count = count + 1;
    return true;
  }

  #array(value: readonly unknown[], depth: number, holder: Shape, member: number): boolean {
    const { writer } = this;
    const { length } = value;
    writer.nodes += length + 1;
    writer.u8(Tag.array);
    writer.count(length);
    for (let index = 0; index < length; index += 1) {
      const item = value[index];
      if (item === undefined && !Object.hasOwn(value, index)) return this.#fail(undefined);
      if (writeScalar(writer, item)) continue;
      this.path[depth + 1] = index;
      if (!this.#write(item as object, depth + 1, holder, member)) return false;
    }
    return true;
  }

  #object(value: Record<string, unknown>, depth: number, holder: Shape, member: number): boolean {
    const expected = holder.inside[member];
    if (expected === undefined || !hasKeys(value, expected.keys)) {
      const shape = this.#shapes.find(Object.keys(value));
      if (member < MEMBERS) holder.inside[member] = shape;
      this.#shape(shape, depth);
      return this.#members(value, shape, 0, depth);
    }
    this.#shape(expected, depth);
    const { writer } = this;
    const { keys, hasThen } = expected;
    let index = 0;
    // V8 reads a member quicker by the name that such a loop gives than by the same name from an array.
    for (const key in value) {
      // A getter changed the object.
      if (key !== keys[index]) break;
      const found = value[key];
      index += 1;
      if (writeScalar(writer, found)) continue;
      this.path[depth + 1] = key;
      if (hasThen) this.#checkThen(key, found, depth);
      if (!this.#write(found as object, depth + 1, expected, index - 1)) return false;
    }
    return index === keys.length || this.#members(value, expected, index, depth);
  }

  #bareObject(value: Record<string, unknown>, depth: number): boolean {
    const shape = this.#shapes.find(Object.keys(value));
    this.writer.nodes += shape.keys.length + 1;
    this.writer.u8(Tag.bareObject);
    this.#names(shape, depth);
    return this.#members(value, shape, 0, depth);
  }

  #members(value: Record<string, unknown>, shape: Shape, from: number, depth: number): boolean {
    const { writer } = this;
    const { keys } = shape;
    for (let index = from; index < keys.length; index += 1) {
      const key = keys[index]!;
      const found = value[key];
      if (writeScalar(writer, found)) continue;
      this.path[depth + 1] = key;
      if (shape.hasThen) this.#checkThen(key, found, depth);
      if (!this.#write(found as object, depth + 1, shape, index)) return false;
    }
    return true;
  }

  #checkThen(key: string, member: unknown, depth: number): void {
    if (key === "then" && typeof member === "function") throw refuse(this.path, depth + 1, THEN);
  }

  #shape(shape: Shape, depth: number): void {
    const { writer } = this;
    writer.nodes += shape.keys.length + 1;
    if (shape.value === this.#value) {
      writer.u8(Tag.sameShape);
      writer.u8(shape.number);
      return;
    }
    if (this.#numbered < MAX_SHAPES) {
      shape.value = this.#value;
      shape.number = this.#numbered;
      this.#numbered += 1;
    }
    writer.u8(Tag.object);
    this.#names(shape, depth);
  }

  #names({ bytes, hasProto }: Shape, depth: number): void {
    if (hasProto) {
      this.path[depth + 1] = "__proto__";
      throw refuse(this.path, depth + 1, PROTO);
    }
    this.writer.count(bytes.length);
    this.writer.bytes(bytes);
  }

  #date(value: Date): boolean {
    if (!this.#enter(value)) return false;
    try {
      const time = getTime.call(value);
      this.writer.u8(Tag.date);
      this.writer.f64(time);
      return true;
    } catch {
      // It only inherits from a date.
      return this.#fail(value);
    }
  }

  #binary(value: object, prototype: unknown, depth: number): boolean {
    const kind = binaryKindOf(value, prototype);
    if (kind === -1) return this.#fail(value);
    if (!this.#enter(value)) return false;
    if (!writeBinary(this.writer, value as ArrayBufferView, kind)) throw refuse(this.path, depth, MOVED_AWAY);
    return true;
  }
}

const { getTime } = Date.prototype;

/** Whether a plain object has exactly these members. */
function hasKeys(value: object, keys: readonly string[]): boolean {
  let index = 0;
  for (const key in value) {
    if (key !== keys[index]) return false;
    index += 1;
  }
  return index === keys.length;
}
