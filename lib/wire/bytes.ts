// Where bytes go and where they come from: a growing buffer to write into, and a cursor over received
// bytes that never reads past its end. Both are on the path of every call, so they hold no views
// beside the bytes and make nothing while they work.
import { ProtocolError } from "../core/errors.ts";
import { Tag } from "./tags.ts";

/** What Node's buffers have beside what is documented; these skip the parsing of an encoding's name. */
interface NativeText {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  ucs2Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, offset: number, length: number): number;
  ucs2Write(this: Uint8Array, text: string, offset: number, length: number): number;
}
const { latin1Slice, utf8Slice, ucs2Slice, utf8Write, ucs2Write } = Buffer.prototype as unknown as NativeText;

/** Newer than the language level that the compiler is set to; Node 20 has it. */
type WellFormedString = string & { isWellFormed(): boolean };

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);

/** Up to this length it is quicker to go character by character than to call into Node. */
const SHORT = 24;
/** From this length on a string's size is measured first, so that no room is wasted. */
const MEASURED = 16 * 1024;

export class ByteWriter {
  buffer: Buffer;
  length = 0;
  /** How many of the bytes belong to segments, which limits on text do not count. */
  binary = 0;
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
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  u8(value: number): void {
    if (this.length === this.buffer.length) this.#grow(this.length + 1);
    this.buffer[this.length] = value;
    this.length += 1;
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
    const { buffer, length } = this;
    buffer[length] = value;
    buffer[length + 1] = value >>> 8;
    buffer[length + 2] = value >>> 16;
    buffer[length + 3] = value >>> 24;
    this.length = length + 4;
  }

  f64(value: number): void {
    this.ensure(8);
    const { buffer, length } = this;
    scratch[0] = value;
    for (let index = 0; index < 8; index += 1) buffer[length + index] = scratchBytes[index]!;
    this.length = length + 8;
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
    this.ensure(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Up to 254 in a byte; more are announced by 255. */
  count(count: number): void {
    if (count < 255) return this.u8(count);
    this.u8(255);
    this.u32(count);
  }

  /** A tagged string. */
  string(text: string): void {
    const size = text.length;
    if (size > SHORT) return this.#long(text);
    this.ensure(size + 2);
    const { buffer } = this;
    const start = this.length + 2;
    for (let index = 0; index < size; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 255) return this.#long(text);
      buffer[start + index] = code;
    }
    buffer[start - 2] = Tag.text;
    buffer[start - 1] = size;
    this.length = start + size;
  }

  #long(text: string): void {
    const room = text.length > MEASURED ? Buffer.byteLength(text) : text.length * 3;
    this.ensure(room + 5);
    const start = this.length + 5;
    const size = utf8Write.call(this.buffer, text, start, room);
    // UTF-8 of the same length is ASCII, which is read faster as a byte a character.
    if (size === text.length) this.#tagged(Tag.latin1, size);
    else if ((text as WellFormedString).isWellFormed()) this.#tagged(Tag.utf8, size);
    else {
      this.ensure(text.length * 2 + 5);
      this.#tagged(Tag.utf16, ucs2Write.call(this.buffer, text, start, text.length * 2));
    }
  }

  #tagged(tag: number, size: number): void {
    this.buffer[this.length] = tag;
    this.setU32(this.length + 1, size);
    this.length += size + 5;
  }

  /** Forgets what was written from `length` on. */
  truncate(length: number): void {
    this.length = length;
    if (length === 0) this.binary = 0;
  }

  /** What was written, now the caller's own. The writer begins anew. */
  detach(): Uint8Array {
    const { buffer, length } = this;
    this.length = 0;
    this.binary = 0;
    if (length * 2 > buffer.length) {
      this.buffer = Buffer.allocUnsafeSlow(this.#capacity);
      return length === buffer.length ? buffer : buffer.subarray(0, length);
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    bytes.set(buffer.subarray(0, length));
    return bytes;
  }
}

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
  /** Shapes of objects that this message has introduced. */
  readonly shapes: (readonly string[])[] = [];

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
    if (this.shapes.length !== 0) this.shapes.length = 0;
  }

  /** Moves past `size` bytes and answers where they begin. */
  skip(size: number): number {
    const at = this.position;
    if (size > this.end - at) throw new ProtocolError(`A value ends ${size - (this.end - at)} bytes after its frame`);
    this.position = at + size;
    return at;
  }

  u8(): number {
    const at = this.position;
    if (at >= this.end) throw new ProtocolError("A value ends after its frame");
    this.position = at + 1;
    return this.bytes[at]!;
  }

  u16(): number {
    const at = this.skip(2);
    const { bytes } = this;
    return bytes[at]! | (bytes[at + 1]! << 8);
  }

  u32(): number {
    const at = this.skip(4);
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  i32(): number {
    return this.u32() | 0;
  }

  f64(): number {
    const at = this.skip(8);
    const { bytes } = this;
    for (let index = 0; index < 8; index += 1) scratchBytes[index] = bytes[at + index]!;
    return scratch[0]!;
  }

  count(): number {
    const count = this.u8();
    return count === 255 ? this.u32() : count;
  }

  /** A tagged string of at most `max` bytes. */
  string(max: number): string {
    return this.text(this.u8(), max);
  }

  /** A string whose tag was read. */
  text(tag: number, max: number): string {
    const size = tag === Tag.text ? this.u8() : this.u32();
    if (size > max) throw new ProtocolError(`A text of ${size} bytes, where ${max} are allowed`);
    const at = this.skip(size);
    const end = at + size;
    switch (tag) {
      case Tag.text:
      case Tag.latin1: return size <= SHORT ? shortText(this.bytes, at, end) : latin1Slice.call(this.bytes, at, end);
      case Tag.utf8: return utf8Slice.call(this.bytes, at, end);
      case Tag.utf16: return ucs2Slice.call(this.bytes, at, end);
      default: throw new ProtocolError(`A text with tag ${tag}`);
    }
  }
}

function shortText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at]!);
  return text;
}
