// A worker that is a thread: a lease of one of piscina's, held by a session over shared memory.
import { MessageChannel } from "node:worker_threads";
import type { MessagePort, Worker } from "node:worker_threads";
import type { CloseReason } from "../core/connection.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import type { Transport, TransportEnd } from "../core/transport.ts";
import { nodeHost } from "../node/host.ts";
import { type Owned, ownedTransport } from "../spawn/owned-transport.ts";
import { untilReady } from "../spawn/until-ready.ts";
import { createSharedMemory } from "../transports/ring.ts";
import { sharedMemoryTransport } from "../transports/shared-memory.ts";
import { wireCodec } from "../wire/codec.ts";
import { abortMarker, createAbortMemory } from "./abort-flags.ts";
import { createClaimMemory, Offers } from "./claims.ts";
import type { ControlNews, ControlRequest } from "./lease-task.ts";
import type { PiscinaThreads, ThreadRun } from "./piscina-threads.ts";
import type { PoolWorker } from "./worker.ts";

export interface ThreadWorkerParts {
  readonly threads: PiscinaThreads;
  /** URL of the module. */
  readonly module: string;
  readonly options: ConnectionOptions;
  /** What this side offers the thread. */
  readonly api: object | undefined;
  /** How long the thread may take to load the module, in ms; 0: as long as it likes. Undefined: as spawned threads may. */
  readonly startTimeout: number | undefined;
  readonly execArgv: readonly string[] | undefined;
  /** Calls that the thread may run at once. */
  readonly concurrency: number;
  readonly spin: number | undefined;
  /** How long the thread may take to end once its session has, in ms. */
  readonly exitTimeout: number;
}

export class ThreadWorker implements PoolWorker {
  label = "starting";
  readonly offers: Offers;
  readonly ready: Promise<Session>;
  readonly ended: Promise<CloseReason>;
  readonly #parts: ThreadWorkerParts;
  readonly #port: MessagePort;
  readonly #control: MessagePort;
  readonly #memory = createSharedMemory();
  readonly #aborts = createAbortMemory();
  readonly #run: ThreadRun;
  #session: Session | undefined;
  #exit: Promise<TransportEnd> | undefined;
  /** Calls wait for an answer, or how they end. */
  #isHeld = true;
  #killed: CloseReason | undefined;
  #onReady!: (session: Promise<Session>) => void;
  #onHeap: ((used: number) => void)[] = [];

  constructor(parts: ThreadWorkerParts) {
    this.#parts = parts;
    this.ready = new Promise((resolve) => (this.#onReady = resolve));
    this.ready.catch(() => {});
    const session = new MessageChannel();
    const control = new MessageChannel();
    this.#port = session.port1;
    this.#control = control.port1;
    this.#control.on("message", this.#onNews);
    this.#control.unref();
    const claims = createClaimMemory();
    this.offers = new Offers(claims);
    const { module, concurrency, spin } = parts;
    this.#run = parts.threads.run({
      port: session.port2,
      memory: this.#memory,
      aborts: this.#aborts,
      claims,
      control: control.port2,
      module,
      concurrency,
      spin,
    });
    this.ended = this.#run.ended.then((error) => this.#onEnded(error));
  }

  async stop(): Promise<void> {
    if (this.#session === undefined) this.kill("closed");
    else await this.#session.close();
    await this.ended;
  }

  kill(reason: string): void {
    this.#killed ??= { reason };
    this.#session?.destroy(reason);
    this.#run.end();
  }

  heapUsed(): Promise<number> {
    return new Promise((resolve) => {
      this.#onHeap.push(resolve);
      this.#control.postMessage({ ask: "heap" } satisfies ControlRequest);
    });
  }

  #onNews = (news: ControlNews): void => {
    if (news.kind === "started") return this.#onStarted(news.threadId);
    for (const resolve of this.#onHeap.splice(0)) resolve(news.used);
  };

  #onStarted(threadId: number): void {
    if (this.#killed !== undefined) return;
    this.label = `worker#${threadId}`;
    const worker = this.#parts.threads.begin(this.#run, threadId);
    // The port holds the process as long as calls wait; then, until it is known how the thread ended, the thread does.
    this.#port.once("close", () => {
      if (this.#isHeld) worker?.ref();
    });
    this.#exit = worker === undefined ? this.#run.ended.then(() => ({ reason: "the worker exited" })) : exitOf(worker);
    const { options, api, module, startTimeout, execArgv } = this.#parts;
    const session = new Session({
      transport: this.#transport(this.#exit),
      host: nodeHost,
      codec: wireCodec,
      options,
      onGiveUp: abortMarker(this.#aborts),
    });
    this.#session = session;
    if (api !== undefined) session.expose(api, options);
    session.start();
    this.#onReady(untilReady(session, module, startTimeout, execArgv).then(() => session));
  }

  #transport(exit: Promise<TransportEnd>): Transport {
    const { spin, exitTimeout } = this.#parts;
    const owned: Owned = {
      onExit: (listener) => void exit.then(listener),
      kill: () => this.#run.end(),
      ref: () => void (this.#isHeld = true),
      unref: () => void (this.#isHeld = false),
    };
    return ownedTransport(
      sharedMemoryTransport(this.#port, this.#memory, 0, this.label, spin === undefined ? {} : { spin }),
      owned,
      exitTimeout,
    );
  }

  /** The thread is gone, or never came. */
  async #onEnded(error: unknown): Promise<CloseReason> {
    this.#control.close();
    if (this.#exit === undefined) {
      this.#port.close();
      this.#onReady(Promise.reject(error));
      return this.#killed ?? { reason: `no thread could be started: ${String(error)}`, cause: error };
    }
    const { reason, code, cause } = await this.#exit;
    return { reason: this.#killed?.reason ?? reason, exitCode: code, ...(cause !== undefined && { cause }) };
  }
}

/** Resolves when the thread has ended, with its exit code and what it threw. */
function exitOf(worker: Worker): Promise<TransportEnd> {
  return new Promise((resolve) => {
    let uncaught: { readonly cause: unknown } | undefined;
    worker.once("error", (cause: unknown) => (uncaught = { cause }));
    worker.once("exit", (code) => {
      const thrown = uncaught === undefined ? "" : ` (${String(uncaught.cause)})`;
      resolve({ reason: `the worker exited with code ${code}${thrown}`, code, ...uncaught });
    });
  });
}
