// The names of an object's members, written once for all objects of a value that have the same. Both
// sides remember shapes across messages, only to be quicker: the bytes of each value stand on their own.
import { ProtocolError } from "../core/errors.ts";
import { type ByteReader, ByteWriter } from "./bytes.ts";
import { ownProto, tooFew } from "./refusals.ts";
import { MAX_SHAPES } from "./tags.ts";

/** Slots of a table; a newer shape takes the place of an older one. */
const SLOTS = 256;
/** Larger shapes are not remembered: bytes of all names. */
const LARGEST = 1024;

/** The names of an object's members, in order, and how they are written: bytes u8 or more · count · names. */
export class Shape {
  readonly keys: readonly string[];
  readonly bytes: Uint8Array;
  readonly hasThen: boolean;
  readonly hasProto: boolean;
  /** The value in which the shape got its number, and the number. */
  value = 0;
  number = 0;
  /** By member, the shape of the object that was found there last: likely that of the next one. */
  readonly inside: (Shape | undefined)[] = [];

  constructor(keys: readonly string[], bytes: Uint8Array) {
    this.keys = keys;
    this.bytes = bytes;
    this.hasThen = keys.includes("then");
    this.hasProto = keys.includes("__proto__");
  }
}

/** Of one writer: finds the shape of an object that is to be written. */
export class ShapeTable {
  readonly #slots: (Shape | undefined)[] = new Array<undefined>(SLOTS).fill(undefined);
  readonly #scratch = new ByteWriter(256);

  find(keys: readonly string[]): Shape {
    const slot = hashOf(keys);
    const known = this.#slots[slot];
    if (known !== undefined && isSame(known.keys, keys)) return known;
    const scratch = this.#scratch;
    scratch.count(keys.length);
    for (const key of keys) scratch.string(key);
    const shape = new Shape(keys, scratch.detach());
    if (shape.bytes.length <= LARGEST) this.#slots[slot] = shape;
    return shape;
  }
}

function hashOf(keys: readonly string[]): number {
  const count = keys.length;
  if (count === 0) return 0;
  const first = keys[0]!;
  const last = keys[count - 1]!;
  // An empty name has no characters: NaN counts as 0.
  return (count * 31 + first.length * 7 + first.charCodeAt(0) * 5 + last.length * 3 + last.charCodeAt(last.length - 1)) & (SLOTS - 1);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** Of one reader: what the names of a shape are whose bytes were seen before. */
export class ShapeMemory {
  readonly #slots: (Shape | undefined)[] = new Array<undefined>(SLOTS).fill(undefined);
  /** Those of the value that is being read, by number. */
  readonly #numbered: (readonly string[])[] = [];

  /** Another value begins. */
  begin(): void {
    if (this.#numbered.length !== 0) this.#numbered.length = 0;
  }

  numbered(number: number): readonly string[] {
    const keys = this.#numbered[number];
    if (keys === undefined) throw new ProtocolError(`An object of shape ${number}, which was not introduced`);
    return keys;
  }

  /** Reads a shape; it gets the next number if `isNumbered`. */
  read(reader: ByteReader, max: number, isNumbered: boolean): readonly string[] {
    const size = reader.count();
    const at = reader.skip(size);
    const keys = this.#keysOf(reader, at, size, max);
    if (isNumbered && this.#numbered.length < MAX_SHAPES) this.#numbered.push(keys);
    return keys;
  }

  #keysOf(reader: ByteReader, at: number, size: number, max: number): readonly string[] {
    const { bytes } = reader;
    const slot = (size * 31 + bytes[at + size - 1]! * 7 + bytes[at + (size >> 1)]! * 5 + bytes[at + 3]!) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isSameBytes(known.bytes, bytes, at, size)) return known.keys;
    const keys = readKeys(reader, at, at + size, max);
    if (size <= LARGEST) this.#slots[slot] = new Shape(keys, Uint8Array.prototype.slice.call(bytes, at, at + size));
    return keys;
  }
}

function isSameBytes(known: Uint8Array, bytes: Uint8Array, at: number, size: number): boolean {
  if (known.length !== size) return false;
  for (let index = 0; index < size; index += 1) if (known[index] !== bytes[at + index]) return false;
  return true;
}

function readKeys(reader: ByteReader, start: number, end: number, max: number): string[] {
  reader.position = start;
  const count = reader.count();
  // Each name takes two bytes or more.
  if (count * 2 > end - start) throw tooFew("members", count);
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = reader.string(max);
    if (key === "__proto__") throw ownProto();
    keys.push(key);
  }
  if (reader.position !== end) throw new ProtocolError("An object's names are not as long as they claim");
  return keys;
}
