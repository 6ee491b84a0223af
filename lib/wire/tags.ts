// The first byte of each value, which tells how the rest of it is written.
//
// Scalars, strings, binary, plain objects and arrays are a tree of tagged values. A value that is not
// such a tree (see rich-encode.ts) stands under `rich` as text of devalue beside its segments.

export const Tag = {
  /** Says nothing and is skipped: brings what follows to a multiple of 8. */
  pad: 0,
  undefined: 1,
  null: 2,
  false: 3,
  true: 4,
  /** i32 */
  int: 5,
  /** f64 */
  double: 6,
  /** i64 */
  bigint: 7,
  /** A string of hexadecimal digits, `-` before it when negative. */
  bigintText: 8,
  /** u8 bytes · a byte a character */
  text: 9,
  /** u32 bytes · a byte a character */
  longText: 10,
  /** u32 bytes · UTF-16, lone surrogates too */
  wideText: 11,
  /** f64 milliseconds, NaN when invalid */
  date: 12,
  /** u32: a number in the message's table of live values */
  live: 13,
  /** kind u8 · padding u8 · bytes u32 · padding · bytes */
  binary: 14,
  /** count · values */
  array: 15,
  /** shape · values */
  object: 16,
  /** The same for an object without a prototype. Its shape gets no number. */
  bareObject: 17,
  /** The number of an earlier shape of the value, u8 · values */
  sameShape: 18,
  /** count · leaves (binary and strings) · text of devalue */
  rich: 19,
  /** In place of the arguments from here on, which share objects or are rich: all of them in one rich array. */
  tuple: 20,
  /** Four strings, the class, name, message and stack of an error · a value, its own properties. */
  error: 21,
  /** 128 to 255: the numbers 0 to 127. */
  small: 128,
} as const;

/** Shapes that get a number in one value; both sides count alike. */
export const MAX_SHAPES = 256;

/** A sparse array may be so long whatever it holds, and so many times as long as it has items. */
export const SPARSE_LENGTH = 65_536;
export const SPARSE_RATIO = 64;

/** What a segment of bytes is. */
export const BinaryKind = {
  ArrayBuffer: 0,
  Buffer: 1,
  Int8Array: 2,
  Uint8Array: 3,
  Uint8ClampedArray: 4,
  Int16Array: 5,
  Uint16Array: 6,
  Int32Array: 7,
  Uint32Array: 8,
  Float32Array: 9,
  Float64Array: 10,
  BigInt64Array: 11,
  BigUint64Array: 12,
  DataView: 13,
} as const;
