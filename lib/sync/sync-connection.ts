// What a user holds of a connection whose calls block.
import type { CloseReason, Connection, ConnectionEvents, ConnectionState, ConnectionStats } from "../core/connection.ts";
import type { Session } from "../core/session.ts";
import type { SyncRemote } from "../core/sync-remote.ts";
import { nodeHost } from "../node/host.ts";
import type { BlockingClient } from "./blocking-client.ts";
import type { Helper } from "./helper.ts";
import { rootOf } from "./root.ts";

/**
 * A connection whose remote blocks. It does not hold the process, since nothing of it is under way while your own code
 * runs; `ref()` makes it do so, for callbacks that come later.
 *
 * @example
 * using math = spawnThreadSync<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
 * math.remote.fib(20);
 */
export interface SyncConnection<T = unknown> extends Disposable {
  /** What the far side exposes. Its calls block. */
  readonly remote: SyncRemote<T>;
  /** The same connection for those who await: its calls and those of `remote` start in the order in which they are made. */
  readonly connection: Connection<T>;
  /** Names the far side: `worker#3`, `pid 812`, `unix:/run/a.sock`. */
  readonly label: string;
  readonly state: ConnectionState;
  /** Resolves with the reason when the connection has ended. Never rejects. */
  readonly closed: Promise<CloseReason>;
  /** What is open right now, and what has passed so far. */
  stats(): ConnectionStats;
  /** Listens to an event; what it returns stops listening. */
  on<Name extends keyof ConnectionEvents>(event: Name, listener: (value: ConnectionEvents[Name]) => void): () => void;
  /** Blocks until calls in flight have finished and the far side has ended, or was made to after `exitTimeout`. */
  close(): void;
  /** Ends at once, and the far side with it. */
  destroy(reason?: string): void;
  /** Hold the process, as its worker, child or socket would. */
  ref(): void;
  /** Let the process end. That is how it begins. */
  unref(): void;
}

export class HelpedConnection<T> implements SyncConnection<T> {
  readonly remote: SyncRemote<T>;
  readonly connection: Connection<T>;
  readonly #client: BlockingClient;
  readonly #session: Session;
  readonly #helper: Helper;
  readonly #exitTimeout: number;

  /** @param exitTimeout how long the far side may take to end once the connection has, in ms */
  constructor(client: BlockingClient, helper: Helper, exitTimeout: number) {
    this.#client = client;
    this.#session = client.session;
    this.#helper = helper;
    this.#exitTimeout = exitTimeout;
    this.connection = this.#session.connection as Connection<T>;
    this.remote = rootOf(client) as SyncRemote<T>;
    const undo = nodeHost.beforeExit(() => helper.flushOutput());
    void helper.gone.then(undo);
    this.connection.on("close", () => helper.stop(exitTimeout));
    this.unref();
  }

  get label(): string {
    return this.connection.label;
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  get closed(): Promise<CloseReason> {
    return this.connection.closed;
  }

  stats(): ConnectionStats {
    return this.connection.stats();
  }

  on<Name extends keyof ConnectionEvents>(event: Name, listener: (value: ConnectionEvents[Name]) => void): () => void {
    return this.connection.on(event, listener);
  }

  close(): void {
    this.#session.closeBlocking((isDone) => void this.#client.wait(isDone, this.#exitTimeout));
    this.#helper.awaitEnd(this.#exitTimeout);
  }

  destroy(reason?: string): void {
    this.connection.destroy(reason);
    this.#helper.stop(0);
  }

  ref(): void {
    this.connection.ref();
  }

  unref(): void {
    this.connection.unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
