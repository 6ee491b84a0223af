// The joint between a session and the wire: what a session asks of whoever turns messages into bytes.
import type { CallHeaders, CallOp, MemberPath, Messages, Parcel, Slot, TargetKind } from "./messages.ts";
import type { PassingPolicy, ValueLimits } from "./values.ts";

/** Turns live values into slots and back. */
export interface SlotTable {
  /** Called once for each live value of a message, after all of its values were encoded. Throws before it changed anything, or not at all. */
  toSlot(live: object, handles: object[]): Slot;
  /** A later live value of the same message could not be sent: undo what `toSlot` did. */
  undoSlot(slot: Slot, live: object): void;
  /** The message is written, or given up. */
  messageDone(): void;
  /** The live values of a message are about to be revived: what they belong to. `sendersNumber` is for items. */
  reviving(what: "answer" | "item" | "other", id: number, sendersNumber: boolean): void;
  fromSlot(slot: Slot, handles: readonly unknown[] | undefined): unknown;
}

/** Encodes messages, one after the other, into a batch. Each method is a transaction: on a throw the batch is as before. */
export interface Outgoing extends Messages {
  /** Bytes in the batch. */
  readonly length: number;
  /** A frame is being written: the batch must not be taken now. */
  readonly encoding: boolean;
  /** Handles that must go with the batch. */
  readonly handles: object[];
  /** What the far side accepts: a message over it is not written, and `LimitError` tells so. */
  limits: ValueLimits;
  /** Where the last call's frame begins in the batch; see `keep`. */
  readonly lastCallAt: number;
  /**
   * Hand over the batch. The bytes are borrowed until the next message is encoded, unless `give` is
   * true: then they are the caller's.
   */
  take(give: boolean): Uint8Array;
  /** Encode arguments now, to be bound later. */
  parcel(args: readonly unknown[]): Parcel;
  callParcel(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    parcel: Parcel,
  ): void;
  /** Mark the call whose frame begins at `at`, still in the batch, so that its result is kept. */
  markKept(at: number): void;
  /** `id` is asked for only once the values are encoded, since a getter may make a call of its own. */
  nextCallId: () => number;
}

/** Takes bytes apart and acts on a `Messages`. */
export interface Incoming {
  /**
   * Decode what arrived. Stops when `shouldYield()` says so, after at least one frame; what is left is
   * kept, and `resume` goes on. Throws `ProtocolError`.
   */
  receive(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): void;
  resume(): void;
  /**
   * The frame that is being acted upon, if there is one, blocks: keeps what is left of its chunk, so that the
   * next calls of `receive` and `resume` act at once, within it.
   */
  nest(): void;
  /** Frames are waiting for `resume`. */
  readonly waiting: boolean;
  /** Bytes of frames that were acted upon, ever. */
  readonly consumed: number;
  /** Bytes of the frame that is being acted upon. */
  readonly frameLength: number;
  /** Bytes that wait to be acted upon. */
  readonly backlog: number;
  /** A frame has begun and not ended: the far side was cut off in the middle of it. */
  readonly partial: boolean;
  /** The live values of the message that is being acted upon. */
  readonly lives: readonly unknown[];
  /** Frames were counted against these; the hello raises them. */
  limits: ValueLimits;
}

export interface IncomingParts {
  readonly policy: PassingPolicy;
  readonly slots: SlotTable;
  readonly receiver: Messages;
  readonly limits: ValueLimits;
  readonly shouldYield: () => boolean;
}

/** Makes the two halves for one session. */
export interface Codec {
  outgoing(policy: PassingPolicy, slots: SlotTable): Outgoing;
  incoming(parts: IncomingParts): Incoming;
}
