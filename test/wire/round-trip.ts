// Values to bytes and back, with a policy as simple as can be: functions are live.
import type { ClassCodec, PassingPolicy, ValueLimits } from "../../lib/core/values.ts";
import { ByteReader, ByteWriter } from "../../lib/wire/bytes.ts";
import { decodeArguments, decodeValue, encodeArguments, encodeValue } from "../../lib/wire/values.ts";

export const LIMITS: ValueLimits = { text: 2 ** 22, binary: 2 ** 26, depth: 1000, nodes: 1_000_000 };

export function policyWith(classes: readonly ClassCodec[] = [], publicErrors = false): PassingPolicy {
  return {
    publicErrors,
    isLive: (value) => typeof value === "function",
    classCodecOf: (value) => classes.find(({ Class }) => value instanceof Class),
    classCodecNamed: (name) => classes.find((codec) => codec.name === name),
  };
}

export const plainPolicy: PassingPolicy = policyWith();

export interface Encoded {
  readonly bytes: Uint8Array;
  readonly lives: object[];
}

export function encode(value: unknown, policy: PassingPolicy = plainPolicy, rootName = "value"): Encoded {
  const writer = new ByteWriter(16);
  const lives: object[] = [];
  encodeValue(writer, value, rootName, policy, lives);
  return { bytes: writer.detach(), lives };
}

export function decode({ bytes, lives }: Encoded, policy: PassingPolicy = plainPolicy, limits: ValueLimits = LIMITS): unknown {
  const reader = readerOf(bytes);
  const value = decodeValue(reader, policy, limits, lives);
  if (reader.position !== bytes.length) throw new Error(`${bytes.length - reader.position} bytes were left`);
  return value;
}

export function roundTrip(value: unknown, policy: PassingPolicy = plainPolicy): unknown {
  return decode(encode(value, policy), policy);
}

export function roundTripArguments(args: readonly unknown[], policy: PassingPolicy = plainPolicy): unknown[] {
  const writer = new ByteWriter(16);
  const lives: object[] = [];
  encodeArguments(writer, args, policy, lives);
  return decodeArguments(readerOf(writer.detach()), args.length, policy, LIMITS, lives);
}

export function readerOf(bytes: Uint8Array, owned = false): ByteReader {
  const reader = new ByteReader();
  reader.reset(bytes, 0, bytes.length, owned);
  return reader;
}

/** What `step` throws; undefined if it does not. */
export function thrownBy(step: () => unknown): unknown {
  try {
    step();
    return undefined;
  } catch (error) {
    return error;
  }
}
