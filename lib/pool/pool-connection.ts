// The pool as `connectionOf(pool.remote)` shows it: one connection to whoever of the workers has the next call.
import type { CloseReason, Connection, ConnectionEvents, ConnectionState, ConnectionStats } from "../core/connection.ts";
import { Emitter } from "../core/emitter.ts";
import type { Remote } from "../core/remote.ts";

export interface BehindPool {
  readonly label: string;
  readonly remote: object;
  readonly ready: Promise<void>;
  readonly closed: Promise<CloseReason>;
  /** Of every worker's connection. */
  stats(): readonly ConnectionStats[];
  close(): Promise<void>;
  destroy(reason?: string): void;
  /** Hears what listeners throw. */
  warn(error: unknown): void;
}

export class PoolConnection implements Connection {
  state: ConnectionState = "ready";
  readonly #behind: BehindPool;
  readonly #events: Emitter<ConnectionEvents>;

  constructor(behind: BehindPool) {
    this.#behind = behind;
    this.#events = new Emitter((error) => behind.warn(error));
    void behind.closed.then((reason) => {
      this.become("closed");
      this.#events.emit("close", reason);
    });
  }

  get remote(): Remote<unknown> {
    return this.#behind.remote as Remote<unknown>;
  }

  get label(): string {
    return this.#behind.label;
  }

  get ready(): Promise<void> {
    return this.#behind.ready;
  }

  get closed(): Promise<CloseReason> {
    return this.#behind.closed;
  }

  /** Sums over the workers. */
  stats(): ConnectionStats {
    const all = this.#behind.stats();
    const sums = { ...NOTHING };
    for (const stats of all) for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += stats[key];
    return {
      ...sums,
      references: {
        exports: all.flatMap(({ references }) => references.exports),
        imports: all.flatMap(({ references }) => references.imports),
      },
    };
  }

  on<Name extends keyof ConnectionEvents>(event: Name, listener: (value: ConnectionEvents[Name]) => void): () => void {
    return this.#events.on(event, listener);
  }

  close(): Promise<void> {
    return this.#behind.close();
  }

  destroy(reason?: string): void {
    this.#behind.destroy(reason);
  }

  /** Nothing: a pool holds the process while it has calls, and no longer. */
  ref(): void {}
  unref(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  become(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    this.#events.emit("state", state);
  }
}

const NOTHING: Record<Exclude<keyof ConnectionStats, "references">, number> = {
  pendingCalls: 0,
  runningCalls: 0,
  exports: 0,
  imports: 0,
  streams: 0,
  promises: 0,
  signals: 0,
  queuedBytes: 0,
  sentBytes: 0,
  receivedBytes: 0,
  sentBatches: 0,
  receivedBatches: 0,
  lateReplies: 0,
};
