// Every error of ours: one base class with a stable `code`, and a subclass only where a caller
// would act differently.

/** The phase that a call was in when its connection ended; it decides whether a retry is safe. */
export type CallPhase = "unsent" | "sent" | "accepted";

/** What an `RpcError` is made with. */
export interface RpcErrorOptions {
  readonly cause?: unknown;
  /** Set on errors that crossed a wire: the far side made it, not this one. */
  readonly remote?: boolean;
}

/**
 * Base class of all errors that nearcall makes.
 *
 * @example
 * try { await api.save(row); } catch (error) {
 *   if (error instanceof RpcError && error.code === "ERR_PEER_LOST") retryLater(row);
 *   else throw error;
 * }
 */
export class RpcError extends Error {
  /** Stable, for programs: `ERR_PEER_LOST`, `ERR_TIMEOUT`, … */
  readonly code: string;
  /** True when the error was made by the far side and revived here. No retry is decided by such an error. */
  readonly remote: boolean;

  constructor(code: string, message: string, options: RpcErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remote = options.remote ?? false;
    Object.defineProperty(this, "remote", { enumerable: false });
  }
}

/** How the peer was lost. */
export interface PeerLoss {
  /** What happened, in one clause: "the worker exited with code 1", "destroyed". */
  readonly reason: string;
  /** Exit code of the thread or process, where there is one. */
  readonly exitCode?: number | null | undefined;
  /** Signal that ended the process, where one did. */
  readonly signal?: string | null | undefined;
  readonly phase?: CallPhase;
  readonly cause?: unknown;
}

/** The connection ended before the call was answered. */
export class PeerLostError extends RpcError {
  readonly reason: string;
  readonly exitCode: number | null | undefined;
  readonly signal: string | null | undefined;
  /**
   * `unsent`: never given to the transport, safe to send again. `sent`: it may have run.
   * `accepted`: the far side had acknowledged it.
   */
  readonly phase: CallPhase;

  constructor(message: string, loss: PeerLoss) {
    super("ERR_PEER_LOST", message, "cause" in loss ? { cause: loss.cause } : {});
    this.reason = loss.reason;
    this.exitCode = loss.exitCode;
    this.signal = loss.signal;
    this.phase = loss.phase ?? "sent";
  }
}

/** The call did not settle within its `timeout`. */
export class TimeoutError extends RpcError {
  /** The limit that passed, in ms. */
  readonly timeout: number;
  constructor(message: string, timeout: number) {
    super("ERR_TIMEOUT", message);
    this.timeout = timeout;
  }
}

/** A value cannot cross. `path` says which, for instance `args[0].rows[3].handle`. */
export class UnserializableError extends RpcError {
  readonly path: string;
  constructor(message: string, path: string, options?: RpcErrorOptions) {
    super("ERR_UNSERIALIZABLE", message, options);
    this.path = path;
  }
}

/** The member does not exist over there, or may not be reached. */
export class NotExposedError extends RpcError {
  constructor(message: string, options?: RpcErrorOptions) {
    super("ERR_NOT_EXPOSED", message, options);
  }
}

/** The reference was released, or belongs to a connection that is gone. */
export class StaleReferenceError extends RpcError {
  constructor(message: string, options?: RpcErrorOptions) {
    super("ERR_STALE_REFERENCE", message, options);
  }
}

/** Used after `close()` or `destroy()` on this side. */
export class DisposedError extends RpcError {
  constructor(message: string, options?: RpcErrorOptions) {
    super("ERR_DISPOSED", message, options);
  }
}

/** A limit was met: `limit` names the option, `value` is its number. */
export class LimitError extends RpcError {
  readonly limit: string;
  readonly value: number;
  constructor(message: string, limit: string, value: number) {
    super("ERR_LIMIT", message);
    this.limit = limit;
    this.value = value;
  }
}

/** A queue of calls (a pool's, a reconnecting client's) has no room. */
export class QueueFullError extends RpcError {
  constructor(message: string, options?: RpcErrorOptions) {
    super("ERR_QUEUE_FULL", message, options);
  }
}

/** One thing that a validator found wrong (Standard Schema, https://standardschema.dev). */
export interface ValidationIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The arguments did not pass the member's validator; the member did not run. */
export class ValidationError extends RpcError {
  readonly issues: readonly ValidationIssue[];
  constructor(message: string, issues: readonly ValidationIssue[]) {
    super("ERR_VALIDATION", message);
    this.issues = issues;
  }
}

/** A living server owns the socket already. */
export class AlreadyOwnedError extends RpcError {
  readonly path: string;
  readonly pid: number | undefined;
  constructor(message: string, path: string, pid?: number) {
    super("ERR_ALREADY_OWNED", message);
    this.path = path;
    this.pid = pid;
  }
}

/** The peer sent what the protocol does not allow; the connection was closed. */
export class ProtocolError extends RpcError {
  constructor(message: string, options?: RpcErrorOptions) {
    super("ERR_PROTOCOL", message, options);
  }
}

const classes = [
  RpcError,
  PeerLostError,
  TimeoutError,
  UnserializableError,
  NotExposedError,
  StaleReferenceError,
  DisposedError,
  LimitError,
  QueueFullError,
  ValidationError,
  AlreadyOwnedError,
  ProtocolError,
];
for (const { prototype, name } of classes) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
}
