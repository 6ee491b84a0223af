// Values become bytes and bytes become values. Scalars and trees of plain data are written in one pass
// as tagged values; whatever turns out to be more (cycles, shared objects, Map, Error, …) is written
// anew, whole, as text of devalue, without reading anything of the user's twice.
import { ProtocolError } from "../core/errors.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { tooFew, tooManyNodes } from "./refusals.ts";
import { writeRich, writeRichArguments } from "./rich-encode.ts";
import { readRich } from "./rich-decode.ts";
import { writeScalar } from "./scalars.ts";
import { Tag } from "./tags.ts";
import { readValue, shapesOf } from "./tree-decode.ts";
import { TreeWriter } from "./tree-encode.ts";
import { isWholeError, writeWholeError } from "./whole-error.ts";

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
  const { binary, nodes } = writer;
  const known = lives.length;
  const tree = treeOf(writer, rootName, policy, lives);
  try {
    if (isWholeError(value, policy)) {
      if (writeWholeError(writer, value, tree)) return;
      tree.end();
      lives.length = known;
      writer.length = start;
      writer.binary = binary;
      writer.nodes = nodes;
      tree.begin(rootName, policy, lives);
    }
    if (!tree.write(value as object, 0)) writeRich(tree, value, start, binary);
  } finally {
    tree.end();
  }
}

/** Writes the arguments of a call one after the other; objects that they share stay shared. */
export function encodeArguments(writer: ByteWriter, args: readonly unknown[], policy: PassingPolicy, lives: object[]): void {
  const count = args.length;
  writer.nodes += count;
  for (let index = 0; index < count; index += 1) {
    if (!writeScalar(writer, args[index])) return encodeObjects(writer, args, index, policy, lives);
  }
}

/** Goes on at the first argument that is no scalar. */
function encodeObjects(writer: ByteWriter, args: readonly unknown[], from: number, policy: PassingPolicy, lives: object[]): void {
  const start = writer.length;
  const { binary } = writer;
  const tree = treeOf(writer, "args", policy, lives);
  try {
    for (let index = from; index < args.length; index += 1) {
      const value = args[index];
      if (writeScalar(writer, value)) continue;
      tree.path[1] = index;
      if (!tree.write(value as object, 1)) return writeRichArguments(tree, args, from, start, binary);
    }
  } finally {
    tree.end();
  }
}

function treeOf(writer: ByteWriter, rootName: string, policy: PassingPolicy, lives: object[]): TreeWriter {
  const tree = (writer.workspace ??= new TreeWriter(writer, policy)) as TreeWriter;
  tree.begin(rootName, policy, lives);
  return tree;
}

/** @throws {ProtocolError} for bytes that `encodeValue` does not write, and for what is over a limit */
export function decodeValue(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[]): unknown {
  if (reader.workspace !== undefined) shapesOf(reader).begin();
  return readValue(reader, policy, limits, lives, 0);
}

export function decodeArguments(
  reader: ByteReader,
  count: number,
  policy: PassingPolicy,
  limits: ValueLimits,
  lives: readonly unknown[],
): unknown[] {
  // Before the arguments of a parcel.
  while (reader.position < reader.end && reader.bytes[reader.position] === Tag.pad) reader.position += 1;
  reader.nodes += count;
  // Each takes a byte or more.
  if (count > reader.end - reader.position) throw tooFew("arguments", count);
  if (reader.nodes > limits.nodes) throw tooManyNodes(limits.nodes);
  if (reader.workspace !== undefined) shapesOf(reader).begin();
  const args: unknown[] = new Array(count);
  for (let index = 0; index < count; index += 1) {
    if (reader.position < reader.end && reader.bytes[reader.position] === Tag.tuple)
      return readTuple(reader, args, index, policy, limits, lives);
    args[index] = readValue(reader, policy, limits, lives, 0);
  }
  return args;
}

function readTuple(
  reader: ByteReader,
  args: unknown[],
  from: number,
  policy: PassingPolicy,
  limits: ValueLimits,
  lives: readonly unknown[],
): unknown[] {
  reader.position += 1;
  const rest = readRich(reader, policy, limits, lives);
  if (!Array.isArray(rest) || rest.length !== args.length - from)
    throw new ProtocolError("A call's arguments are not as many as it claims");
  for (let index = from; index < args.length; index += 1) args[index] = rest[index - from];
  return args;
}
