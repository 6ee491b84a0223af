// What a thread or process that was spawned is told at its start: written by thread.ts and process.ts, read by the
// programs in entry/.
import type { MessagePort } from "node:worker_threads";

/** The `workerData` that a thread begins with. */
export interface ThreadStart {
  readonly port: MessagePort;
  /** Both rings; undefined: everything goes through the port. */
  readonly memory: SharedArrayBuffer | undefined;
  readonly spin: number | undefined;
  readonly module: string;
  readonly exitTimeout: number;
  /** What the module finds as `workerData`. */
  readonly workerData: unknown;
}

/** In a process: JSON in its environment, which the entry deletes, so that processes that it starts do not inherit it. */
export interface ProcessStart {
  readonly module: string;
  readonly exitTimeout: number;
  readonly whenOrphaned: WhenOrphaned;
}

/** What becomes of a child process whose parent is gone. */
export type WhenOrphaned = "end" | "survive";

export const PROCESS_START = "NEARCALL_START";

/** The descriptor of a process's own pipe to its parent. */
export const PARENT_FD = 3;
