// What two sides say to each other. One interface serves both directions: the encoder implements it
// by writing bytes, a session by acting on what was read, so that a message never becomes an object.

import type { DeferredArguments } from "./deferred.ts";

/** The version of the protocol; a peer with another one is turned away. */
export const PROTOCOL_VERSION = 1;

/** What a call does to the member that it names. */
export type CallOp = "call" | "construct" | "get" | "set" | "delete" | "has" | "keys" | "describe";

/**
 * The names from a target to a member. Each side keeps one object for each path that it has seen, so
 * that the codec can hang the path's number on it and the dispatcher what it found there.
 */
export interface MemberPath {
  readonly names: readonly string[];
  /** The number under which the codec sends it; 0 while it has none. */
  interned: number;
  /** How long calls of it took at most, lately, in ms; where calls wait for their turn. */
  slowest?: number;
}

/** Where a path starts. `result` is the result of an earlier call of the same caller. */
export type TargetKind = "reference" | "result";

/** What a call carries beside its arguments; absent when there is nothing. */
export interface CallHeaders {
  /** How long the caller waits, in ms, from when it called. */
  readonly timeout?: number;
  readonly meta?: Readonly<Record<string, unknown>>;
  /** The call of the receiver's that it is made for, while the receiver's thread stands still for that one. */
  readonly for?: number;
  /** Names the call when it is sent again to the same server, which answers it as it did, or will, the first time. */
  readonly key?: string;
}

/** Marks on a call. */
export const CallFlag = {
  /** No reply is wanted. */
  oneWay: 1,
  /** Keep the result until `forget`, since other calls of this batch start at it. */
  keep: 2,
  /** Sent ahead of its batch: keep the result until the next call that is marked so. */
  early: 4,
  /** The caller's thread stands still until it is answered: no promise of that thread settles meanwhile. */
  standing: 128,
} as const;

/** What each side says first. At most 4 KiB. */
export interface Hello {
  readonly version: number;
  /** Names this end of this connection; references of another epoch are stale. */
  readonly epoch: string;
  /** The largest text and the largest message that this side accepts, in bytes. */
  readonly limits: { readonly text: number; readonly binary: number; readonly window: number };
  /** Whether handles can cross to this side. */
  readonly handles: boolean;
  /** Names this side in the other's errors. */
  readonly name?: string;
  /** Process id of this side, where it has one: tells a silent peer from a stopped or a dead one. */
  readonly pid?: number;
  /** This side cannot serve: a `bye` with the reason follows. */
  readonly refusing?: boolean;
  /** Proof of a shared secret is wanted before anything else is said. */
  readonly challenge?: string;
  /** A token by which a returning client is known: from a server a new one, from a client that of its connection before. */
  readonly session?: string;
}

/** A live value in a message: what it is, its number, and what else is to be known of it. */
export interface Slot {
  readonly kind: SlotKind;
  readonly id: number;
  /** Plain data, small; undefined for most. */
  readonly extra: unknown;
}

/**
 * Kinds of live values. `export`: an object of the sender's. `home`: one of the receiver's own.
 * `result`: what the receiver answers to that call of the sender's. `value`: `extra` itself.
 */
export const SlotKind = {
  export: 1,
  home: 2,
  result: 3,
  value: 4,
  promise: 5,
  signal: 6,
  source: 7,
  sink: 8,
  duplex: 9,
  handle: 10,
} as const;
export type SlotKind = (typeof SlotKind)[keyof typeof SlotKind];

/** A signal that had fired when it was sent: its `extra`, if any, holds the reason. */
export const hasFired = ({ kind, id }: Pick<Slot, "kind" | "id">): boolean => kind === SlotKind.signal && id === 0;

/** Arguments that were encoded before it was known how they go: bytes, and the live values they name. */
export interface Parcel {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly lives: readonly object[];
  /** How many of the bytes belong to segments, and how many objects, arrays and members there are: limits count them. */
  readonly binary: number;
  readonly nodes: number;
}

/** The vocabulary. Ids of calls, streams and signals are the sender's or the receiver's as each line says. */
export interface Messages {
  hello(hello: Hello): void;
  /** Answers to a challenge, and what follows from them. */
  auth(data: unknown): void;
  /** The sender takes no new calls; it will end when those that run are done. */
  goAway(data: unknown): void;
  /** The sender ends the connection, and says why. Nothing follows. */
  bye(error: unknown): void;
  /** Cumulative: bytes and calls that the sender of this message has taken in. */
  acknowledge(bytes: number, calls: number): void;
  ping(id: number): void;
  pong(id: number, lag: number): void;

  /** `id` is the sender's. Target 0 of kind "reference" is the receiver's root. */
  call(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    args: readonly unknown[] | DeferredArguments,
  ): void;
  result(id: number, value: unknown): void;
  failure(id: number, thrown: unknown): void;
  /** The caller gave up; the reason is for the call's signal. */
  abort(id: number, reason: unknown): void;
  /** The result kept for pipelining is no longer needed. */
  forget(id: number): void;

  /** Lets go of `count` introductions of the receiver's export `id`. */
  release(id: number, count: number): void;
  /** The promise that the sender exported as `id` settled. */
  settle(id: number, rejected: boolean, value: unknown): void;
  /** The signal that the sender exported as `id` fired. */
  fire(id: number, reason: unknown): void;
  /** The signal that the sender exported as `id` is gone: it will never fire. */
  never(id: number): void;

  /** Data goes to the receiver's end of stream `id`. `side` tells who numbered the stream. */
  item(id: number, mine: boolean, value: unknown): void;
  end(id: number, mine: boolean, value: unknown): void;
  fail(id: number, mine: boolean, reason: unknown): void;
  /** Room for so many more items and bytes; `value` is what was given to `next(value)`, if anything was. */
  credit(id: number, mine: boolean, items: number, bytes: number, value: unknown, hasValue: boolean): void;
  /** The reader leaves: `thrown` tells `throw(value)` from `return(value)`. */
  cancel(id: number, mine: boolean, thrown: boolean, value: unknown): void;
}
