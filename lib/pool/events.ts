// What a pool tells those who listen.
import type { CloseReason } from "../core/connection.ts";

/** What a pool tells those who listen. */
export interface PoolEvents {
  /** A worker is ready for calls. */
  workerCreate: { readonly label: string };
  /** A worker is gone. `crashed`: nobody had told it to end. */
  workerDestroy: CloseReason & { readonly label: string; readonly why: "idle" | "recycled" | "closing" | "killed" | "crashed" };
  /** What failed and nobody awaits: workers that cannot be started (told once, until one can), `warmup`, `teardown`. */
  error: unknown;
  /** Calls have to wait for a worker. */
  needsDrain: undefined;
  /** No call waits any more. */
  drain: undefined;
  /** The pool has ended. */
  close: CloseReason;
}
