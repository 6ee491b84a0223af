// The calls of a pool: takes each from the router to the scheduler and from there to its worker's session, and sees
// to it that it waits no longer, and is given no more time after an abort, than it may.
import { titleOfCall } from "../core/connection.ts";
import { PeerLostError, QueueFullError, type RpcError, TimeoutError } from "../core/errors.ts";
import type { Host } from "../core/host.ts";
import { onAbort } from "../core/on-abort.ts";
import type { RoutedCall } from "../core/router.ts";
import { Ahead } from "./ahead.ts";
import { Durations } from "./durations.ts";
import type { Member } from "./member.ts";
import type { PoolPlan } from "./options.ts";
import { type CallWatcher, PoolCall } from "./pool-call.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Waiter } from "./waiter.ts";

export interface CallsParts {
  readonly label: string;
  readonly plan: PoolPlan;
  readonly host: Host;
  readonly scheduler: Scheduler<Waiter, Member>;
  /** Why no call is taken now. */
  readonly refusal: () => { readonly error: unknown } | undefined;
  /** Calls whose worker was lost may be made again. */
  readonly mayRetry: () => boolean;
  /** A call waits, and none did before; or none waits any more. */
  readonly onWaiting: (some: boolean) => void;
  /** A worker has finished a call. */
  readonly onDone: (member: Member, now: number) => void;
  /** A worker was given a call. */
  readonly onSent: (member: Member) => void;
  /** A call goes on long after it was given up. */
  readonly onOverdue: (member: Member, reason: string) => void;
}

export class Calls implements CallWatcher {
  completed = 0;
  /** Calls that wait, and the bytes of their arguments. */
  queued = 0;
  queuedBytes = 0;
  readonly waitTimes: Durations = new Durations();
  readonly runTimes: Durations = new Durations();
  readonly ahead: Ahead;
  readonly #parts: CallsParts;
  /** The time, while one event is being worked on; 0 between them. To ask the clock costs. */
  #now = 0;
  #roomWanted: (() => void)[] = [];

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.ahead = new Ahead(parts.host, parts.scheduler, parts.plan.concurrency);
  }

  /** For the router: decides what becomes of a call. */
  route(call: RoutedCall): void {
    const { host, plan, scheduler } = this.#parts;
    const refusal = this.#parts.refusal();
    if (refusal !== undefined) return call.reject(refusal.error);
    if (this.queued !== 0 && this.queuedBytes + call.size > plan.maxQueueBytes) return call.reject(this.#fullError(call));
    const now = host.now();
    const job = new PoolCall(call, now, this);
    this.#now = now;
    const taken = scheduler.add(job);
    this.#now = 0;
    if (!taken) call.reject(this.#fullError(call));
  }

  /** For the router of a lease: the call is for that worker. */
  routeTo(call: RoutedCall, member: Member): void {
    if (member.isGone) return call.sendOn(member.session!);
    const job = new PoolCall(call, this.#parts.host.now(), this);
    job.isPinned = true;
    this.#parts.scheduler.sendTo(job, member.occupant);
  }

  /** For the scheduler: the job goes to that worker. */
  send(job: PoolCall, member: Member): void {
    const session = member.session!;
    if (session.ended && !job.isPinned) {
      // Its end is about to be told, and the job goes elsewhere.
      member.lost.push(job);
      return;
    }
    const now = this.#now === 0 ? this.#parts.host.now() : this.#now;
    if (job.isQueued) this.#dequeue(job);
    job.member = member;
    job.isRunning = true;
    job.runsSince = now;
    job.wasAhead = member.occupant.load > this.#parts.plan.concurrency;
    member.sent += 1;
    if (member.occupant.load === 1) member.busySince = now;
    this.ahead.onSent(job, member);
    job.call.sendOn(session, member.occupant.pace.isQuick);
    this.#parts.onSent(member);
  }

  /** A job whose worker is gone is made again. */
  again(job: PoolCall): void {
    if (job.call.settled) return;
    job.waitsSince = this.#parts.host.now();
    this.#parts.scheduler.addAgain(job);
  }

  onSettled(job: PoolCall): void {
    if (job.timer !== undefined) job.stopTimer();
    if (job.isQueued) {
      this.#parts.scheduler.remove(job);
      this.#dequeue(job);
    } else if (job.isRunning && job.call.options?.oneWay !== true) {
      if (job.isPinned || job.member!.worker.offers?.withdraw(job.call.id) !== true) this.#expectDone(job);
      // The worker will not begin with it, nor answer. Not now: whoever settles it is not done with it.
      else queueMicrotask(() => this.#withdrawn(job));
    }
  }

  onDone(job: PoolCall): void {
    const { member } = job;
    if (member === undefined || !job.isRunning) return;
    const { host, scheduler } = this.#parts;
    const { occupant } = member;
    const now = host.now();
    job.isRunning = false;
    if (job.timer !== undefined) job.stopTimer();
    if (occupant.load === 1) member.rest(now);
    // Its end is about to be told, with all that it had.
    if (member.session?.ended === true) return;
    // One that was sent ahead of its turn began, as far as can be told from here, when the one before it ended.
    const began = job.wasAhead ? Math.max(job.runsSince, member.doneAt) : job.runsSince;
    member.doneAt = now;
    this.waitTimes.record(began - job.waitsSince);
    this.runTimes.record(now - began);
    this.completed += 1;
    member.completed += 1;
    const took = this.ahead.onDone(job, member);
    this.#now = now;
    scheduler.done(occupant, took);
    this.#now = 0;
    this.#parts.onDone(member, now);
    if (occupant.load === 0) member.onQuiet?.();
  }

  onLost(job: PoolCall, error: RpcError, id: number): boolean {
    const { call, member } = job;
    if (member === undefined || member.isGone || job.isPinned || !this.#parts.mayRetry()) return false;
    if (!call.repeatable || call.attempts >= this.#parts.plan.maxAttempts) return false;
    const neverRan = (error instanceof PeerLostError && error.phase === "unsent") || member.worker.offers?.withdraw(id) === true;
    if (!neverRan && call.options?.idempotent !== true) return false;
    member.lost.push(job);
    return true;
  }

  /** Resolves when there is room in the queue; those who wait for it get it one after the other. */
  room(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      if (this.#hasRoom && this.#roomWanted.length === 0) return resolve();
      const stopListening =
        signal === undefined
          ? () => {}
          : onAbort(signal, (reason) => {
              this.#roomWanted.splice(this.#roomWanted.indexOf(take), 1);
              reject(reason);
            });
      const take = (): void => {
        stopListening();
        resolve();
      };
      this.#roomWanted.push(take);
    });
  }

  /** The pool takes no more calls: nobody need wait to make one. */
  closeRoom(): void {
    for (const take of this.#roomWanted.splice(0)) take();
  }

  get #hasRoom(): boolean {
    const { plan, scheduler } = this.#parts;
    return scheduler.room > 0 && this.queuedBytes < plan.maxQueueBytes;
  }

  /** It was given up before the worker had begun with it. */
  #withdrawn(job: PoolCall): void {
    if (!job.isRunning) return;
    const member = job.member!;
    const { occupant, session } = member;
    job.isRunning = false;
    job.call.takeBack();
    if (session?.ended === true) return;
    const now = this.#parts.host.now();
    if (occupant.load === 1) member.rest(now);
    this.#parts.scheduler.done(occupant);
    this.#parts.onDone(member, now);
  }

  /** For the scheduler: the job has to wait. */
  wait(job: PoolCall): void {
    const { call } = job;
    if (job.isQueued || call.settled) return;
    const { host, plan } = this.#parts;
    job.isQueued = true;
    this.queued += 1;
    this.queuedBytes += call.size;
    const limit = call.options?.queueTimeout ?? plan.queueTimeout;
    if (Number.isFinite(limit)) job.timer = host.startTimer(limit, () => call.reject(this.#waitedError(call, limit)));
    if (this.queued === 1) this.#parts.onWaiting(true);
  }

  #dequeue(job: PoolCall): void {
    if (job.timer !== undefined) job.stopTimer();
    job.isQueued = false;
    this.queued -= 1;
    this.queuedBytes -= job.call.size;
    if (this.#roomWanted.length !== 0) this.#giveRoom();
    if (this.queued === 0) this.#parts.onWaiting(false);
  }

  /** To one only; whoever is next, when that one has made use of it. */
  #giveRoom = (): void => {
    if (!this.#hasRoom) return;
    const take = this.#roomWanted.shift();
    if (take === undefined) return;
    take();
    setImmediate(this.#giveRoom);
  };

  /** The call was given up, and is to end over there before long. */
  #expectDone(job: PoolCall): void {
    const { host, plan, onOverdue } = this.#parts;
    if (!Number.isFinite(plan.killAfter)) return;
    job.timer = host.startTimer(plan.killAfter, () => {
      // The news that it has ended may be waiting already, behind what kept this thread busy.
      host.nextTurn(() => {
        if (job.isRunning) onOverdue(job.member!, `${nameOf(job.call)} went on for ${plan.killAfter} ms after it was aborted (killAfter)`);
      });
    });
  }

  #fullError(call: RoutedCall): QueueFullError {
    const { label, plan, scheduler } = this.#parts;
    return new QueueFullError(
      `${nameOf(call)} was not taken: ${this.queued} calls (${this.queuedBytes} bytes) wait for one of ${scheduler.occupied} workers of ${label}. ` +
        `At most ${plan.maxQueue} may (maxQueue), or ${plan.maxQueueBytes} bytes (maxQueueBytes). Await pool.room() before you make more.`,
    );
  }

  #waitedError(call: RoutedCall, limit: number): TimeoutError {
    const { label, scheduler } = this.#parts;
    return new TimeoutError(
      `${nameOf(call)} waited for ${limit} ms for one of ${scheduler.occupied} workers of ${label} (queueTimeout). It did not run.`,
      limit,
    );
  }
}

function nameOf({ op, path }: RoutedCall): string {
  return titleOfCall(op, path.names);
}
