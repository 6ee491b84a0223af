// Calls that were given to workers ahead of their turn: takes them back that a worker has not begun with, when others
// could do them, or when it is slow to come to them.
import type { Host } from "../core/host.ts";
import type { Member } from "./member.ts";
import type { PoolCall } from "./pool-call.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Occupant } from "./seat.ts";
import type { Waiter } from "./waiter.ts";

/** Workers that have calls ahead of their turn are looked at so often, in ms, depending on how quick they are. */
const OFTENEST = 1;
const SELDOMEST = 20;

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
    if (member.occupant.load <= this.#concurrency || job.isPinned) return;
    const { behind } = member;
    if (behind.length >= 256) keepRunning(behind as PoolCall[]);
    // The first look only sees how far it is.
    if (behind.length === 0) member.seenEnded = -1;
    behind.push(job);
    if (this.#timer === undefined) this.#lookAfter(member.occupant.pace.took / 1_000);
  }

  /** The worker has finished a call. Answers how long that took, in µs, as far as it is known. */
  onDone(job: PoolCall, { worker: { offers }, behind }: Member): number | undefined {
    if (behind[0] === job) behind.shift();
    return offers?.lastTook;
  }

  /** For the scheduler: takes calls back, the latest first. */
  recall({ worker: { offers }, behind }: Member, most: number, takes: (job: PoolCall) => boolean): PoolCall[] {
    const recalled: PoolCall[] = [];
    if (offers === undefined) return recalled;
    for (let at = behind.length - 1; at >= 0 && recalled.length < most; at -= 1) {
      const job = behind[at] as PoolCall;
      const { call } = job;
      if (!job.isRunning || call.settled || call.kept || !takes(job)) continue;
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

  #lookAfter(ms: number): void {
    this.#timer = setTimeout(this.#look, Math.min(SELDOMEST, Math.max(OFTENEST, ms))).unref();
  }

  #look = (): void => {
    this.#timer = undefined;
    const now = this.#host.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const { occupant } of this.#scheduler.seats) {
      // Of a worker that is somebody's own nothing is ahead, however much it has.
      if (occupant === undefined || occupant.load <= this.#concurrency || occupant.worker.behind.length === 0) continue;
      this.#judge(occupant, now);
      if (occupant.load > this.#concurrency) soonest = Math.min(soonest, occupant.pace.took / 1_000);
    }
    if (soonest !== Number.POSITIVE_INFINITY && this.#timer === undefined) this.#lookAfter(soonest);
  };

  /** A worker that is at one call for twice as long as the one before took is slower than was thought. */
  #judge(occupant: Occupant<Member>, now: number): void {
    const { worker: member, pace } = occupant;
    const { offers } = member.worker;
    if (offers === undefined) return;
    const { ended } = offers;
    if (ended !== member.seenEnded || !offers.isBusy) {
      member.seenEnded = ended;
      member.seenSince = now;
    } else if (now - member.seenSince >= Math.max(OFTENEST, (2 * pace.took) / 1_000)) {
      this.#scheduler.recall(occupant);
    }
  }
}

/** Drops those that are done. */
function keepRunning(jobs: PoolCall[]): void {
  const running = jobs.filter((job) => job.isRunning);
  jobs.splice(0, jobs.length, ...running);
}
