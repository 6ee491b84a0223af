// How a child ended, for the rules, for events and for whoever waited for an answer of it.
import { PeerLostError } from "../core/errors.ts";

/**
 * - `exit`: it ended by itself, with exit code 0 or by a polite signal (SIGTERM, SIGINT, SIGHUP, SIGPIPE).
 * - `crash`: an error that nothing caught, another exit code, or the signal of a fault (SIGSEGV, SIGABRT, …).
 * - `oom`: out of memory.
 * - `killed`: another signal, or the supervisor's own SIGKILL after `shutdown` had passed.
 * - `unresponsive`: the supervisor killed it because it gave no sign of life.
 */
export type ExitKind = "exit" | "crash" | "oom" | "killed" | "unresponsive";

/** What a kind of child tells of its end. */
export interface Exit {
  readonly kind: ExitKind;
  readonly code?: number | null;
  readonly signal?: string | null;
  /** The error that ended it, where it is known. */
  readonly error?: unknown;
}

/** How a child ended. */
export interface ExitReport {
  readonly id: string;
  readonly kind: ExitKind;
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines that it wrote to stderr, at most 4 KiB. */
  readonly stderrTail: string;
  /** The error that ended it, where it is known. */
  readonly lastError: unknown;
  /** Milliseconds from ready to the end; 0 where it never was ready. */
  readonly uptime: number;
  /** How often the supervisor had started it anew before. */
  readonly restarts: number;
}

/** Signals that ask a process to end; one that follows has not failed (systemd counts them as clean too). */
const POLITE = new Set(["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"]);
/** Signals that a process brings upon itself by a fault. */
const FAULTS = new Set(["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"]);

/** What an exit code and a signal say. */
export function kindOfExit(code: number | null | undefined, signal: string | null | undefined): ExitKind {
  if (signal === null || signal === undefined) return code === 0 ? "exit" : "crash";
  if (POLITE.has(signal)) return "exit";
  return FAULTS.has(signal) ? "crash" : "killed";
}

/** How a child ended that did not become ready: whatever it was, it counts as a failure. */
export function exitOfStart(cause: unknown): Exit {
  if (!(cause instanceof PeerLostError)) return { kind: "crash", error: cause };
  const kind = kindOfExit(cause.exitCode, cause.signal);
  return {
    kind: kind === "exit" ? "crash" : kind,
    code: cause.exitCode ?? null,
    signal: cause.signal ?? null,
    error: cause.cause ?? cause,
  };
}

export function isClean(exit: Exit): boolean {
  return exit.kind === "exit";
}

/** One clause, to follow the child's id: "exited with code 1 after 3.2 s". */
export function describeExit({ kind, code, signal, uptime }: ExitReport): string {
  const after = uptime > 0 ? ` after ${seconds(uptime)}` : " before it was ready";
  const detail = signal !== null ? ` by ${signal}` : code !== null ? ` with code ${code}` : "";
  switch (kind) {
    case "exit":
      return `ended${detail}${after}`;
    case "crash":
      return `crashed${detail}${after}`;
    case "oom":
      return `ran out of memory${after}`;
    case "killed":
      return `was killed${detail}${after}`;
    case "unresponsive":
      return `was unresponsive and was killed${after}`;
  }
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
