// What a user can set on a connection, and what holds when nothing is set.
import type { ClassCodec } from "./values.ts";

/**
 * Bounds on what one connection may use. Calls over a limit reject with `LimitError`; what a peer
 * sends over a limit ends the connection with `ProtocolError`.
 */
export interface Limits {
  /** Bytes of text (JSON and strings) of one message. @defaultValue 1 MiB on sockets, 64 MiB to threads and own children */
  readonly text: number;
  /** Bytes of one message in all. @defaultValue 64 MiB */
  readonly binary: number;
  /** Levels of nesting of one value. @defaultValue 1,000 */
  readonly depth: number;
  /** Objects and members of one message. @defaultValue 2,000,000 */
  readonly nodes: number;
  /** Calls that wait for an answer, in either direction. @defaultValue 65,536 */
  readonly pendingCalls: number;
  /** Bytes that wait to be sent. @defaultValue 256 MiB */
  readonly queuedBytes: number;
  /** Objects of this side that the peer holds, and the other way round. @defaultValue 1,000,000 */
  readonly references: number;
  /** Streams open at once. @defaultValue 100,000 */
  readonly streams: number;
  /** Calls that the peer makes while it answers ours while we answer its…; at most 254. @defaultValue 200 */
  readonly nesting: number;
  /** Bytes that may be under way before the far side has taken them in. @defaultValue 8 MiB */
  readonly window: number;
  /** Items of a stream under way. @defaultValue 256 */
  readonly streamItems: number;
  /** Bytes of a stream under way. @defaultValue 1 MiB */
  readonly streamBytes: number;
}

const MiB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  text: 64 * MiB,
  binary: 64 * MiB,
  depth: 1_000,
  nodes: 2_000_000,
  pendingCalls: 65_536,
  queuedBytes: 256 * MiB,
  references: 1_000_000,
  streams: 100_000,
  nesting: 200,
  window: 8 * MiB,
  streamItems: 256,
  streamBytes: MiB,
};

/** What a router adds to its user's options. */
export interface SentOptions extends CallOptions {
  /** Names the call when it is sent again. */
  readonly key?: string | undefined;
}

/** What a call passes through on its way out or in. */
export interface InterceptedCall {
  /** The names from the root to the member, for instance `["math", "fib"]`. */
  readonly path: readonly string[];
  readonly op: string;
  /** May be replaced by an outgoing or incoming interceptor through `next`. */
  readonly args: readonly unknown[];
  readonly meta: Readonly<Record<string, unknown>>;
  /** Names the far side. */
  readonly peer: string;
}

/**
 * Goes around a call: it may look, change arguments and meta, refuse (throw), repeat, or replace the
 * result. Call `next` to go on, with the call as it is or with a changed one.
 */
export type Interceptor = (
  call: InterceptedCall,
  next: (changed?: { readonly args?: readonly unknown[]; readonly meta?: Readonly<Record<string, unknown>> }) => Promise<unknown>,
) => unknown;

/** Settings of a connection; both sides have their own. Times are in ms. */
export interface ConnectionOptions {
  /** Default time limit of a call. @defaultValue none */
  readonly timeout?: number;
  /** How long the far side may take to say hello. @defaultValue 30,000 */
  readonly helloTimeout?: number;
  readonly limits?: Partial<Limits>;
  /** Allow the peer to set and delete members of what this side exposes: by `reflect.set`, `reflect.delete` there. @defaultValue false */
  readonly writable?: boolean;
  /** Let own fields of class instances be reached, not only methods and accessors. @defaultValue false */
  readonly fields?: boolean;
  /** Classes whose instances pass by reference though they cannot be changed. */
  readonly references?: readonly (abstract new (...args: never[]) => object)[];
  /** Classes whose instances are copied; see `classCodec`. */
  readonly classes?: readonly ClassCodec[];
  /** What of an error the peer gets to see. @defaultValue "full"; "public" where others than the owner may connect */
  readonly errors?: "full" | "public";
  readonly intercept?: { readonly outgoing?: Interceptor; readonly incoming?: Interceptor };
  /** Remember where each live reference was made; `stats().references` shows it. @defaultValue false */
  readonly traceReferences?: boolean;
  /** Let `callContext()` work after awaits too; costs about 0.3 µs a call. @defaultValue false */
  readonly asyncContext?: boolean;
  /** Names this side in the other's errors. */
  readonly name?: string;
  /** Ask a silent peer for a sign of life after so many ms; twice missed, it is lost. 0: never. @defaultValue 0; 15,000 on sockets */
  readonly heartbeat?: number;
  /** How long a message may take from its first byte to its last, in ms; 0: as long as it likes. @defaultValue 0; 30,000 on sockets */
  readonly frameTimeout?: number;
}

/** Settings of one call, for `withOptions`. */
export interface CallOptions {
  /** Rejects the call when it fires, and tells the far side. */
  readonly signal?: AbortSignal;
  /** Milliseconds from the call until it rejects with `TimeoutError`. */
  readonly timeout?: number;
  /** Send and forget: resolves to undefined at once; a failure over there is an "error" event of the connection over there. */
  readonly oneWay?: boolean;
  /** The call may be sent again when its connection was lost: it runs at least once. */
  readonly idempotent?: boolean;
  /** Small data that crosses beside the arguments; read it through `callContext().meta`. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Pools: higher goes first. @defaultValue 0 */
  readonly priority?: number;
  /** Pools and reconnecting clients: milliseconds that the call may wait for its turn. */
  readonly queueTimeout?: number;
  /** Pools: calls with the same key go to the same worker, while that lives. */
  readonly affinity?: string;
}
