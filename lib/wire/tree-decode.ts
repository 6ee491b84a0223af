// Tagged values on their way in. Nothing is made that the bytes do not pay for: counts are held against
// what is left of the frame and against the limits before anything is allocated.
import { ProtocolError } from "../core/errors.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import { readBinary } from "./binary.ts";
import type { ByteReader } from "./bytes.ts";
import { readRich } from "./rich-decode.ts";
import { readBigInt, readBigIntText } from "./scalars.ts";
import { Tag } from "./tags.ts";
import { MAX_SHAPES } from "./tree-encode.ts";

/** Reads one value, which stands `depth` levels deep. */
export function readValue(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[], depth: number): unknown {
  let tag = reader.u8();
  while (tag === Tag.pad) tag = reader.u8();
  if (tag >= Tag.small) return tag - Tag.small;
  switch (tag) {
    case Tag.undefined: return undefined;
    case Tag.null: return null;
    case Tag.true: return true;
    case Tag.false: return false;
    case Tag.int: return reader.i32();
    case Tag.double: return reader.f64();
    case Tag.text:
    case Tag.latin1:
    case Tag.utf8:
    case Tag.utf16: return reader.text(tag, limits.text);
    case Tag.bigint: return readBigInt(reader);
    case Tag.bigintText: return readBigIntText(reader, limits.text);
    case Tag.binary: return readBinary(reader);
    case Tag.live: return readLive(reader, lives);
    case Tag.array: return readArray(reader, policy, limits, lives, depth);
    case Tag.object: return readObject(reader, {}, readShape(reader, limits, true), policy, limits, lives, depth);
    case Tag.bareObject: return readObject(reader, Object.create(null) as object, readShape(reader, limits, false), policy, limits, lives, depth);
    case Tag.sameShape: return readObject(reader, {}, sameShape(reader), policy, limits, lives, depth);
    case Tag.rich: return readRich(reader, policy, limits, lives);
    default: throw new ProtocolError(`A value with unknown tag ${tag}`);
  }
}

export function readLive(reader: ByteReader, lives: readonly unknown[]): unknown {
  const number = reader.u32();
  if (number >= lives.length) throw new ProtocolError(`A value names live value ${number} of ${lives.length}`);
  return lives[number];
}

function readArray(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[], depth: number): unknown[] {
  const count = reader.count();
  account(reader, limits, count, depth);
  const array: unknown[] = [];
  for (let index = 0; index < count; index += 1) array.push(readValue(reader, policy, limits, lives, depth + 1));
  return array;
}

function readObject(reader: ByteReader, object: object, keys: readonly string[], policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[], depth: number): object {
  account(reader, limits, keys.length, depth);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]!;
    const value = readValue(reader, policy, limits, lives, depth + 1);
    if (key === "then" && typeof value === "function") throw new ProtocolError("An object with an own method `then`");
    (object as Record<string, unknown>)[key] = value;
  }
  return object;
}

function readShape(reader: ByteReader, limits: ValueLimits, named: boolean): readonly string[] {
  const count = reader.count();
  // Each key takes two bytes or more.
  if (count * 2 > reader.end - reader.position) throw new ProtocolError(`An object claims ${count} members and its frame is too short for them`);
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = reader.string(limits.text);
    if (key === "__proto__") throw new ProtocolError("An object with an own property `__proto__`");
    keys.push(key);
  }
  if (named && reader.shapes.length < MAX_SHAPES) reader.shapes.push(keys);
  return keys;
}

function sameShape(reader: ByteReader): readonly string[] {
  const number = reader.u8();
  const keys = reader.shapes[number];
  if (keys === undefined) throw new ProtocolError(`An object of shape ${number}, which was never introduced`);
  return keys;
}

/** Holds `count` members of a container against the limits. */
function account(reader: ByteReader, limits: ValueLimits, count: number, depth: number): void {
  if (depth >= limits.depth) throw new ProtocolError(`A value is nested more than ${limits.depth} levels deep (limits.depth)`);
  if (count > reader.end - reader.position) throw new ProtocolError(`A value claims ${count} members and its frame is too short for them`);
  reader.nodes += count + 1;
  if (reader.nodes > limits.nodes) throw new ProtocolError(`A message has more than ${limits.nodes} objects and members (limits.nodes)`);
  if (reader.position - reader.start - reader.binary > limits.text) throw new ProtocolError(`A message has more than ${limits.text} bytes of text (limits.text)`);
}
