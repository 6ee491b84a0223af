// Sends workers home that have had nothing to do for long, or have served as long as they are to. One timer, and none
// when there is nothing to wait for.
import type { Host } from "../core/host.ts";
import type { Crew } from "./crew.ts";
import type { Member } from "./member.ts";
import type { PoolPlan } from "./options.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Waiter } from "./waiter.ts";

/** A worker's heap is looked at every so many ms at most. */
const BETWEEN_LOOKS = 1_000;

export class Tidy {
  readonly #plan: PoolPlan;
  readonly #host: Host;
  readonly #scheduler: Scheduler<Waiter, Member>;
  readonly #crew: Crew;
  readonly #recycles: boolean;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(plan: PoolPlan, host: Host, scheduler: Scheduler<Waiter, Member>, crew: Crew) {
    this.#plan = plan;
    this.#host = host;
    this.#scheduler = scheduler;
    this.#crew = crew;
    this.#recycles = [plan.maxCalls, plan.maxHeap, plan.maxAge].some(Number.isFinite);
  }

  /** A worker was given a call: it may be its last. */
  onSent(member: Member): void {
    if (member.sent >= this.#plan.maxCalls) this.#recycle(member, this.#host.now());
  }

  /** A worker has finished a call. */
  onDone(member: Member, now: number): void {
    if (this.#recycles) this.#look(member, now);
    if (member.occupant.load === 0) this.arm(now);
  }

  /** A worker has nothing to do, or is new. */
  arm(now: number): void {
    if (this.#timer !== undefined || this.#isOver) return;
    const due = this.#nextDue();
    if (due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tidy(), Math.min(2 ** 31 - 1, Math.max(1, due - now))).unref();
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #nextDue(): number {
    const { minThreads, idleTimeout, maxAge } = this.#plan;
    let due = Number.POSITIVE_INFINITY;
    const mayShrink = this.#scheduler.occupied > minThreads;
    for (const { worker: member, load } of this.#scheduler.rotation) {
      if (mayShrink && load === 0) due = Math.min(due, member.idleSince + idleTimeout);
      if (maxAge !== Number.POSITIVE_INFINITY) due = Math.min(due, Math.max(member.startedAt + maxAge, member.lookAgainAt));
    }
    return due;
  }

  #tidy(): void {
    this.#timer = undefined;
    const { minThreads, idleTimeout, maxAge } = this.#plan;
    const now = this.#host.now();
    let surplus = this.#scheduler.occupied - minThreads;
    for (const { occupant } of this.#scheduler.seats) if (occupant?.state === "retiring") surplus -= 1;
    for (const { worker: member, load } of this.#scheduler.rotation.slice()) {
      if (now >= member.startedAt + maxAge) {
        this.#recycle(member, now);
      } else if (surplus > 0 && load === 0 && now >= member.idleSince + idleTimeout) {
        surplus -= 1;
        this.#crew.sendHome(member, "idle");
      }
    }
    this.arm(now);
  }

  #look(member: Member, now: number): void {
    const { maxCalls, maxHeap, maxAge } = this.#plan;
    if (member.sent >= maxCalls || now >= member.startedAt + maxAge) return this.#recycle(member, now);
    if (maxHeap === Number.POSITIVE_INFINITY || now < member.heapAskedAt + BETWEEN_LOOKS) return;
    member.heapAskedAt = now;
    member.worker.heapUsed().then(
      (used) => {
        if (used > maxHeap) this.#recycle(member, this.#host.now());
      },
      // It is ending; nothing is to be recycled.
      () => {},
    );
  }

  #recycle(member: Member, now: number): void {
    if (now >= member.lookAgainAt) this.#crew.sendHome(member, "recycled");
  }
}
