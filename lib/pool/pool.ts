// A pool as its user holds it.
import type { CloseReason } from "../core/connection.ts";
import type { Remote } from "../core/remote.ts";
import type { PoolEvents } from "./events.ts";
import type { LeaseOptions, PoolLease } from "./lease.ts";
import type { MapCall, MapOptions } from "./map.ts";
import type { PoolStats } from "./stats.ts";

/** Settings of `pool.broadcast`. */
export interface BroadcastOptions {
  /** Do it with workers that start later as well, before they take calls. @defaultValue false */
  readonly later?: boolean;
  /** Ends that. */
  readonly signal?: AbortSignal;
}

/** A member that takes an item and answers, as `map` calls it. */
export type MappedMember<In, Out> = (item: In) => PromiseLike<Out>;

/**
 * Workers that share calls. Everything that a connection can do works through its `remote`: callbacks, streams,
 * signals, references (which stay with their worker), errors.
 *
 * @example
 * await using pool = await createPool<typeof import("./images.js")>(new URL("./images.js", import.meta.url));
 * const small = await pool.remote.resize(image, { width: 200 });
 */
export interface Pool<T = unknown> extends AsyncDisposable {
  /** What the workers expose. Each call goes to the least busy of them. */
  readonly remote: Remote<T>;
  /** Names it in errors. */
  readonly label: string;
  /** Resolves when `minThreads` workers are ready; rejects if none could be started, or the pool was closed before. */
  readonly ready: Promise<void>;
  /** Resolves when the pool has ended. Never rejects. */
  readonly closed: Promise<CloseReason>;
  /**
   * The same remote for calls that belong together: all with one key go to one worker while it lives, and to one and
   * the same again when the pool has grown or shrunk. Calls with a key wait for their worker, never for other keys'.
   */
  affinity(key: string | number): Remote<T>;
  /** A worker of one's own. Rejects with `QueueFullError`, `TimeoutError`, or the signal's reason. */
  lease(options?: LeaseOptions): Promise<PoolLease<T>>;
  /**
   * Does something with every worker, those that are busy or leased among them, and answers with all results.
   *
   * @example
   * await pool.broadcast((worker) => worker.loadModel(path), { later: true });
   */
  broadcast<Result>(work: (worker: Remote<T>) => Result, options?: BroadcastOptions): Promise<Awaited<Result>[]>;
  /**
   * Calls one member for each item of a source, so many at once, and gives the results as they are read.
   *
   * @param call makes the call for one item
   * @example
   * for await (const page of pool.map(files, (file, signal) => withOptions(pool.remote, { signal }).render(file, 300))) write(page);
   */
  map<In, Out>(
    source: Iterable<In> | AsyncIterable<In>,
    call: MapCall<In, Out>,
    options?: MapOptions,
  ): AsyncGenerator<Awaited<Out>, void, undefined>;
  /**
   * The same for a member that takes one item.
   *
   * @param member the remote member, or its name
   * @example
   * for await (const thumbnail of pool.map(files, pool.remote.thumbnail)) write(thumbnail);
   */
  map<In, Out>(
    source: Iterable<In> | AsyncIterable<In>,
    member: MappedMember<In, Out>,
    options?: MapOptions,
  ): AsyncGenerator<Awaited<Out>, void, undefined>;
  /** The same for a member by its name. */
  map<In>(source: Iterable<In> | AsyncIterable<In>, name: string, options?: MapOptions): AsyncGenerator<unknown, void, undefined>;
  /** Resolves when one more call may wait. Those that wait for it get their turn one after the other. */
  room(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Threads, queue, waiting and running times, what was lost. */
  stats(): PoolStats;
  /** Listens to an event; what it returns stops listening. */
  on<Name extends keyof PoolEvents>(event: Name, listener: (value: PoolEvents[Name]) => void): () => void;
  /** Lets the calls that were made finish, those that wait among them, then ends all workers. */
  close(): Promise<void>;
  /** Ends all workers at once. Calls reject with `PeerLostError`. */
  destroy(reason?: string): void;
}
