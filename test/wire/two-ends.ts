// An encoder and a reader of frames, joined without a session: what the one is told is what the other tells.
import type { SlotTable } from "../../lib/core/codec.ts";
import type { Messages, Slot } from "../../lib/core/messages.ts";
import { type CallOp, type MemberPath, SlotKind } from "../../lib/core/messages.ts";
import type { PassingPolicy, ValueLimits } from "../../lib/core/values.ts";
import { Encoder } from "../../lib/wire/encoder.ts";
import { FrameReader } from "../../lib/wire/frame-reader.ts";
import { LIMITS, plainPolicy } from "./round-trip.ts";

export type Told = [name: string, ...parts: unknown[]];

export interface Ends {
  readonly out: Encoder;
  readonly incoming: FrameReader;
  /** What the reader has told, in order. */
  readonly told: Told[];
  /** Moves the batch across. */
  cross(owned?: boolean): Told[];
}

export interface EndsOptions {
  readonly policy?: PassingPolicy;
  readonly slots?: SlotTable;
  readonly limits?: ValueLimits;
  readonly shouldYield?: () => boolean;
  /** Called with each message, within. */
  readonly onTold?: (told: Told) => void;
}

export function twoEnds({
  policy = plainPolicy,
  slots = slotTable(),
  limits = LIMITS,
  shouldYield = () => false,
  onTold = () => {},
}: EndsOptions = {}): Ends {
  const told: Told[] = [];
  const receiver = recorder((message) => {
    told.push(message);
    onTold(message);
  });
  const out = new Encoder(policy, slots);
  let lastId = 0;
  out.nextCallId = () => (lastId += 1);
  const incoming = new FrameReader({ policy, slots, receiver, limits, shouldYield });
  return {
    out,
    incoming,
    told,
    cross(owned = true) {
      incoming.receive(out.take(true), undefined, owned);
      return told.splice(0);
    },
  };
}

/** Tells each message as a list. */
export function recorder(tell: (told: Told) => void): Messages {
  return new Proxy({} as Messages, {
    get:
      (_target, name: string) =>
      (...parts: unknown[]) =>
        tell([name, ...parts]),
  });
}

/** Live values of both ends stand in one table, by number. */
export function slotTable(): SlotTable & { readonly values: object[]; readonly undone: Slot[] } {
  const values: object[] = [];
  const undone: Slot[] = [];
  return {
    values,
    undone,
    toSlot: (live) => ({ kind: SlotKind.export, id: values.push(live), extra: { note: "of a slot" } }),
    undoSlot: (slot) => void undone.push(slot),
    messageDone() {},
    reviving() {},
    fromSlot: (slot) => (slot.kind === SlotKind.value ? slot.extra : values[slot.id - 1]),
  };
}

export const pathOf = (...names: string[]): MemberPath => ({ names, interned: 0 });
export const add: MemberPath = pathOf("math", "add");

/** A call to the root or to a reference. */
export function call(
  ends: Ends,
  path: MemberPath,
  args: readonly unknown[],
  options: { op?: CallOp; target?: number; flags?: number; headers?: object; depth?: number } = {},
): void {
  const { op = "call", target = 0, flags = 0, headers, depth = 0 } = options;
  ends.out.call(0, op, "reference", target, path, flags, headers, depth, args);
}

/** The arguments of a call that was told. */
export const argsOf = (told: Told | undefined): unknown => told?.[9];
