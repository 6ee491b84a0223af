// What the rules of supervision speak of: specs as far as they decide anything, the state of each child,
// and the effects that a decision asks for. No clock, no process: the driver has those.

/**
 * Which children a failure concerns.
 *
 * - `one-for-one`: the one that failed.
 * - `one-for-all`: all of them.
 * - `rest-for-one`: the one that failed and those that were started after it.
 * - `dynamic`: as one-for-one, for children made from one template while running.
 * - `partition`: as one-for-one, for a fixed number of children made from one template, chosen by key.
 */
export type Strategy = "one-for-one" | "one-for-all" | "rest-for-one" | "dynamic" | "partition";

/** Whether a child that ended is started again: always, only after an unclean end, or never. */
export type RestartType = "permanent" | "transient" | "temporary";

/** Whether the supervisor ends when significant children end by themselves: never, at the first, at the last. */
export type AutoShutdown = "never" | "any" | "all";

/** How long to wait before a child is started again. Times in ms. */
export interface Backoff {
  /** Before the first restart. */
  readonly initial: number;
  /** The longest wait. */
  readonly max: number;
  /** Each wait is so many times the one before. */
  readonly factor: number;
  /** Part of the wait that is left to chance, 0 to 1: at 0.5 it is between half and all of it. */
  readonly jitter: number;
  /** A child that ran so long starts from `initial` again. */
  readonly resetAfter: number;
}

/** What of a child's spec the rules need. */
export interface ChildRule {
  readonly restart: RestartType;
  readonly significant: boolean;
  readonly backoff: Backoff | undefined;
}

/** What of a supervisor's spec the rules need. */
export interface SupervisorRule {
  readonly strategy: Strategy;
  /** So many restarts within `period` are borne; one more and the supervisor gives up. */
  readonly intensity: number;
  /** Milliseconds. */
  readonly period: number;
  readonly autoShutdown: AutoShutdown;
  readonly maxChildren: number;
}

/**
 * `waiting`: will be started when its turn or its time has come. `stopped`: will not, unless asked for.
 */
export type ChildState = "stopped" | "waiting" | "starting" | "running" | "stopping";

/** Why a start is made; it decides what a failed one means. */
export type StartCause = "boot" | "add" | "command" | "restart" | "reload";

/** How a child ended, as far as it matters: a clean end is an exit code of 0 or a polite signal. */
export interface RuleExit {
  readonly clean: boolean;
}

/** Why a supervisor ended. */
export type EndReason = "stopped" | "auto-shutdown" | "gave up" | "start failed";

/** Why the whole supervisor ended, and the child that was the cause. */
export interface RuleEnd {
  readonly reason: EndReason;
  readonly id?: string;
}

/** What the driver has to do, in this order. */
export type Effect =
  | { readonly type: "start"; readonly id: string; readonly run: number; readonly cause: StartCause }
  /** Ask that run to end, and see that it does; a run that is still starting is broken off. */
  | { readonly type: "stop"; readonly id: string; readonly run: number }
  /** That run was replaced: let it finish its calls, then stop it. */
  | { readonly type: "retire"; readonly id: string; readonly run: number }
  | { readonly type: "delay"; readonly id: string; readonly ms: number; readonly failures: number }
  | { readonly type: "cancel-delay"; readonly id: string }
  /** The child and its spec are gone. */
  | { readonly type: "forget"; readonly id: string }
  | { readonly type: "restarting"; readonly id: string; readonly ids: readonly string[]; readonly count: number }
  | { readonly type: "ending"; readonly end: RuleEnd }
  | { readonly type: "end"; readonly end: RuleEnd };
