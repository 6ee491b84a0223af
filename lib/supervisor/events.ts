// What a supervisor tells: typed events, one listener at a time or all of them as an async iterable.
import { Emitter } from "../core/emitter.ts";
import type { ExitReport } from "./exit-report.ts";
import type { EndReason, StartCause } from "./rules/types.ts";
import type { OutputStream } from "./spec.ts";

/** The events of a supervisor by name. */
export interface SupervisorEvents {
  /** A run was begun. */
  started: { readonly id: string; readonly cause: StartCause };
  /** It said hello and its `init` is done. `took`: ms since it was begun. */
  ready: { readonly id: string; readonly cause: StartCause; readonly pid: number | undefined; readonly took: number };
  /** It answered that there is nothing to run. */
  ignored: { readonly id: string };
  /** It did not become ready. */
  failed: { readonly id: string; readonly cause: StartCause; readonly error: unknown };
  /** `expected`: it had been asked to. */
  exited: { readonly id: string; readonly report: ExitReport; readonly expected: boolean };
  /** `id` failed, so `ids` are started anew; it is restart number `count` within the period. */
  restarting: { readonly id: string; readonly ids: readonly string[]; readonly count: number };
  /** It will be started in `delay` ms; `failures`: automatic restarts since it last ran stably. */
  backoff: { readonly id: string; readonly delay: number; readonly failures: number };
  /** A new run took the place of the old one, which now finishes its calls. */
  reloaded: { readonly id: string; readonly pid: number | undefined };
  /** A limit was passed: it will be killed (heartbeat, lag, hard memory) or replaced (memory). */
  unhealthy: { readonly id: string; readonly what: "heartbeat" | "lag" | "memory"; readonly value: number; readonly limit: number };
  /** A line that it wrote; with `output: "capture"`. */
  line: { readonly id: string; readonly stream: OutputStream; readonly line: string };
  /** Its spec is gone. */
  removed: { readonly id: string };
  /** More restarts than the intensity allows: the supervisor gives up, stops its children and fails upwards. */
  escalated: { readonly id: string; readonly report: ExitReport | undefined };
  /** It begins to stop its children, and why. */
  ending: { readonly reason: EndReason; readonly id: string | undefined };
  ended: { readonly reason: EndReason; readonly id: string | undefined };
}

/** The names of the events of a supervisor. */
export type SupervisorEventName = keyof SupervisorEvents;

/** One event, with its name, its time and the supervisor that it comes from, those above it first: `root/jobs`. */
export type SupervisorEvent = {
  [Name in SupervisorEventName]: { readonly type: Name; readonly supervisor: string; readonly at: number } & SupervisorEvents[Name];
}[SupervisorEventName];

/** Events that an iterable keeps for a slow reader; the oldest go first. */
const BACKLOG = 10_000;

export class EventHub {
  readonly #supervisor: string;
  readonly #date: () => number;
  readonly #named: Emitter<SupervisorEvents>;
  readonly #all = new Set<(event: SupervisorEvent) => void>();
  #isOver = false;
  readonly #onError: (error: unknown) => void;

  constructor(supervisor: string, date: () => number, onError: (error: unknown) => void) {
    this.#supervisor = supervisor;
    this.#date = date;
    this.#onError = onError;
    this.#named = new Emitter(onError);
  }

  emit<Name extends SupervisorEventName>(type: Name, detail: SupervisorEvents[Name]): void {
    if (type === "ended") this.#isOver = true;
    this.#named.emit(type, detail);
    this.pass({ type, supervisor: this.#supervisor, at: this.#date(), ...detail } as SupervisorEvent);
  }

  /** Passes on an event of a supervisor beneath: it is seen by those who watch all, not as an event of this one. */
  pass(event: SupervisorEvent): void {
    for (const listener of this.#all) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  on<Name extends SupervisorEventName>(type: Name, listener: (detail: SupervisorEvents[Name]) => void): () => void {
    return this.#named.on(type, listener);
  }

  onAny(listener: (event: SupervisorEvent) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  /** Ends when the supervisor has ended. Listens from this moment on, not from the first `next()`. */
  iterate(): AsyncIterableIterator<SupervisorEvent> {
    const kept: SupervisorEvent[] = [];
    let wake: (() => void) | undefined;
    let isOver = this.#isOver;
    const off = this.onAny((event) => {
      kept.push(event);
      if (kept.length > BACKLOG) kept.shift();
      if (event.type === "ended" && event.supervisor === this.#supervisor) finish();
      wake?.();
    });
    const finish = (): void => {
      isOver = true;
      off();
    };
    return {
      async next() {
        while (kept.length === 0 && !isOver) {
          await new Promise<void>((resolve) => (wake = resolve));
        }
        const value = kept.shift();
        return value === undefined ? { value: undefined, done: true } : { value, done: false };
      },
      async return() {
        finish();
        kept.length = 0;
        wake?.();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
