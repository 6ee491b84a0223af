// The one place that knows piscina. It starts the threads, counts, limits and ends them; each runs one task as long
// as it lives, so that no call is ever a task and none of them shares the fate of one.
import { fileURLToPath } from "node:url";
import type { MessagePort, Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { LeaseTask } from "./lease-task.ts";
import { farProgram } from "../node/far-program.ts";

/** What of piscina's options is for it to carry out. */
export type ThreadOptions = Pick<
  NonNullable<ConstructorParameters<typeof Piscina>[0]>,
  "resourceLimits" | "argv" | "execArgv" | "env" | "workerData" | "niceIncrement" | "trackUnmanagedFds"
>;

/** Piscina's own record of a thread. */
interface WorkerInfo {
  readonly worker: Worker;
  readonly port: MessagePort;
}

export class PiscinaThreads {
  readonly #piscina: Piscina;
  readonly #infos = new Map<number, WorkerInfo>();
  /** Those whose thread has not begun, in the order in which piscina serves them. */
  readonly #awaited = new Set<ThreadRun>();
  #begun = 0;
  #lastError: unknown;
  /** No thread can be started with these options. */
  #impossible: { readonly error: unknown } | undefined;

  constructor(Pool: typeof Piscina, maxThreads: number, options: ThreadOptions) {
    this.#piscina = new Pool({
      ...options,
      filename: fileURLToPath(farProgram("pool/entry/serve-lease")),
      minThreads: 0,
      // Room for those that have ended and that piscina has not heard of: a task that has to wait for their end
      // would wait for ever, since piscina starts a thread when it is given a task and at no other time.
      maxThreads: 2 * maxThreads,
      // A thread without its task has done what it was for.
      idleTimeout: 0,
      concurrentTasksPerWorker: 1,
      maxQueue: Number.POSITIVE_INFINITY,
      // The event loop of a thread turns whether it has a task or not.
      atomics: "disabled",
      recordTiming: false,
    });
    // Without a listener it would end the process.
    this.#piscina.on("error", (error: unknown) => (this.#lastError = error));
    this.#piscina.on("workerCreate", (worker: { readonly id: number }) => {
      const info = infoOf(worker);
      if (info !== undefined) this.#infos.set(worker.id, info);
    });
    this.#piscina.on("workerDestroy", (worker: object) => {
      // A thread that has ended has no number any more.
      const gone = infoOf(worker);
      for (const [id, info] of this.#infos) if (info === gone) this.#infos.delete(id);
      // By then whoever had its task on that thread knows.
      setImmediate(this.#countThreads);
    });
  }

  /** Runs a task on a thread of its own. */
  run(task: LeaseTask): ThreadRun {
    const controller = new AbortController();
    const run = new ThreadRun(controller);
    if (this.#impossible !== undefined) {
      run.finish(this.#impossible.error);
      return run;
    }
    this.#awaited.add(run);
    try {
      this.#piscina.run(task, { transferList: [task.port, task.control], signal: controller.signal }).catch(run.finish);
    } catch (error) {
      // The task stays in piscina's queue, for no thread: there will be none.
      this.#impossible = { error };
      run.finish(error);
    }
    void run.ended.then(() => {
      if (run.hasBegun) this.#begun -= 1;
      else this.#awaited.delete(run);
    });
    return run;
  }

  /** The thread says that it runs the task. */
  begin(run: ThreadRun, threadId: number): Worker | undefined {
    run.hasBegun = true;
    this.#awaited.delete(run);
    this.#begun += 1;
    const info = this.#infos.get(threadId);
    // Piscina holds the process as long as a task runs. Ours run for ever; the session's port holds it as it must.
    info?.port.unref();
    return info?.worker ?? this.#piscina.threads.find((worker) => worker.threadId === threadId);
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    // It would reject the tasks in its queue: promises that it threw away, which nobody can handle.
    if (this.#impossible === undefined) await this.#piscina.destroy();
  }

  /** A thread that dies before it is ready leaves its task in piscina's queue with nobody to take it. */
  #countThreads = (): void => {
    const starting = this.#piscina.threads.length - this.#begun;
    for (const run of [...this.#awaited].slice(Math.max(0, starting))) {
      run.finish(this.#lastError ?? new Error("The thread ended before it was ready"));
      run.end();
    }
  };
}

/** One task on its thread. */
export class ThreadRun {
  hasBegun = false;
  /** Resolves with the error that ended it, or that it was ended with. */
  readonly ended: Promise<unknown>;
  finish!: (error: unknown) => void;
  readonly #controller: AbortController;

  constructor(controller: AbortController) {
    this.#controller = controller;
    this.ended = new Promise((resolve) => (this.finish = resolve));
  }

  /** Ends the thread, or the waiting for one. */
  end(): void {
    this.#controller.abort();
  }
}

/** Piscina gives a worker's record to load balancers and listeners under a symbol that it does not export. */
function infoOf(worker: object): WorkerInfo | undefined {
  for (const symbol of Object.getOwnPropertySymbols(worker)) {
    const info = (worker as Record<symbol, unknown>)[symbol];
    if (typeof info === "object" && info !== null && "worker" in info && "port" in info) return info as WorkerInfo;
  }
  return undefined;
}
