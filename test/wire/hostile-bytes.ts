// Bytes as a peer would write them who keeps no rules.
import { stringify } from "devalue";
import type { ValueLimits } from "../../lib/core/values.ts";
import { ByteWriter } from "../../lib/wire/bytes.ts";
import { Tag } from "../../lib/wire/tags.ts";
import { decodeValue } from "../../lib/wire/values.ts";
import { LIMITS, plainPolicy, readerOf } from "./round-trip.ts";

export function bytesOf(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(16);
  write(writer);
  return writer.detach();
}

export function read(bytes: Uint8Array, limits: ValueLimits = LIMITS, lives: readonly unknown[] = []): unknown {
  return decodeValue(readerOf(bytes), plainPolicy, limits, lives);
}

/** A value of devalue's text, as a peer would write it who knows no bounds. */
export function rich(text: string, leaves: (writer: ByteWriter) => void = () => {}, count = 0): Uint8Array {
  return bytesOf((writer) => {
    writer.u8(Tag.rich);
    writer.count(count);
    leaves(writer);
    writer.string(text);
  });
}

/** Text of devalue for one special value of these parts. */
export function special(...parts: unknown[]): string {
  return stringify([0, new Set([parts])], { S: (value: unknown) => value instanceof Set && [...(value as Set<unknown>)][0] });
}

/** Writes the shape of an object with these names. */
export const shapeOf = (writer: ByteWriter, ...keys: string[]): void => {
  const names = bytesOf((inner) => {
    inner.count(keys.length);
    for (const key of keys) inner.string(key);
  });
  writer.count(names.length);
  writer.bytes(names);
};
