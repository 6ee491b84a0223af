// Where bytes go and where they come from: a growing buffer to write into, and a cursor over received
// bytes that never reads past its end. Both are on the path of every call, so they hold no views
// beside the bytes and make nothing while they work.
import { ProtocolError } from "../core/errors.ts";
import type { ValueLimits } from "../core/values.ts";
import { UNLIMITED } from "./limits.ts";
import { tooMuchText, tooShort } from "./refusals.ts";
import { SHORT_TEXT, shortText } from "./short-text.ts";
import { Tag } from "./tags.ts";

/** What Node's buffers have beside what is documented; these skip the parsing of an encoding's name. */
interface NativeText {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  ucs2Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, offset: number, length: number): number;
  ucs2Write(this: Uint8Array, text: string, offset: number, length: number): number;
}
const { latin1Slice, ucs2Slice, latin1Write, ucs2Write } = Buffer.prototype as unknown as NativeText;

/**
 * Whether a string needs more than a byte a character. V8 knows without looking for strings that it
 * keeps so (20 ns for any length), where counting the bytes of UTF-8 would go through all of it.
 */
const WIDE = /[^\0-\xff]/;
/** Up to this length it is quicker to go character by character than to call into Node. */
const SHORT_TO_WRITE = 20;
/** The same for bytes. */
const FEW_BYTES = 48;

/** Room beyond what is needed now. */
const ROOM = 512;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

export class ByteWriter {
  buffer: Buffer;
  length = 0;
  /** How many of the bytes belong to segments, which limits on text do not count. */
  binary = 0;
  /** Objects, arrays and their members written since this was set to 0. */
  nodes = 0;
  /** What is written at most; those who write values hold themselves to it. */
  limits: ValueLimits = UNLIMITED;
  /** What the encoding of values keeps from one message to the next; see `TreeWriter`. */
  workspace: object | undefined = undefined;
  readonly #capacity: number;

  /** @param capacity bytes to begin with */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `size` more bytes. */
  ensure(size: number): void {
    const needed = this.length + size;
    if (needed > this.buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    // What follows something large is small, and must not have it copied once more.
    const grown = Buffer.allocUnsafeSlow(Math.max(needed + ROOM, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  u8(value: number): void {
    const at = this.length;
    if (at >= this.buffer.length) this.#grow(at + 1);
    this.buffer[at] = value;
    this.length = at + 1;
  }

  u16(value: number): void {
    this.ensure(2);
    const { buffer, length } = this;
    buffer[length] = value;
    buffer[length + 1] = value >>> 8;
    this.length = length + 2;
  }

  u32(value: number): void {
    this.ensure(4);
    const at = this.length;
    this.setU32(at, value);
    this.length = at + 4;
  }

  f64(value: number): void {
    this.ensure(8);
    double[0] = value;
    const at = this.length;
    this.setU32(at, halves[0]!);
    this.setU32(at + 4, halves[1]!);
    this.length = at + 8;
  }

  /** A tag and an `i32`, at once. */
  taggedU32(tag: number, value: number): void {
    this.ensure(5);
    const at = this.length;
    this.buffer[at] = tag;
    this.setU32(at + 1, value);
    this.length = at + 5;
  }

  /** Overwrites what was written at `at`. */
  setU32(at: number, value: number): void {
    const { buffer } = this;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
  }

  bytes(bytes: Uint8Array): void {
    const size = bytes.length;
    this.ensure(size);
    const { buffer, length } = this;
    if (size <= FEW_BYTES) for (let index = 0; index < size; index += 1) buffer[length + index] = bytes[index]!;
    else buffer.set(bytes, length);
    this.length = length + size;
  }

  /** Up to 254 in a byte; more are announced by 255. */
  count(count: number): void {
    if (count < 255) this.u8(count);
    else this.taggedU32(255, count);
  }

  /** A tagged string. */
  string(text: string): void {
    const size = text.length;
    if (size > SHORT_TO_WRITE) return this.#long(text, size);
    this.ensure(size + 2);
    const { buffer } = this;
    const start = this.length + 2;
    for (let index = 0; index < size; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 255) return this.#wide(text);
      buffer[start + index] = code;
    }
    buffer[start - 2] = Tag.text;
    buffer[start - 1] = size;
    this.length = start + size;
  }

  #long(text: string, size: number): void {
    if (WIDE.test(text)) return this.#wide(text);
    this.ensure(size + 5);
    if (size < 256) {
      this.u8(Tag.text);
      this.u8(size);
    } else {
      this.taggedU32(Tag.longText, size);
    }
    latin1Write.call(this.buffer, text, this.length, size);
    this.length += size;
  }

  #wide(text: string): void {
    const size = text.length * 2;
    this.ensure(size + 5);
    this.taggedU32(Tag.wideText, size);
    ucs2Write.call(this.buffer, text, this.length, size);
    this.length += size;
    // Limits count characters.
    this.binary += text.length;
  }

  /** Forgets what was written from `length` on. */
  truncate(length: number): void {
    this.length = length;
    if (length !== 0) return;
    this.binary = 0;
    this.nodes = 0;
  }

  /** What was written, now the caller's own. The writer begins anew. */
  detach(): Uint8Array {
    const { buffer, length } = this;
    this.length = 0;
    this.binary = 0;
    if (length === buffer.length || length > SHARED_MEMORY_IS_WASTE) {
      this.buffer = Buffer.allocUnsafeSlow(this.#capacity);
      return length === buffer.length ? buffer : buffer.subarray(0, length);
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    bytes.set(buffer.subarray(0, length));
    return bytes;
  }
}

/** From this size on a batch is handed over as it lies, with the room behind it, rather than copied. */
const SHARED_MEMORY_IS_WASTE = 32 * 1024;

const NOTHING = new Uint8Array(0);

export class ByteReader {
  bytes: Uint8Array = NOTHING;
  position = 0;
  end = 0;
  /** Where the frame begins. */
  start = 0;
  /** The bytes may be kept by what is read from them. */
  owned = false;
  /** How many of the bytes read so far belong to segments. */
  binary = 0;
  /** Objects, arrays and their members read so far. */
  nodes = 0;
  /** What the decoding of values keeps; see `shapes.ts`. */
  workspace: object | undefined = undefined;

  /**
   * Reads from now on `bytes` from `start` up to `end`.
   *
   * @param owned nobody else writes to the bytes, and nothing else is read from them afterwards
   */
  reset(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.bytes = bytes;
    this.start = start;
    this.position = start;
    this.end = end;
    this.owned = owned;
    this.binary = 0;
    this.nodes = 0;
  }

  /** Lets go of the bytes. */
  clear(): void {
    this.reset(NOTHING, 0, 0, false);
  }

  /** Moves past `size` bytes and answers where they begin. */
  skip(size: number): number {
    const at = this.position;
    if (size > this.end - at) throw tooShort();
    this.position = at + size;
    return at;
  }

  u8(): number {
    const at = this.position;
    if (at >= this.end) throw tooShort();
    this.position = at + 1;
    return this.bytes[at]!;
  }

  u16(): number {
    const at = this.skip(2);
    const { bytes } = this;
    return bytes[at]! | (bytes[at + 1]! << 8);
  }

  i32(): number {
    const at = this.skip(4);
    const { bytes } = this;
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  f64(): number {
    const at = this.skip(8);
    const { bytes } = this;
    halves[0] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    halves[1] = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    return double[0]!;
  }

  count(): number {
    const count = this.u8();
    return count === 255 ? this.u32() : count;
  }

  /** A tagged string, with which the message has at most `max` bytes of text. */
  string(max: number): string {
    return this.text(this.u8(), max);
  }

  /** A string whose tag was read. */
  text(tag: number, max: number): string {
    if (tag === Tag.text) {
      const size = this.u8();
      const at = this.skip(size);
      if (at + size - this.start - this.binary > max) throw tooMuchText(max);
      return size <= SHORT_TEXT ? shortText(this.bytes, at, size) : latin1Slice.call(this.bytes, at, at + size);
    }
    return this.#long(tag, max);
  }

  #long(tag: number, max: number): string {
    if (tag !== Tag.longText && tag !== Tag.wideText) throw new ProtocolError(`A string with tag ${tag}`);
    const size = this.u32();
    const at = this.skip(size);
    const characters = tag === Tag.wideText ? size / 2 : size;
    if (at - this.start - this.binary + characters > max) throw tooMuchText(max);
    if (tag === Tag.longText) return latin1Slice.call(this.bytes, at, at + size);
    if ((size & 1) !== 0) throw new ProtocolError("A wide string with half a character");
    // Limits count characters.
    this.binary += characters;
    return ucs2Slice.call(this.bytes, at, at + size);
  }
}
