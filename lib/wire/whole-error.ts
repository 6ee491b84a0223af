// Errors that are thrown, most often: a whole value, whose own properties are a tree of plain data if there are any.
// They need no text of devalue, which takes several times as long.
import { errorToRecord, isErrorRecord, recordToError } from "../core/error-record.ts";
import { ProtocolError } from "../core/errors.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { Tag } from "./tags.ts";
import type { TreeWriter } from "./tree-encode.ts";

/** Asked of what is a whole value: within another one an error may come twice. */
export function isWholeError(value: unknown, policy: PassingPolicy): value is Error {
  return value instanceof Error && !policy.publicErrors && !policy.isLive(value) && policy.classCodecOf(value) === undefined;
}

/** False: its properties are more than a tree, and what was written must be forgotten. */
export function writeWholeError(writer: ByteWriter, value: Error, tree: TreeWriter): boolean {
  const [className, name, message, stack, own] = errorToRecord(value);
  writer.u8(Tag.error);
  writer.string(className);
  writer.string(name);
  writer.string(message);
  writer.string(stack);
  try {
    return tree.write(own, 0);
  } catch {
    // What cannot be sent of it is left out, which takes more than this.
    return false;
  }
}

/** Makes an error of what follows the tag. */
export function wholeError(reader: ByteReader, limits: ValueLimits, readOwn: () => unknown): Error {
  const text = (): string => textOf(reader, limits);
  const record = [text(), text(), text(), text(), readOwn()];
  if (!isErrorRecord(record)) throw new ProtocolError("An error whose properties are no object");
  return recordToError(record);
}

function textOf(reader: ByteReader, limits: ValueLimits): string {
  const tag = reader.u8();
  if (tag !== Tag.text && tag !== Tag.longText && tag !== Tag.wideText) throw new ProtocolError("An error without its text");
  return reader.text(tag, limits.text);
}
