// Tagged values on their way in. Nothing is made that the bytes do not pay for: counts are held against
// what is left of the frame and against the limits before anything is allocated.
import { ProtocolError } from "../core/errors.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import { readBinary } from "./binary.ts";
import type { ByteReader } from "./bytes.ts";
import { methodThen, nestedTooDeep, tooFew, tooManyNodes, tooMuchText } from "./refusals.ts";
import { readRich } from "./rich-decode.ts";
import { readBigInt, readBigIntText } from "./scalars.ts";
import { ShapeMemory } from "./shapes.ts";
import { Tag } from "./tags.ts";
import { wholeError } from "./whole-error.ts";
import { WIDE_FROM, wideObject } from "./wide-object.ts";

/** Reads one value, which stands `depth` levels deep. */
export function readValue(
  reader: ByteReader,
  policy: PassingPolicy,
  limits: ValueLimits,
  lives: readonly unknown[],
  depth: number,
): unknown {
  let tag = reader.u8();
  if (tag >= Tag.small) return tag - Tag.small;
  while (tag === Tag.pad) tag = reader.u8();
  switch (tag) {
    case Tag.undefined:
      return undefined;
    case Tag.null:
      return null;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.int:
      return reader.i32();
    case Tag.double:
      return reader.f64();
    case Tag.text:
    case Tag.longText:
    case Tag.wideText:
      return reader.text(tag, limits.text);
    case Tag.object:
      return readObject(reader, shapesOf(reader).read(reader, limits.text, true), policy, limits, lives, depth);
    case Tag.sameShape:
      return readObject(reader, shapesOf(reader).numbered(reader.u8()), policy, limits, lives, depth);
    case Tag.array:
      return readArray(reader, policy, limits, lives, depth);
    case Tag.live:
      return readLive(reader, lives);
    case Tag.binary:
      return readBinary(reader);
    default:
      return readRare(tag, reader, policy, limits, lives, depth);
  }
}

function readRare(
  tag: number,
  reader: ByteReader,
  policy: PassingPolicy,
  limits: ValueLimits,
  lives: readonly unknown[],
  depth: number,
): unknown {
  switch (tag) {
    case Tag.date:
      return new Date(reader.f64());
    case Tag.bigint:
      return readBigInt(reader);
    case Tag.bigintText:
      return readBigIntText(reader, limits.text);
    case Tag.bareObject:
      return readBareObject(reader, policy, limits, lives, depth);
    case Tag.error:
      return wholeError(reader, limits, () => readValue(reader, policy, limits, lives, depth + 1));
    case Tag.rich:
      return readRich(reader, policy, limits, lives);
    default:
      throw tag >= Tag.small ? new ProtocolError("Padding that ends in no value") : new ProtocolError(`A value with unknown tag ${tag}`);
  }
}

/** The shapes that a reader remembers. */
export function shapesOf(reader: ByteReader): ShapeMemory {
  return (reader.workspace ??= new ShapeMemory()) as ShapeMemory;
}

function readLive(reader: ByteReader, lives: readonly unknown[]): unknown {
  const number = reader.u32();
  if (number >= lives.length) throw new ProtocolError(`A value names live value ${number} of ${lives.length}`);
  return lives[number];
}

function readArray(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[], depth: number): unknown[] {
  const count = reader.count();
  account(reader, limits, count, depth);
  const array: unknown[] = new Array(count);
  for (let index = 0; index < count; index += 1) array[index] = readValue(reader, policy, limits, lives, depth + 1);
  accountAfter(reader, limits);
  return array;
}

function readObject(
  reader: ByteReader,
  keys: readonly string[],
  policy: PassingPolicy,
  limits: ValueLimits,
  lives: readonly unknown[],
  depth: number,
): object {
  const object: Record<string, unknown> = keys.length < WIDE_FROM ? {} : wideObject();
  readMembers(object, reader, keys, policy, limits, lives, depth);
  return object;
}

function readBareObject(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[], depth: number): object {
  const object = Object.create(null) as Record<string, unknown>;
  readMembers(object, reader, shapesOf(reader).read(reader, limits.text, false), policy, limits, lives, depth);
  return object;
}

function readMembers(
  object: Record<string, unknown>,
  reader: ByteReader,
  keys: readonly string[],
  policy: PassingPolicy,
  limits: ValueLimits,
  lives: readonly unknown[],
  depth: number,
): void {
  account(reader, limits, keys.length, depth);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]!;
    const value = readValue(reader, policy, limits, lives, depth + 1);
    if (typeof value === "function" && key === "then") throw methodThen();
    object[key] = value;
  }
  accountAfter(reader, limits);
}

/** Holds `count` members of a container against the limits, before any of them is made. */
function account(reader: ByteReader, limits: ValueLimits, count: number, depth: number): void {
  reader.nodes += count + 1;
  const { position } = reader;
  // Each takes a byte or more.
  if (count > reader.end - position) throw tooFew("members", count);
  if (depth >= limits.depth) throw nestedTooDeep(limits.depth);
  if (reader.nodes > limits.nodes) throw tooManyNodes(limits.nodes);
  if (position + count - reader.start - reader.binary > limits.text) throw tooMuchText(limits.text);
}

/** Some take more than a byte. */
function accountAfter(reader: ByteReader, limits: ValueLimits): void {
  if (reader.position - reader.start - reader.binary > limits.text) throw tooMuchText(limits.text);
}
