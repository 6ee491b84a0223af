// Values become bytes and bytes become values. Scalars and trees of plain data are written in one pass
// as tagged values; whatever turns out to be more (cycles, shared objects, Map, Error, …) is written
// anew, whole, as text of devalue, without reading anything of the user's twice.
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import { ProtocolError } from "../core/errors.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { writeRich } from "./rich-encode.ts";
import { writeScalar } from "./scalars.ts";
import { Tag } from "./tags.ts";
import { readValue } from "./tree-decode.ts";
import { TreeWriter } from "./tree-encode.ts";

/**
 * Writes one value.
 *
 * @param rootName what the value is called in errors
 * @param lives gets the live values that were met, each once; the bytes name them by number
 * @throws {UnserializableError} naming the path to what cannot be sent; and whatever a getter throws
 */
export function encodeValue(writer: ByteWriter, value: unknown, rootName: string, policy: PassingPolicy, lives: object[]): void {
  if (writeScalar(writer, value)) return;
  const start = writer.length;
  const binary = writer.binary;
  const known = lives.length;
  const tree = new TreeWriter(writer, rootName, policy, lives);
  if (tree.write(value as object, 0)) return;
  rewind(writer, start, binary, lives, known);
  writeRich(writer, value, tree, undefined);
}

/** Writes the arguments of a call one after the other; objects that they share stay shared. */
export function encodeArguments(writer: ByteWriter, args: readonly unknown[], policy: PassingPolicy, lives: object[]): void {
  const count = args.length;
  for (let index = 0; index < count; index += 1) {
    if (!writeScalar(writer, args[index])) return encodeObjects(writer, args, index, policy, lives);
  }
}

/** Goes on at the first argument that is no scalar. */
function encodeObjects(writer: ByteWriter, args: readonly unknown[], from: number, policy: PassingPolicy, lives: object[]): void {
  const start = writer.length;
  const binary = writer.binary;
  const known = lives.length;
  const tree = new TreeWriter(writer, "args", policy, lives);
  for (let index = from; index < args.length; index += 1) {
    const value = args[index];
    tree.path[1] = index;
    tree.log.push(value);
    if (!writeScalar(writer, value) && !tree.write(value as object, 1)) {
      rewind(writer, start, binary, lives, known);
      writer.u8(Tag.tuple);
      writeRich(writer, args.slice(from), tree, from);
      return;
    }
  }
}

function rewind(writer: ByteWriter, start: number, binary: number, lives: object[], known: number): void {
  writer.truncate(start);
  writer.binary = binary;
  lives.length = known;
}

/** @throws {ProtocolError} for bytes that `encodeValue` does not write, and for what is over a limit */
export function decodeValue(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[]): unknown {
  if (reader.shapes.length !== 0) reader.shapes.length = 0;
  return readValue(reader, policy, limits, lives, 0);
}

export function decodeArguments(reader: ByteReader, count: number, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[]): unknown[] {
  if (count > reader.end - reader.position && count > 255) throw new ProtocolError(`A frame claims ${count} arguments and is too short for them`);
  if (reader.shapes.length !== 0) reader.shapes.length = 0;
  const args: unknown[] = [];
  while (args.length < count) {
    if (reader.bytes[reader.position] === Tag.tuple && reader.position < reader.end) {
      reader.position += 1;
      const rest = readValue(reader, policy, limits, lives, 0);
      if (!Array.isArray(rest) || rest.length !== count - args.length) throw new ProtocolError("A call's arguments are not as many as it claims");
      return args.concat(rest);
    }
    args.push(readValue(reader, policy, limits, lives, 0));
  }
  return args;
}
