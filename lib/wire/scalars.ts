// Numbers, strings, booleans, null, undefined and bigints, each as a tag and its bytes.
import { ProtocolError } from "../core/errors.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { Tag } from "./tags.ts";

/** Writes `value` if it is a scalar; answers false for objects, functions and symbols. */
export function writeScalar(writer: ByteWriter, value: unknown): boolean {
  switch (typeof value) {
    case "number":
      writeNumber(writer, value);
      return true;
    case "string":
      writer.string(value);
      return true;
    case "boolean":
      writer.u8(value ? Tag.true : Tag.false);
      return true;
    case "undefined":
      writer.u8(Tag.undefined);
      return true;
    case "object":
      if (value !== null) return false;
      writer.u8(Tag.null);
      return true;
    case "bigint":
      writeBigInt(writer, value);
      return true;
    default:
      return false;
  }
}

function writeNumber(writer: ByteWriter, value: number): void {
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    if (value >= 0 && value < 128) writer.u8(Tag.small + value);
    else writer.taggedU32(Tag.int, value);
  } else {
    writer.u8(Tag.double);
    writer.f64(value);
  }
}

function writeBigInt(writer: ByteWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) {
    writer.taggedU32(Tag.bigint, Number(BigInt.asUintN(32, value)));
    writer.u32(Number(BigInt.asUintN(32, value >> 32n)));
  } else {
    writer.u8(Tag.bigintText);
    writer.string(value.toString(16));
  }
}

/** Reads the `i64` after its tag. */
export function readBigInt(reader: ByteReader): bigint {
  const low = reader.u32();
  return (BigInt(reader.i32()) << 32n) | BigInt(low);
}

export function readBigIntText(reader: ByteReader, max: number): bigint {
  return parseBigInt(reader.string(max));
}

/** From hexadecimal digits, which cost no more than their number, unlike decimal ones. */
export function parseBigInt(text: string): bigint {
  if (!/^-?[\da-f]+$/.test(text)) throw new ProtocolError("A bigint that is not written in hexadecimal digits");
  return text.startsWith("-") ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}
