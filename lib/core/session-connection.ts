// The public face of one session: its state, its promises, its events.
import type { CloseReason, Connection, ConnectionEvents, ConnectionState, ConnectionStats } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import type { Remote } from "./remote.ts";

/** What the face asks of the session behind it. */
export interface Behind {
  readonly label: string;
  readonly root: object;
  stats(): ConnectionStats;
  close(): Promise<unknown>;
  destroy(reason: string): void;
  hold(hold: boolean): void;
  /** Hears what listeners throw. */
  warn(error: unknown): void;
}

export class SessionConnection<T = unknown> implements Connection<T> {
  readonly ready: Promise<void>;
  readonly closed: Promise<CloseReason>;
  state: ConnectionState = "idle";
  /** What those are told who waited in vain for it to become ready. */
  failure: unknown = undefined;
  readonly #behind: Behind;
  readonly #events: Emitter<ConnectionEvents>;
  #onReady!: () => void;
  #onFailed!: (error: unknown) => void;
  #onClosed!: (reason: CloseReason) => void;

  constructor(behind: Behind) {
    this.#behind = behind;
    this.#events = new Emitter((error) => behind.warn(error));
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    // Whoever does not ask whether it became ready learns of its end through `closed` and from the calls.
    this.ready.catch(() => {});
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
  }

  get remote(): Remote<T> {
    return this.#behind.root as Remote<T>;
  }

  get label(): string {
    return this.#behind.label;
  }

  stats(): ConnectionStats {
    return this.#behind.stats();
  }

  on<Name extends keyof ConnectionEvents>(event: Name, listener: (value: ConnectionEvents[Name]) => void): () => void {
    return this.#events.on(event, listener);
  }

  async close(): Promise<void> {
    await this.#behind.close();
  }

  destroy(reason = "destroyed"): void {
    this.#behind.destroy(reason);
  }

  ref(): void {
    this.#behind.hold(true);
  }

  unref(): void {
    this.#behind.hold(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For the session: its state changed. */
  become(state: ConnectionState): void {
    if (this.state === state || this.state === "closed") return;
    this.state = state;
    if (state === "ready") this.#onReady();
    this.#events.emit("state", state);
  }

  /** For the session: something failed that nobody awaits. Answers whether anybody listened. */
  report(error: unknown): boolean {
    return this.#events.emit("error", error);
  }

  /** For the session: nothing crosses any more. `error` is for those who wait for it to become ready. */
  fail(error: unknown): void {
    this.failure = error;
    this.#onFailed(error);
    this.become("closed");
  }

  /** For the session: what lay between is gone too. */
  end(reason: CloseReason): void {
    this.#onClosed(reason);
    this.#events.emit("close", reason);
  }

  toJSON(): string {
    return textOf(this);
  }
}

/** `[Connection worker#3 ready]` */
function textOf({ label, state }: Connection): string {
  return `[Connection ${label} ${state}]`;
}

Object.defineProperty(SessionConnection.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Connection): string {
    return textOf(this);
  },
});
