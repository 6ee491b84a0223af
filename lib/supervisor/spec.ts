// Specs: plain data that says what is supervised, and how. Users write these; `check-spec.ts` checks them and
// fills in the defaults. Times are in ms, sizes in bytes.
import type { PoolOptions } from "../pool/options.ts";
import type { ListenOptions } from "../socket/server.ts";
import type { SpawnProcessOptions } from "../spawn/process.ts";
import type { SpawnThreadOptions } from "../spawn/thread.ts";
import type { AutoShutdown, Backoff, RestartType, Strategy } from "./rules/types.ts";

/**
 * What a supervisor is made of.
 *
 * @example
 * const tree = await supervise({
 *   strategy: "rest-for-one",
 *   children: [
 *     { id: "store", start: { process: new URL("./store.js", import.meta.url) } },
 *     { id: "search", start: { thread: new URL("./search.js", import.meta.url) }, backoff: true },
 *   ],
 * });
 */
export interface SupervisorSpec {
  /** Names it in errors and in views. @defaultValue "supervisor" */
  readonly name?: string;
  /** @defaultValue "one-for-one" */
  readonly strategy?: Strategy;
  /** So many restarts within `period` are borne; at one more the supervisor gives up. @defaultValue 3 */
  readonly intensity?: number;
  /** @defaultValue 5,000 */
  readonly period?: number;
  /** Whether it ends when `significant` children end by themselves. @defaultValue "never" */
  readonly autoShutdown?: AutoShutdown;
  /** In the order in which they start; not for `dynamic` and `partition`. */
  readonly children?: readonly ChildSpec[];
  /** What each child of `dynamic` and `partition` is made from. */
  readonly template?: ChildTemplate;
  /** @defaultValue no limit */
  readonly maxChildren?: number;
  /** How many children `partition` has. @defaultValue the number of processors */
  readonly partitions?: number;
  /** Signals to this process that are passed on to all children, for instance `["SIGHUP"]`. @defaultValue none */
  readonly forwardSignals?: readonly NodeJS.Signals[];
  /** Signals to this process at which the supervisor closes, for instance `["SIGTERM", "SIGINT"]`. @defaultValue none */
  readonly closeOn?: readonly NodeJS.Signals[];
}

/** What of a supervisor can be changed while it runs. */
export type SupervisorChange = Pick<SupervisorSpec, "intensity" | "period" | "autoShutdown" | "maxChildren">;

/** A child of `dynamic` and `partition`: a spec without `id`, or with one that each child's number is added to. */
export type ChildTemplate = Omit<ChildSpec, "id" | "instances"> & { readonly id?: string };

/** Milliseconds to end in; `brutal`: killed at once; `infinity`: never killed. */
export type Shutdown = number | "brutal" | "infinity";

/** One child: what it is, and how it is kept. */
export interface ChildSpec {
  /** Unique among its siblings, without `#` and `/`. */
  readonly id: string;
  readonly start: ChildStart;
  /** @defaultValue "permanent" */
  readonly restart?: RestartType;
  /** How long it may take to stop before it is killed. @defaultValue 5,000; "infinity" for supervisors */
  readonly shutdown?: Shutdown;
  /** How long it may take to be ready. @defaultValue 30,000 */
  readonly startTimeout?: number;
  /** Its end counts for the supervisor's `autoShutdown`; only `transient` and `temporary` children. @defaultValue false */
  readonly significant?: boolean;
  /** Wait longer and longer before each restart. True: the defaults. @defaultValue false, at once */
  readonly backoff?: boolean | Partial<Backoff>;
  /** Kill and restart it when it gives no sign of life. True: the defaults. @defaultValue false */
  readonly health?: boolean | Partial<HealthSpec>;
  /** Replace it when it uses more memory. A number is the limit. @defaultValue no limit */
  readonly memory?: number | (Partial<MemorySpec> & Pick<MemorySpec, "limit">);
  /** What becomes of what it writes to stdout and stderr. @defaultValue "inherit" */
  readonly output?: OutputMode;
  /** So many of it, told apart as `id#1`, `id#2`, …; calls are spread over them. @defaultValue 1 */
  readonly instances?: number;
  /** Calls through `remote(id)` while it is down. */
  readonly queue?: Partial<QueueSpec>;
  /** How long one that was replaced may take to finish its calls. @defaultValue 30,000 */
  readonly drain?: number | "infinity";
  /** The member of its api that is called before it counts as ready, with the arguments of `add(...)`; it may answer "ignore". */
  readonly init?: string;
  /** What one run hands over to the next at a reload or a replacement. */
  readonly handOver?: Partial<HandOverSpec> & Pick<HandOverSpec, "from" | "to">;
}

/** What a child is. */
export type ChildStart = ProcessStart | ThreadStart | PoolStart | ListenStart | SuperviseStart | FunctionStart;

/** A module in a child process; its exports are what `remote(id)` calls. */
export interface ProcessStart {
  readonly process: string | URL;
  readonly options?: ProcessStartOptions;
}

/** Settings of `spawnProcess`, but for those that the supervisor sees to. */
export interface ProcessStartOptions extends Omit<
  SpawnProcessOptions,
  "stdio" | "detached" | "startTimeout" | "exitTimeout" | "killSignal" | "whenOrphaned" | "name"
> {
  /** It leads a process group of its own, and what it started ends with it. @defaultValue true; has no meaning on Windows */
  readonly group?: boolean;
}

/** A module in a worker thread; its exports are what `remote(id)` calls. */
export interface ThreadStart {
  readonly thread: string | URL;
  readonly options?: ThreadStartOptions;
}

/** Settings of `spawnThread`, but for those that the supervisor sees to. */
export interface ThreadStartOptions extends Omit<
  SpawnThreadOptions,
  "stdout" | "stderr" | "startTimeout" | "exitTimeout" | "name" | "env"
> {
  /** @defaultValue a copy of this thread's environment */
  readonly env?: NodeJS.ProcessEnv;
}

/** A pool of workers of one module; see `createPool`. */
export interface PoolStart {
  readonly pool: string | URL;
  /** The options of `createPool`. */
  readonly options?: PoolOptions;
}

/** A server on a socket; see `listen`. It lives in this process, and `remote(id)` calls its object. */
export interface ListenStart {
  /** The path, or the options of `listen`. */
  readonly listen: string | ListenOptions;
  /** What it serves: an object, or a function that makes one per connection. */
  readonly api: object;
}

/** A supervisor beneath this one. */
export interface SuperviseStart {
  readonly supervise: SupervisorSpec;
}

/** What a function is told when its child is to start. */
export interface FunctionContext {
  readonly id: string;
  /** Fires when the start is broken off. */
  readonly signal: AbortSignal;
  readonly args: readonly unknown[];
  readonly restarts: number;
  /** What the run before handed over. */
  readonly state: unknown;
}

/** What a function answers: how to stop what it started, and how to tell that it ended. */
export interface StartedByFunction {
  /** Called to stop it; it counts as ended when what this returns has settled. */
  stop?(how: "ask" | "kill"): unknown;
  /** Settles when it ended by itself: resolves for a clean end, rejects for a failure. */
  readonly exited?: PromiseLike<unknown>;
  /** What `remote(id)` calls. */
  readonly api?: object;
}

/** Anything in this process: starts it, and answers how to stop it; or "ignore" if there is nothing to do. */
export type FunctionStart = (
  context: FunctionContext,
) => StartedByFunction | "ignore" | undefined | void | PromiseLike<StartedByFunction | "ignore" | undefined | void>;

/**
 * `inherit`: to this process's own. `pipe`: the same, each line with the child's id before it. `capture`:
 * as "line" events. `ignore`: nowhere. The last lines of stderr are kept for the exit report, except with `inherit`.
 */
export type OutputMode = "inherit" | "pipe" | "capture" | "ignore";

/** Which of a child's streams. */
export type OutputStream = "stdout" | "stderr";

/** When a child counts as unresponsive. */
export interface HealthSpec {
  /** How often the child gives a sign of life. @defaultValue 1,000 */
  readonly interval: number;
  /** Without one for so long it is unresponsive, and killed. @defaultValue 10,000 */
  readonly timeout: number;
  /** An event loop that was late by so much in `lagCount` reports on end is unresponsive too. @defaultValue no limit */
  readonly maxLag: number;
  /** @defaultValue 3 */
  readonly lagCount: number;
}

/** When a child is replaced because of its memory. */
export interface MemorySpec {
  /** Above it the child is replaced by a new one, when its calls are done. */
  readonly limit: number;
  /** Above it the child is killed at once, and counts as out of memory. @defaultValue twice the limit */
  readonly hard: number;
  /** How often it is looked at. @defaultValue 1,000 */
  readonly interval: number;
}

/** Calls through `remote(id)` while the child is down; named as the settings of a reconnecting client. */
export interface QueueSpec {
  /** They wait until the child is back, or reject at once with `ChildDownError`. @defaultValue "wait" */
  readonly whileDown: "wait" | "fail";
  /** Calls that may wait; more reject with `QueueFullError`. @defaultValue 10,000 */
  readonly maxQueued: number;
  /** Bytes of the arguments of calls that wait. @defaultValue 16 MiB */
  readonly maxQueuedBytes: number;
  /** How long a call may wait, unless its own `queueTimeout` says otherwise. @defaultValue 30,000 */
  readonly maxQueuedTime: number;
  /** How often an idempotent call is sent at most, when each run that has it ends. @defaultValue 3 */
  readonly maxAttempts: number;
}

/** What a child leaves to the one that replaces it. */
export interface HandOverSpec {
  /** Member of the old run; what it answers is handed over. */
  readonly from: string;
  /** Member of the new run; called with it before the new run counts as ready. */
  readonly to: string;
  /** Bytes, as sent. More: nothing is handed over, and "failed" tells so. @defaultValue 16 MiB */
  readonly maxBytes: number;
  /** For each of the two calls. @defaultValue 5,000 */
  readonly timeout: number;
}
