// What a supervisor throws, and what a call to a supervised child rejects with.
import { PeerLostError, RpcError, type PeerLoss } from "../core/errors.ts";
import type { ExitReport } from "./exit-report.ts";

/** A spec is wrong. `field` says where, for instance `children[2].shutdown`. Code `ERR_SPEC`. */
export class SpecError extends RpcError {
  readonly field: string;
  constructor(field: string, problem: string) {
    super("ERR_SPEC", `${field} ${problem}`);
    this.field = field;
  }
}

/** Why a supervisor refuses what it was asked for. */
export type RefusalCode =
  | "ERR_CHILD_UNKNOWN"
  | "ERR_CHILD_EXISTS"
  | "ERR_CHILD_NOT_RUNNING"
  | "ERR_CHILD_RELOADING"
  | "ERR_MAX_CHILDREN"
  | "ERR_NO_CALLS"
  | "ERR_SUPERVISOR_STARTING"
  | "ERR_SUPERVISOR_ENDED"
  | "ERR_STRATEGY";

/** The supervisor refuses what it was asked for; its `code` (a `RefusalCode`) tells why. Nothing was changed. */
export class RefusedError extends RpcError {
  constructor(code: RefusalCode, message: string) {
    super(code, message);
  }
}

/** A child did not start: it failed, was too slow, or was stopped meanwhile. The reason is its `cause`. Code `ERR_CHILD_START`. */
export class ChildStartError extends RpcError {
  /** The child. */
  readonly id: string;
  constructor(id: string, message: string, cause?: unknown) {
    super("ERR_CHILD_START", message, { cause });
    this.id = id;
  }
}

/** The supervisor gave up: more restarts than its intensity allows. Code `ERR_GAVE_UP`. */
export class GaveUpError extends RpcError {
  /** The child whose failure was one too many. */
  readonly id: string;
  /** How that child ended last, where it had run. */
  readonly report: ExitReport | undefined;
  constructor(id: string, message: string, report: ExitReport | undefined) {
    super("ERR_GAVE_UP", message, report?.lastError === undefined ? {} : { cause: report.lastError });
    this.id = id;
    this.report = report;
  }
}

/** A supervised child ended while it had the call: a `PeerLostError` with the exit report. Code `ERR_PEER_LOST`. */
export class ChildLostError extends PeerLostError {
  readonly report: ExitReport;
  constructor(message: string, loss: PeerLoss, report: ExitReport) {
    super(message, loss);
    this.report = report;
  }
}

/**
 * The call was refused because its child is not running: `remote` fails fast, or the child was stopped, or
 * its supervisor gave up or was closed. The call was never sent. Code `ERR_CHILD_DOWN`.
 */
export class ChildDownError extends RpcError {
  readonly id: string;
  /** How the child ended last, where it had run. */
  readonly report: ExitReport | undefined;
  constructor(id: string, message: string, report: ExitReport | undefined) {
    super("ERR_CHILD_DOWN", message);
    this.id = id;
    this.report = report;
  }
}

for (const named of [SpecError, RefusedError, ChildStartError, GaveUpError, ChildLostError, ChildDownError]) {
  Object.defineProperty(named.prototype, "name", { value: named.name, configurable: true, writable: true });
}
