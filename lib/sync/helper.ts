// The blocking thread's side of its helper: starts it, waits for it without an event loop, and learns from it how the
// far side ended. The helper lives as long as the far side does.
import { MessageChannel, receiveMessageOnPort, SHARE_ENV, Worker } from "node:worker_threads";
import type { MessagePort, Transferable } from "node:worker_threads";
import { recordToError } from "../core/error-record.ts";
import type { Carries, TransportEnd } from "../core/transport.ts";
import type { BlockingTransport, Fate } from "../transports/blocking.ts";
import { createPortProbe } from "../transports/port-probe.ts";
import { createSharedMemory } from "../transports/ring.ts";
import { sharedMemoryTransport } from "../transports/shared-memory.ts";
import { type FarEnd, type HelperData, type HelperNews, type HelperOrder, LINE_BYTES, Stage, type StartedFarSide, Word } from "./line.ts";

/** While waiting, how often it is asked whether the helper is still there, in ms. */
const ASK_EVERY = 50;
/** How long the end of the process waits for output that is on its way, since some was written, in ms. */
const FLUSH_PATIENCE = 500;

const HELPER_ENDED: TransportEnd = { reason: "the helper thread ended" };

export interface HelperOptions {
  /** What of the job is moved. */
  readonly transfer?: readonly Transferable[];
  /** The helper has this thread's environment, to pass it on. */
  readonly sharesEnv?: boolean;
}

export class Helper implements Fate {
  readonly known: Promise<TransportEnd>;
  readonly #memory: SharedArrayBuffer = createSharedMemory();
  readonly #words = new Int32Array(new SharedArrayBuffer(LINE_BYTES));
  readonly #line: MessagePort;
  readonly #port: MessagePort;
  readonly #probe: () => boolean;
  /** The helper is gone: to ask its port for more would crash the process (Node 20). */
  #isLineClosed = false;
  #started: StartedFarSide | undefined;
  #end: TransportEnd | undefined;
  #onEnd!: (end: TransportEnd) => void;
  #onGone!: () => void;
  /** The helper has nothing left to do. Its far side may have ended long before. */
  readonly gone: Promise<void>;

  /** @param entry the program of the helper thread, which does `job` */
  constructor(entry: URL, job: unknown, { transfer = [], sharesEnv = false }: HelperOptions = {}) {
    const line = new MessageChannel();
    const rings = new MessageChannel();
    this.#line = line.port1;
    this.#port = rings.port1;
    this.#probe = createPortProbe(this.#line);
    this.known = new Promise((resolve) => (this.#onEnd = resolve));
    this.gone = new Promise((resolve) => (this.#onGone = resolve));
    const data: HelperData = {
      job,
      words: this.#words.buffer as SharedArrayBuffer,
      line: line.port2,
      memory: this.#memory,
      port: rings.port2,
    };
    // Options for the far side's thread are not for this one.
    const transferList = [line.port2, rings.port2, ...transfer];
    const helper = new Worker(entry, { workerData: data, transferList, execArgv: [], ...(sharesEnv && { env: SHARE_ENV }) });
    helper.on("error", (cause) => this.#settle({ reason: "the helper thread failed", cause }));
    helper.on("exit", () => {
      // What it has said may be on its way still.
      this.#look();
      this.#settle(HELPER_ENDED);
      this.#onGone();
    });
    helper.unref();
    this.#line.on("message", (news: HelperNews) => this.#take(news));
    this.#line.on("close", () => (this.#isLineClosed = true));
    this.#line.unref();
  }

  /** Blocks until the far side was started. Throws what kept it from that, or `onTimeout()` when the time is over. */
  awaitStart(timeoutMs: number, onTimeout: () => Error): StartedFarSide {
    const until = performance.now() + timeoutMs;
    while (this.#started === undefined) {
      this.#look();
      if (this.#started !== undefined) break;
      if (this.#end !== undefined) throw this.#end.cause ?? new Error(this.#end.reason);
      const left = until - performance.now();
      if (left <= 0) throw onTimeout();
      Atomics.wait(this.#words, Word.stage, Stage.starting, Math.min(left, ASK_EVERY));
    }
    return this.#started;
  }

  /** The transport to the far side, once it was started. */
  open(label: string, options: { readonly spin?: number | undefined; readonly carries?: Carries | undefined }): BlockingTransport {
    const { spin, carries } = options;
    return sharedMemoryTransport(this.#port, this.#memory, 0, label, {
      fate: this,
      ...(spin !== undefined && { spin }),
      ...(carries !== undefined && { carries }),
    });
  }

  read(): TransportEnd | undefined {
    if (this.#end === undefined) this.#look();
    return this.#end;
  }

  /** Blocks until the far side has ended, at most so many ms. */
  awaitEnd(timeoutMs: number): void {
    const until = performance.now() + timeoutMs;
    while (this.read() === undefined) {
      const left = until - performance.now();
      if (left <= 0) return;
      Atomics.wait(this.#words, Word.stage, Stage.running, Math.min(left, ASK_EVERY));
    }
  }

  /** Ends the far side, unless it ends by itself within so many ms. */
  stop(afterMs: number): void {
    if (this.#end === undefined) this.#line.postMessage(["stop", afterMs] satisfies HelperOrder);
  }

  /** For the last moment of the process: blocks until what the far side has printed is written. */
  flushOutput(): void {
    if (this.#isLineClosed) return;
    const before = Atomics.load(this.#words, Word.flushed);
    this.#line.postMessage(["flush"] satisfies HelperOrder);
    let written = Atomics.load(this.#words, Word.written);
    let until = performance.now() + FLUSH_PATIENCE;
    while (Atomics.load(this.#words, Word.flushed) === before) {
      this.#look();
      if (this.#isLineClosed) return;
      const now = Atomics.load(this.#words, Word.written);
      // Somebody reads, at his own pace.
      if (now !== written) until = performance.now() + FLUSH_PATIENCE;
      written = now;
      const left = until - performance.now();
      if (left <= 0) return;
      Atomics.wait(this.#words, Word.flushed, before, Math.min(left, ASK_EVERY));
    }
  }

  /** Takes what the helper has said; and a port learns only when it is asked that its other end is gone. */
  #look(): void {
    while (!this.#isLineClosed) {
      const received = receiveMessageOnPort(this.#line);
      if (received !== undefined) {
        this.#take(received.message as HelperNews);
        continue;
      }
      this.#isLineClosed = this.#probe();
      break;
    }
    if (this.#isLineClosed) this.#settle(HELPER_ENDED);
  }

  #take(news: HelperNews): void {
    if (news[0] === "started") this.#started = news[1];
    else this.#settle(toTransportEnd(news[1]));
  }

  #settle(end: TransportEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#onEnd(end);
  }
}

function toTransportEnd({ cause, reason, code, signal }: FarEnd): TransportEnd {
  return {
    reason,
    ...(code !== undefined && { code }),
    ...(signal !== undefined && { signal }),
    ...(cause !== undefined && { cause: recordToError(cause) }),
  };
}
