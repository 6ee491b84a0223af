// The pool itself: joins scheduler, calls and crew, and answers what is asked of all workers.
import type { CloseReason, Connection } from "../core/connection.ts";
import { Emitter } from "../core/emitter.ts";
import { DisposedError, PeerLostError, QueueFullError, TimeoutError } from "../core/errors.ts";
import { nodeOf } from "../core/node.ts";
import { onAbort } from "../core/on-abort.ts";
import { withOptions } from "../core/remote-functions.ts";
import type { Remote } from "../core/remote.ts";
import { type RoutedCall, Router } from "../core/router.ts";
import type { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { wireCodec } from "../wire/codec.ts";
import { Calls } from "./calls.ts";
import { Crew } from "./crew.ts";
import type { PoolEvents } from "./events.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Lease, type LeaseOptions, LeaseRequest, type PoolLease } from "./lease.ts";
import { type MapCall, mapCalls, type MapOptions } from "./map.ts";
import type { Member } from "./member.ts";
import { connectionOptionsOf, type PoolOptions, type PoolPlan } from "./options.ts";
import type { BroadcastOptions, MappedMember, Pool } from "./pool.ts";
import type { PoolCall } from "./pool-call.ts";
import { PoolConnection } from "./pool-connection.ts";
import { Scheduler } from "./scheduler.ts";
import { type PoolStats, statsOf } from "./stats.ts";
import { Tidy } from "./tidy.ts";
import type { Waiter } from "./waiter.ts";
import type { WorkerSource } from "./worker.ts";

export interface PoolParts {
  readonly label: string;
  readonly plan: PoolPlan;
  readonly options: PoolOptions<never>;
  readonly source: WorkerSource;
}

export class WorkerPool<T> implements Pool<T> {
  readonly label: string;
  readonly remote: Remote<T>;
  readonly ready: Promise<void>;
  readonly closed: Promise<CloseReason>;
  readonly #parts: PoolParts;
  readonly #events: Emitter<PoolEvents>;
  readonly #scheduler: Scheduler<Waiter, Member>;
  readonly #calls: Calls;
  readonly #crew: Crew;
  readonly #tidy: Tidy;
  readonly #connection: PoolConnection;
  readonly #keepAlive = new KeepAlive();
  #readyWorkers = 0;
  #onReady!: () => void;
  #onNotReady!: (error: unknown) => void;
  #onClosed!: (reason: CloseReason) => void;
  /** It takes no more calls. */
  #isOver = false;
  #hasEnded = false;
  #closing: Promise<void> | undefined;
  /** While it closes: looks whether all calls are done. */
  #onQuieter: (() => void) | undefined;
  /** Those who wait for a lease: how to let them go. */
  readonly #requests = new Set<(error: unknown) => void>();

  constructor(parts: PoolParts) {
    const { label, plan, options, source } = parts;
    this.label = label;
    this.#parts = parts;
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onNotReady = reject;
    });
    this.ready.catch(() => {});
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    const warn = (error: unknown): void => nodeHost.warn(`A listener of ${label} threw: ${String(error)}`, "NEARCALL_LISTENER");
    this.#events = new Emitter(warn);
    this.#scheduler = new Scheduler<Waiter, Member>(plan, {
      start: (occupant) => this.#crew.start(occupant),
      send: (job, { worker }) => this.#calls.send(job as PoolCall, worker),
      wait: (job) => {
        if (!job.exclusive) this.#calls.wait(job as PoolCall);
      },
      recall: ({ worker }, most, takes) => this.#calls.ahead.recall(worker, most, takes),
      grant: (job, { worker }) => (job as LeaseRequest).grant(worker),
      retired: ({ worker }) => this.#crew.retired(worker),
    });
    this.#calls = new Calls({
      label,
      plan,
      host: nodeHost,
      scheduler: this.#scheduler,
      refusal: () => this.#refusal(),
      mayRetry: () => !this.#hasEnded,
      onWaiting: (some) => this.#onWaiting(some),
      onSent: (member) => this.#tidy.onSent(member),
      onDone: (member, now) => {
        this.#tidy.onDone(member, now);
        this.#onQuieter?.();
      },
      onOverdue: (member, reason) => this.#crew.kill(member, reason),
    });
    this.#crew = new Crew({
      label,
      host: nodeHost,
      source,
      scheduler: this.#scheduler,
      events: this.#events,
      warmup: options.warmup,
      teardown: options.teardown,
      again: (waiter) => this.#calls.again(waiter as PoolCall),
      onReady: () => this.#onWorkerReady(),
      onKept: () => this.#tidy.arm(nodeHost.now()),
      onFailed: (error, last) => this.#onWorkerFailed(error, last),
      onGone: () => this.#onQuieter?.(),
    });
    this.#tidy = new Tidy(plan, nodeHost, this.#scheduler, this.#crew);
    this.remote = this.#makeRemote(
      label,
      (call) => this.#calls.route(call),
      () => this.#connection,
    ) as Remote<T>;
    this.#connection = new PoolConnection({
      label,
      remote: this.remote as object,
      ready: this.ready,
      closed: this.closed,
      stats: () => [...this.#crew.members].flatMap(({ session }) => (session === undefined ? [] : [session.connection.stats()])),
      close: () => this.close(),
      destroy: (reason) => this.destroy(reason),
      warn,
    });
    if (plan.minThreads === 0) this.#onReady();
    this.#scheduler.grow();
  }

  affinity(key: string | number): Remote<T> {
    return withOptions(this.remote as object, { affinity: String(key) }) as Remote<T>;
  }

  async lease({ signal, queueTimeout = this.#parts.plan.queueTimeout, priority = 0 }: LeaseOptions = {}): Promise<PoolLease<T>> {
    signal?.throwIfAborted();
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal.error;
    const request = new LeaseRequest(priority);
    if (!this.#scheduler.add(request))
      throw new QueueFullError(
        `No worker of ${this.label} is free, and as many wait for one as may (maxQueue). Await pool.room() before you ask.`,
      );
    const giveUp = (error: unknown): void => {
      if (this.#scheduler.remove(request)) request.fail(error);
    };
    const late = (): void =>
      giveUp(new TimeoutError(`No worker of ${this.label} was free to be leased within ${queueTimeout} ms (queueTimeout).`, queueTimeout));
    const timer = Number.isFinite(queueTimeout) ? nodeHost.startTimer(queueTimeout, late) : undefined;
    const stopListening = signal === undefined ? undefined : onAbort(signal, giveUp);
    this.#requests.add(giveUp);
    this.#keepAlive.hold();
    try {
      return this.#leaseOf(await request.member);
    } finally {
      timer?.cancel();
      stopListening?.();
      this.#requests.delete(giveUp);
      this.#keepAlive.release();
    }
  }

  async broadcast<Result>(
    work: (worker: Remote<T>) => Result,
    { later = false, signal }: BroadcastOptions = {},
  ): Promise<Awaited<Result>[]> {
    signal?.throwIfAborted();
    if (this.#isOver) throw this.#overError();
    const results = [...this.#crew.members].map((member) => this.#workWith(member, work, later));
    if (later) {
      const task = ({ connection }: Session): unknown => work(connection.remote as Remote<T>);
      this.#crew.standing.add(task);
      if (signal !== undefined) onAbort(signal, () => this.#crew.standing.delete(task));
    }
    const settled = await Promise.allSettled(results);
    const errors = settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, `${errors.length} of ${settled.length} workers of ${this.label} failed: ${String(errors[0])}`);
    return settled.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  }

  map<In, Out>(
    source: Iterable<In> | AsyncIterable<In>,
    member: string | MappedMember<In, Out> | MapCall<In, Out>,
    options: MapOptions = {},
  ): AsyncGenerator<Awaited<Out>, void, undefined> {
    const { maxThreads, concurrency } = this.#parts.plan;
    const call = callOf<In, Out>(this.remote, member);
    return mapCalls(source, call, { ...options, concurrency: options.concurrency ?? maxThreads * concurrency }) as AsyncGenerator<
      Awaited<Out>,
      void,
      undefined
    >;
  }

  async room({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#calls.room(signal);
    if (this.#isOver) throw this.#overError();
  }

  stats(): PoolStats {
    const now = nodeHost.now();
    return statsOf(this.#scheduler, this.#calls, this.#crew, now);
  }

  on<Name extends keyof PoolEvents>(event: Name, listener: (value: PoolEvents[Name]) => void): () => void {
    return this.#events.on(event, listener);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#finish());
  }

  destroy(reason = "destroyed"): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#takeNoMore();
    this.#abandon(
      new PeerLostError(`The call waited for a worker of ${this.label}, which was ended: ${reason}. It was never sent.`, {
        reason,
        phase: "unsent",
      }),
    );
    this.#crew.destroy(reason);
    this.#end(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #finish(): Promise<void> {
    if (this.#hasEnded) return;
    this.#takeNoMore();
    this.#keepAlive.hold();
    const { closeTimeout } = this.#parts.plan;
    const timer = Number.isFinite(closeTimeout)
      ? nodeHost.startTimer(closeTimeout, () => this.destroy(`calls went on for ${closeTimeout} ms after the pool was closed`))
      : undefined;
    await new Promise<void>((resolve) => {
      this.#onQuieter = () => {
        if (this.#scheduler.running === 0 && this.#scheduler.waiting === 0) resolve();
      };
      this.#onQuieter();
    });
    await this.#crew.close();
    timer?.cancel();
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#end("closed");
  }

  #takeNoMore(): void {
    this.#isOver = true;
    this.#calls.closeRoom();
    for (const giveUp of this.#requests) giveUp(this.#overError());
  }

  #end(reason: string): void {
    this.#tidy.close();
    this.#calls.ahead.close();
    this.#keepAlive.close();
    this.#onNotReady(this.#overError());
    this.#onClosed({ reason });
    this.#events.emit("close", { reason });
  }

  #refusal(): { readonly error: unknown } | undefined {
    return this.#isOver ? { error: this.#overError() } : this.#crew.refusal();
  }

  #overError(): DisposedError {
    return new DisposedError(`${this.label} takes no more calls: it was closed.`);
  }

  #onWaiting(some: boolean): void {
    if (some) this.#keepAlive.hold();
    else this.#keepAlive.release();
    this.#events.emit(some ? "needsDrain" : "drain", undefined);
    if (!some) this.#onQuieter?.();
  }

  #onWorkerReady(): void {
    this.#readyWorkers += 1;
    if (this.#readyWorkers >= this.#parts.plan.minThreads) this.#onReady();
    this.#tidy.arm(nodeHost.now());
  }

  #onWorkerFailed(error: unknown, isLast: boolean): void {
    if (!isLast) return;
    this.#onNotReady(error);
    this.#abandon(error);
  }

  #abandon(error: unknown): void {
    for (const waiter of this.#scheduler.takeAll()) waiter.fail(error);
  }

  /** Nothing, if the worker never became ready. */
  async #workWith<Result>(member: Member, work: (worker: Remote<T>) => Result, isCondition: boolean): Promise<Awaited<Result>[]> {
    const { session, occupant, worker } = member;
    if (session !== undefined && occupant.state !== "starting") return [await work(session.connection.remote as Remote<T>)];
    return new Promise((resolve, reject) => {
      member.tasks.push(async ({ connection }: Session) => {
        try {
          resolve([await work(connection.remote as Remote<T>)]);
        } catch (error) {
          reject(error);
          if (isCondition) throw error;
        }
      });
      void worker.ended.then(() => resolve([]));
    });
  }

  #leaseOf(member: Member): PoolLease<T> {
    return new Lease<T>({
      member,
      makeRemote: (route) => this.#makeRemote(member.worker.label, route, () => member.session!.connection),
      send: (call) => this.#calls.routeTo(call, member),
      kill: (reason) => this.#crew.kill(member, reason),
      giveBack: () => this.#scheduler.giveBack(member.occupant),
    });
  }

  #makeRemote(label: string, route: (call: RoutedCall) => void, connection: () => Connection): object {
    const { options: settings } = this.#parts;
    const options = { ...connectionOptionsOf(settings), ...(settings.timeout !== undefined && { timeout: settings.timeout }) };
    return new Router({ label, host: nodeHost, codec: wireCodec, options, timeoutFrom: "send", route, connection }).remote;
  }
}

/** How `map` calls what it was given. */
function callOf<In, Out>(remote: unknown, member: string | MappedMember<In, Out> | MapCall<In, Out>): MapCall<In, Out> {
  let target: unknown = member;
  if (typeof member === "string") {
    target = remote;
    for (const name of member.split(".")) target = (target as Record<string, unknown>)[name];
  }
  if (typeof target !== "function") throw new TypeError(`map: ${String(member)} is no member to call`);
  if (nodeOf(target) === undefined) return target as MapCall<In, Out>;
  return (item, signal) => (withOptions(target as object, { signal }) as MappedMember<In, Out>)(item);
}
