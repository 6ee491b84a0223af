// What the core needs of the machine it runs on. `lib/node` has the implementation for Node.js;
// tests replace it with one whose clock and queues they turn by hand.
import type { Pullable, Writing } from "./streams/local-streams.ts";

export interface Timer {
  cancel(): void;
}

export type StreamKind = "readable" | "writable" | "duplex";

export interface Host {
  /** This process's id, where there is one. */
  readonly pid: number | undefined;
  /** What another process of this machine is doing, as far as the platform tells. */
  processState(pid: number): "running" | "stopped" | "dead" | "unknown";
  /** Monotonic clock, in milliseconds. */
  now(): number;
  /** Run `task` when the current tick's microtasks are done, before the event loop goes on. */
  afterMicrotasks(task: () => void): void;
  /** Run `task` in the next turn of the event loop, after I/O had its chance. */
  nextTurn(task: () => void): void;
  /** A timer that never keeps the process alive. */
  startTimer(ms: number, task: () => void): Timer;
  /** Bind `fn` to the asynchronous context of this moment, wherever it is called from. */
  bindContext<A extends unknown[]>(fn: (...args: A) => void): (...args: A) => void;
  /** Make `context` what `currentCall()` answers while `fn` runs; after awaits too if `async`. */
  runInCall<T>(context: object, async: boolean, fn: () => T): T;
  currentCall(): object | undefined;
  /** Whether a prototype is the language's or the platform's own, where reach stops. */
  isPlatformPrototype(prototype: object): boolean;
  /** Whether the value is Node's event emitter, or an EventTarget. */
  isEmitter(value: object): boolean;
  /** Whether the value is a module namespace (also one behind a Proxy of a test runner is not). */
  isModule(value: object): boolean;
  /** Whether the value is a Proxy object, whose traps must not be run while it is inspected. */
  isProxy(value: object): boolean;
  /** Node's own streams; Web streams are told by the core. */
  nodeStreamKind(value: object): StreamKind | undefined;
  /** Node's Readable from an async iterator, and a Writable that hands chunks to `sink`. */
  toReadable(source: AsyncIterator<unknown>, objectMode: boolean): object;
  toWritable(sink: Writing): object;
  /** Pull from a Node Readable, whose errors are from now on those of whoever pulls; leaving destroys it. */
  fromReadable(readable: object): Pullable & { release(): void };
  /** Write one chunk to a Node Writable, resolving when it wants more. */
  fromWritable(writable: object): Writing;
  /** Detaches an ArrayBuffer or MessagePort here; what is returned is the same thing, to be sent. */
  move<T extends object>(handle: T): T;
  /** Warn the developer once (process.emitWarning). */
  warn(message: string, code: string): void;
  /** Register work for the process's last synchronous moment; returns its undo. */
  beforeExit(task: () => void): () => void;
}
