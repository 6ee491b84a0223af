// What the driver keeps of a child beside what the rules keep.
import type { ChildKind, Running } from "./child.ts";
import type { CheckedChild } from "./checked-spec.ts";
import type { Exit, ExitReport } from "./exit-report.ts";
import type { LineTail } from "./line-tail.ts";
import type { Output } from "./output.ts";
import type { StartCause } from "./rules/types.ts";
import type { Run } from "./run.ts";

export interface ChildRecord {
  readonly id: string;
  /** The id of the spec: that of all instances, or of the template. */
  readonly group: string;
  spec: CheckedChild;
  kind: ChildKind;
  readonly args: readonly unknown[];
  /** How often it was started again, since it was added. */
  restarts: number;
  readonly runs: Map<number, LiveRun>;
  /** The one that is ready and not being replaced. */
  current: LiveRun | undefined;
  lastReport: ExitReport | undefined;
  /** Gives the next run what the one before it handed over, if that has ended by then. */
  takeState: (() => Promise<unknown>) | undefined;
}

export interface LiveRun {
  readonly run: Run;
  readonly cause: StartCause;
  readonly startedAt: number;
  readyAt: number;
  running: Running | undefined;
  readonly tail: LineTail;
  readonly output: Output;
}

export function createRecord(parts: Pick<ChildRecord, "id" | "group" | "spec" | "kind" | "args">): ChildRecord {
  return { ...parts, restarts: 0, runs: new Map(), current: undefined, lastReport: undefined, takeState: undefined };
}

export function reportOf(record: ChildRecord, live: LiveRun, exit: Exit, now: number): ExitReport {
  return {
    id: record.id,
    kind: exit.kind,
    code: exit.code ?? null,
    signal: exit.signal ?? null,
    stderrTail: live.tail.text,
    lastError: exit.error,
    uptime: live.readyAt === 0 ? 0 : now - live.readyAt,
    restarts: record.restarts,
  };
}
