// The pieces of which frames are put together on their way out.
import { LimitError, NotExposedError } from "../core/errors.ts";
import type { Parcel } from "../core/messages.ts";
import type { ValueLimits } from "../core/values.ts";
import type { ByteWriter } from "./bytes.ts";
import { HEADER_SIZE, MAX_NAME_LENGTH, MAX_PATH_LENGTH } from "./frame.ts";
import { Tag } from "./tags.ts";

/** Begins a frame, whose length is written when it ends; answers where it begins. */
export function writeHeader(writer: ByteWriter, kind: number, id: number, flags: number, aux: number): number {
  const start = writer.length;
  writer.ensure(HEADER_SIZE);
  writer.nodes = 0;
  writer.setU32(start + 4, id);
  writer.setU32(start + 8, kind | (flags << 8) | (aux << 16));
  writer.length = start + HEADER_SIZE;
  return start;
}

export function writeNames(writer: ByteWriter, names: readonly string[]): void {
  if (!isNameable(names)) {
    throw new NotExposedError(`A member is named by at most ${MAX_PATH_LENGTH} names of at most ${MAX_NAME_LENGTH} characters`);
  }
  writer.u8(names.length);
  for (const name of names) writer.string(name);
}

export function isNameable(names: readonly string[]): boolean {
  return names.length <= MAX_PATH_LENGTH && names.every((name) => name.length <= MAX_NAME_LENGTH);
}

/** The segments in a parcel are aligned as long as the parcel is. */
export function writeParcel(writer: ByteWriter, { bytes, binary, nodes }: Parcel): void {
  while ((writer.length & 7) !== 0) writer.u8(Tag.pad);
  writer.bytes(bytes);
  writer.binary += binary;
  writer.nodes += nodes;
}

/** Zeroes until the length is a multiple of 8 less `short`. */
export function pad(writer: ByteWriter, short: number): void {
  while (((writer.length + short) & 7) !== 0) writer.u8(0);
}

/** What stands around the bytes of a buffer in its message: one of just the size that is allowed passes. */
const BESIDE = 1024;

/**
 * Holds what was written of a message from `start` on against what the far side accepts.
 *
 * @param binary how much of what the writer had before belonged to segments
 * @param root what the value is called
 */
export function checkSize(writer: ByteWriter, start: number, binary: number, root: string): void {
  const { limits } = writer;
  const size = writer.length - start;
  const segments = writer.binary - binary;
  const text = size - segments;
  if (segments > limits.binary || size > limits.binary + Math.min(limits.binary, BESIDE))
    throw tooLarge(root, `${size} bytes`, "binary", limits);
  if (text > limits.text) throw tooLarge(root, `${text} bytes of text`, "text", limits);
  if (writer.nodes > limits.nodes) throw tooLarge(root, `${writer.nodes} objects and members`, "nodes", limits);
}

function tooLarge(root: string, amount: string, limit: keyof ValueLimits, limits: ValueLimits): LimitError {
  const most = limits[limit];
  return new LimitError(
    `${root}: ${amount}, and the far side takes ${most} in one message (limits.${limit}). Send less at once, a stream of parts, or raise the limit there.`,
    limit,
    most,
  );
}
