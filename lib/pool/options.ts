// What a user can set on a pool, what holds when nothing is set, and what is refused.
import { availableParallelism } from "node:os";
import type { ConnectionOptions } from "../core/options.ts";
import type { Remote } from "../core/remote.ts";
import type { ThreadOptions } from "./piscina-threads.ts";

/** When a worker is replaced though nothing is wrong with it. */
export interface RecycleOptions {
  /** After so many calls. @defaultValue none */
  readonly maxCalls?: number;
  /**
   * When, after a call, its JavaScript heap has so many bytes in use, garbage that was not collected among them; of a
   * process, when so much of its memory is resident (Linux only). Looked at once a second at most. @defaultValue none
   */
  readonly maxHeap?: number;
  /** So many ms after it started. @defaultValue none */
  readonly maxAge?: number;
}

/** Settings of a pool. Names and meanings are piscina's where it has them. Times are in ms. */
export interface PoolOptions<T = unknown> extends Omit<ConnectionOptions, "helloTimeout" | "heartbeat" | "frameTimeout"> {
  /** What the workers are: threads, or processes, which have memory of their own and crash alone. @defaultValue "thread" */
  readonly kind?: "thread" | "process";
  /** Workers that are kept when there is nothing to do. @defaultValue half the number of processors */
  readonly minThreads?: number;
  /** Workers at most. @defaultValue the number of processors */
  readonly maxThreads?: number;
  /** How long a worker above `minThreads` may have nothing to do before it is ended. @defaultValue 10,000 */
  readonly idleTimeout?: number;
  /** Calls that one worker has at once; above 1 for members that wait for something. @defaultValue 1 */
  readonly concurrency?: number;
  /** Calls that may wait for a worker; more reject with `QueueFullError`. "auto": maxThreads squared. @defaultValue 65,536 */
  readonly maxQueue?: number | "auto";
  /** Bytes of the arguments of all calls that wait. @defaultValue 256 MiB */
  readonly maxQueueBytes?: number;
  /** How long a call may wait for a worker before it rejects with `TimeoutError`. @defaultValue as long as it takes */
  readonly queueTimeout?: number;
  /** How long a call may go on after it was aborted, before its worker is replaced. `Infinity`: as long as it likes. @defaultValue 5,000 */
  readonly killAfter?: number;
  /** How often in all a call that is idempotent may be given to a worker, if workers are lost. @defaultValue 3 */
  readonly maxAttempts?: number;
  readonly recycle?: RecycleOptions;
  /** Called with each new worker before that takes calls. */
  readonly warmup?: (worker: Remote<T>) => unknown;
  /** Called with each worker that is ended in good order. */
  readonly teardown?: (worker: Remote<T>) => unknown;
  /** What this side offers the workers to call. @defaultValue nothing */
  readonly api?: object;
  /** How long a worker may take to load its module; 0: as long as it likes. @defaultValue 30,000; 0 under a debugger */
  readonly startTimeout?: number;
  /** How long a worker may take to end once its calls are done. @defaultValue 5,000 */
  readonly exitTimeout?: number;
  /** How long `close()` waits for calls, before it ends what still runs. @defaultValue as long as it takes */
  readonly closeTimeout?: number;
  /** Limits of each thread's heap, as of `new Worker()`; of a process, its old generation. */
  readonly resourceLimits?: ThreadOptions["resourceLimits"];
  readonly env?: ThreadOptions["env"];
  readonly argv?: ThreadOptions["argv"];
  readonly execArgv?: ThreadOptions["execArgv"];
  /** What threads find as `workerData` of node:worker_threads. */
  readonly workerData?: unknown;
  /** By how much threads are to be nicer than this one; needs the package @napi-rs/nice. */
  readonly niceIncrement?: number;
  readonly trackUnmanagedFds?: boolean;
  /** Microseconds that threads look for news before they sleep; 0: never. @defaultValue 50 */
  readonly spin?: number;
}

/** The same with everything decided. */
export interface PoolPlan {
  readonly kind: "thread" | "process";
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly idleTimeout: number;
  readonly concurrency: number;
  /** Calls that a worker may have ahead of their turn. */
  readonly ahead: number;
  readonly maxQueue: number;
  readonly maxQueueBytes: number;
  readonly queueTimeout: number;
  readonly killAfter: number;
  readonly maxAttempts: number;
  readonly maxCalls: number;
  readonly maxHeap: number;
  readonly maxAge: number;
  readonly closeTimeout: number;
}

const MiB = 1024 * 1024;
/** Enough that a quick worker never waits for the next call, few enough to be taken back in no time. */
const AHEAD = 128;
const NEVER = Number.POSITIVE_INFINITY;

/** @throws RangeError, TypeError for what makes no sense */
export function planOf(options: PoolOptions<never>): PoolPlan {
  const { kind = "thread", recycle = {} } = options;
  if (kind !== "thread" && kind !== "process") throw new TypeError(`kind: ${String(kind)} is neither "thread" nor "process"`);
  const processors = availableParallelism();
  const { maxThreads = Math.max(processors, options.minThreads ?? 1) } = options;
  const { minThreads = Math.min(maxThreads, Math.max(1, Math.floor(processors / 2))) } = options;
  check("maxThreads", maxThreads, 1, "whole");
  check("minThreads", minThreads, 0, "whole");
  if (minThreads > maxThreads) throw new RangeError(`minThreads is ${minThreads}, more than maxThreads, ${maxThreads}`);
  const number = (name: string, value: number | undefined, usual: number, least: number): number => {
    check(name, value ?? usual, least);
    return value ?? usual;
  };
  return {
    kind,
    minThreads,
    maxThreads,
    idleTimeout: number("idleTimeout", options.idleTimeout, 10_000, 0),
    concurrency: number("concurrency", options.concurrency, 1, 1),
    // Only a thread shares the memory by which such calls can be taken back.
    ahead: kind === "thread" ? AHEAD : 0,
    maxQueue: options.maxQueue === "auto" ? maxThreads ** 2 : number("maxQueue", options.maxQueue, 65_536, 0),
    maxQueueBytes: number("maxQueueBytes", options.maxQueueBytes, 256 * MiB, 0),
    queueTimeout: number("queueTimeout", options.queueTimeout, NEVER, 0),
    killAfter: number("killAfter", options.killAfter, 5_000, 0),
    maxAttempts: number("maxAttempts", options.maxAttempts, 3, 1),
    maxCalls: number("recycle.maxCalls", recycle.maxCalls, NEVER, 1),
    maxHeap: number("recycle.maxHeap", recycle.maxHeap, NEVER, 1),
    maxAge: number("recycle.maxAge", recycle.maxAge, NEVER, 1),
    closeTimeout: number("closeTimeout", options.closeTimeout, NEVER, 0),
  };
}

/** What of the options is for piscina. */
export function threadOptionsOf(options: PoolOptions<never>): ThreadOptions {
  const { resourceLimits, env, argv, execArgv, workerData, niceIncrement, trackUnmanagedFds } = options;
  const all = { resourceLimits, env, argv, execArgv, workerData, niceIncrement, trackUnmanagedFds };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** What of the options is for the sessions with the workers. */
export function connectionOptionsOf(options: PoolOptions<never>): ConnectionOptions {
  const { limits, references, classes, errors, intercept, traceReferences, asyncContext, writable, fields } = options;
  const given = { limits, references, classes, errors, intercept, traceReferences, asyncContext, writable, fields };
  // `startTimeout` is in the place of `helloTimeout`.
  return { helloTimeout: 0, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function check(name: string, value: unknown, least: number, kind: "any" | "whole" = "any"): void {
  if (typeof value !== "number" || Number.isNaN(value)) throw new TypeError(`${name} is ${String(value)}, and must be a number`);
  if (value < least || (kind === "whole" && !Number.isInteger(value)))
    throw new RangeError(`${name} is ${value}, and must be ${kind === "whole" ? "a whole number, " : ""}${least} or more`);
}
