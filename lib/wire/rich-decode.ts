// Text of devalue on its way in. Before anything is made of it, its size, its nesting and what it names
// are checked, since neither JSON.parse nor devalue bounds what a few bytes cost.
import { unflatten } from "devalue";
import { assignOwn, bareError } from "../core/error-record.ts";
import { ProtocolError } from "../core/errors.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import { readBinary } from "./binary.ts";
import type { ByteReader } from "./bytes.ts";
import { type Checked, checkText } from "./rich-check.ts";
import { parseBigInt } from "./scalars.ts";
import { methodThen, tooFew, tooMuchText } from "./refusals.ts";
import { Tag } from "./tags.ts";

/** Reads what follows the tag. */
export function readRich(reader: ByteReader, policy: PassingPolicy, limits: ValueLimits, lives: readonly unknown[]): unknown {
  const leaves = readLeaves(reader, limits);
  const text = reader.string(limits.text);
  if (reader.position - reader.start - reader.binary > limits.text) throw tooMuchText(limits.text);
  try {
    return revive(checkText(text, limits, reader), leaves, policy, lives);
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof Undecodable) throw error;
    throw new ProtocolError("A value cannot be understood", { cause: error });
  }
}

function readLeaves(reader: ByteReader, limits: ValueLimits): unknown[] {
  const count = reader.count();
  if (count * 2 > reader.end - reader.position) throw tooFew("segments", count);
  const leaves: unknown[] = [];
  for (let index = 0; index < count; index += 1) {
    const tag = reader.u8();
    leaves.push(tag === Tag.binary ? readBinary(reader) : reader.text(tag, limits.text));
  }
  return leaves;
}

/** Assigns members one by one, where one of them must be looked at. */
const watchful = { operations: { set } };

function revive({ flat, hasThen }: Checked, leaves: readonly unknown[], policy: PassingPolicy, lives: readonly unknown[]): unknown {
  const special = (parts: unknown): unknown => {
    if (!Array.isArray(parts)) throw new ProtocolError("A special value without its parts");
    const [kind, first, second] = parts as unknown[];
    switch (kind) {
      case "L":
        return at(lives, first);
      case "B":
      case "T":
        return at(leaves, first);
      case "N":
        return parseBigInt(text(first));
      case "U":
        return new URL(text(first));
      case "C":
        return instance(policy, text(first), second);
      case "E":
        return error(parts);
      case "P":
        return giveProperties(first);
      default:
        throw new ProtocolError("A special value of unknown kind");
    }
  };
  const revived: unknown = unflatten(flat, { S: special }, hasThen ? watchful : undefined);
  if (!Array.isArray(revived) || revived.length !== 2) throw new ProtocolError("A value without its parts");
  return (revived as unknown[])[1];
}

function set(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "then" && typeof value === "function") throw methodThen();
  target[key] = value;
}

function at(list: readonly unknown[], index: unknown): unknown {
  if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= list.length)
    throw new ProtocolError("A value names something that did not come with it");
  return list[index];
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new ProtocolError("A special value without its text");
  return value;
}

function error(parts: readonly unknown[]): Error {
  const [, className, name, message, stack, code] = parts;
  return bareError([text(className), text(name), text(message), text(stack), typeof code === "string" ? { code } : {}]);
}

/** All errors are made by now, so that their properties may lead to any of them. */
function giveProperties(pairs: unknown): undefined {
  if (!Array.isArray(pairs)) throw new ProtocolError("Properties of errors that are no list");
  for (const pair of pairs as unknown[]) {
    const [made, own] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (!(made instanceof Error) || typeof own !== "object" || own === null)
      throw new ProtocolError("Properties of something that is no error");
    assignOwn(made, own as Record<string, unknown>);
  }
  return undefined;
}

/** A class that is not registered here is never looked up anywhere: what was sent of it is shown. */
function instance(policy: PassingPolicy, name: string, data: unknown): unknown {
  const codec = policy.classCodecNamed(name);
  if (codec === undefined) return { unknownClass: name, data };
  try {
    return codec.decode(data);
  } catch (error) {
    throw new Undecodable(error);
  }
}

/** The user's own codec of a class would not have what was sent: that is one message's matter, not the connection's. */
export class Undecodable extends Error {
  /** What it threw. */
  readonly reason: unknown;

  constructor(reason: unknown) {
    super("A class codec refused");
    this.reason = reason;
  }
}
