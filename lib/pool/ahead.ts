// Calls that were given to workers ahead of their turn: takes them back that a worker has not begun with, when others
// could do them, or when it is slow to come to them.
import type { Member } from "./member.ts";
import type { PoolCall } from "./pool-call.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Waiter } from "./waiter.ts";

/** How often workers are looked at that have calls ahead of their turn, in ms: one that is still at the same call is slow. */
const LOOK_EVERY = 1;

export class Ahead {
  readonly #scheduler: Scheduler<Waiter, Member>;
  readonly #concurrency: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(scheduler: Scheduler<Waiter, Member>, concurrency: number) {
    this.#scheduler = scheduler;
    this.#concurrency = concurrency;
  }

  /** The worker was given one more call. */
  onSent(job: PoolCall, member: Member): void {
    if (member.occupant.load <= this.#concurrency || job.isPinned) return;
    const { behind } = member;
    if (behind.length >= 256) keepRunning(behind as PoolCall[]);
    // The first look only sees how far it is.
    if (behind.length === 0) member.seenEnded = -1;
    behind.push(job);
    if (this.#timer === undefined) this.#lookLater();
  }

  /** The worker has finished a call. Answers how long that took, in µs, as far as it is known. */
  onDone(job: PoolCall, { worker: { offers }, behind }: Member): number | undefined {
    if (behind[0] === job) behind.shift();
    return offers?.lastTook;
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

  #lookLater(): void {
    this.#timer = setTimeout(this.#look, LOOK_EVERY).unref();
  }

  #look = (): void => {
    this.#timer = undefined;
    for (const { occupant } of this.#scheduler.seats) {
      if (occupant === undefined || occupant.load <= this.#concurrency) continue;
      const { worker: member } = occupant;
      const { offers } = member.worker;
      if (offers === undefined) continue;
      const { ended } = offers;
      if (ended === member.seenEnded && offers.isBusy) this.#scheduler.recall(occupant);
      member.seenEnded = ended;
      if (occupant.load > this.#concurrency && this.#timer === undefined) this.#lookLater();
    }
  };
}

/** Drops those that are done. */
function keepRunning(jobs: PoolCall[]): void {
  const running = jobs.filter((job) => job.isRunning);
  jobs.splice(0, jobs.length, ...running);
}
