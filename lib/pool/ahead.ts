// Calls that were given to workers ahead of their turn: takes them back that a worker has not begun with, when others
// could do them, or when it is slow to come to them.
import type { Host } from "../core/host.ts";
import type { Member } from "./member.ts";
import type { PoolCall } from "./pool-call.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Waiter } from "./waiter.ts";

/** A worker that has finished nothing for so many ms is busy with something that takes long. */
const STALLED_AFTER = 1;
/** A call is quick if it takes no more than this (ms), on its way there and back too. */
const QUICK = 0.3;

export class Ahead {
  readonly #host: Host;
  readonly #scheduler: Scheduler<Waiter, Member>;
  readonly #concurrency: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: Host, scheduler: Scheduler<Waiter, Member>, concurrency: number) {
    this.#host = host;
    this.#scheduler = scheduler;
    this.#concurrency = concurrency;
  }

  /** The worker was given one more call. */
  onSent(job: PoolCall, member: Member): void {
    const { load } = member.occupant;
    if (load === 1) member.progressAt = job.runsSince;
    if (load <= this.#concurrency || job.isPinned) return;
    const { behind } = member;
    if (behind.length >= 64) keepRunning(behind as PoolCall[]);
    behind.push(job);
    this.#timer ??= setTimeout(this.#watch, STALLED_AFTER).unref();
  }

  /** The worker has finished a call. Answers whether it was quick. */
  onDone(job: PoolCall, member: Member, now: number): boolean {
    const { behind } = member;
    if (behind[0] === job) behind.shift();
    const took = now - Math.max(job.runsSince, member.progressAt);
    member.progressAt = now;
    return took < QUICK;
  }

  /** For the scheduler: takes calls back, the latest first. */
  recall({ worker: { offers }, behind }: Member, most: number, keyedToo: boolean): PoolCall[] {
    const recalled: PoolCall[] = [];
    if (offers === undefined) return recalled;
    for (let at = behind.length - 1; at >= 0 && recalled.length < most; at -= 1) {
      const job = behind[at] as PoolCall;
      const { call } = job;
      if (!job.isRunning || call.settled || call.kept || (!keyedToo && job.key !== undefined)) continue;
      // It has begun with this one, and so with those before.
      if (!offers.withdraw(call.id)) break;
      behind.splice(at, 1);
      call.takeBack();
      job.isRunning = false;
      recalled.push(job);
    }
    return recalled;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #watch = (): void => {
    this.#timer = undefined;
    const now = this.#host.now();
    let isWatching = false;
    for (const { occupant } of this.#scheduler.seats) {
      if (occupant === undefined || occupant.load <= this.#concurrency) continue;
      if (now - occupant.worker.progressAt >= STALLED_AFTER) this.#scheduler.recall(occupant);
      isWatching ||= occupant.load > this.#concurrency;
    }
    if (isWatching) this.#timer = setTimeout(this.#watch, STALLED_AFTER).unref();
  };
}

/** Drops those that are done. */
function keepRunning(jobs: PoolCall[]): void {
  const running = jobs.filter((job) => job.isRunning);
  jobs.splice(0, jobs.length, ...running);
}
