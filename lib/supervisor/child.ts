// What a supervisor needs of a child, whatever it is. Each kind (process, thread, pool, socket server, nested
// supervisor, function) implements this in a file of its own in `kinds/`.
import type { Session } from "../core/session.ts";
import type { Exit } from "./exit-report.ts";
import type { StartCause } from "./rules/types.ts";
import type { OutputStream } from "./spec.ts";
import type { Supervisor } from "./supervisor.ts";

export interface StartContext {
  /** The child's id. */
  readonly id: string;
  /** What `add(...args)` of a dynamic supervisor was given, or the number of the partition. */
  readonly args: readonly unknown[];
  /** Fires when the start is broken off: end what was begun, then reject. */
  readonly signal: AbortSignal;
  /** How often it was started anew before. */
  readonly restarts: number;
  readonly cause: StartCause;
  /** What the run before hands over, where there is one and the spec says so. Asked for once the run can take it. */
  takeState(): Promise<unknown>;
  /** Takes what the child writes. */
  output(stream: OutputStream, chunk: Uint8Array | string): void;
}

/** How a child is asked to end: to finish what it does, or at once. */
export type StopHow = "ask" | "kill";

/** What a child uses, as it says itself. Bytes, and parts of one processor. */
export interface Vitals {
  /** Resident memory of a process, or the heap of a thread. */
  readonly memory?: number | undefined;
  /** Processor time: 1 is one processor, all of the time. */
  readonly cpu?: number | undefined;
  /** By how many ms its event loop was late, at worst, since the last report. */
  readonly lag?: number | undefined;
}

/** A child that is ready. */
export interface Running {
  /** Resolves when it has ended, however; never rejects. */
  readonly exited: Promise<Exit>;
  /** Asks it to end. Twice is no harm; `kill` may follow `ask`. */
  stop(how: StopHow): void;
  readonly pid?: number | undefined;
  readonly threadId?: number | undefined;
  /** Where calls go, for kinds that answer calls. */
  readonly session?: Session | undefined;
  /** For a child that is a supervisor. */
  readonly supervisor?: Supervisor | undefined;
  /** Sends a signal to it. */
  signal?(name: NodeJS.Signals): void;
  /** Calls `listener` with each report of the child on itself; what it returns stops that. */
  watch?(interval: number, listener: (vitals: Vitals) => void): () => void;
  /** What it uses right now, seen from here. */
  vitals?(): Vitals;
}

export interface ChildKind {
  readonly type: "worker" | "supervisor";
  /** Names the kind: "process", "thread", … */
  readonly name: string;
  /** Whether two runs may exist side by side for the time of a reload. */
  readonly overlaps: boolean;
  /** Resolves when it is ready, or with "ignore" if there is nothing to run; rejects, leaving nothing behind. */
  start(context: StartContext): Promise<Running | "ignore">;
}
