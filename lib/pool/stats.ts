// What a pool has done and is doing, in figures.
import type { Calls } from "./calls.ts";
import type { Crew } from "./crew.ts";
import type { Times } from "./durations.ts";
import type { Member } from "./member.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Waiter } from "./waiter.ts";

/** One worker of a pool. */
export interface WorkerStats {
  /** `worker#3`, `pid 812`; `starting` while it has no name yet. */
  readonly label: string;
  readonly state: "starting" | "working" | "leased" | "retiring";
  /** Calls that it has right now. */
  readonly calls: number;
  /** Calls that it has finished. */
  readonly completed: number;
  /** Since it started, in ms. */
  readonly age: number;
}

/** What a pool is doing. */
export interface PoolStats {
  /** Workers, those that are starting among them. */
  readonly threads: number;
  readonly starting: number;
  /** Workers that have calls. */
  readonly busy: number;
  /** Workers that somebody has to himself. */
  readonly leased: number;
  /** Calls that wait for a worker, and the bytes of their arguments. */
  readonly queue: number;
  readonly queueBytes: number;
  /** Calls that workers are at. */
  readonly running: number;
  /** Calls that workers have finished, with a result or an error. */
  readonly completed: number;
  /** From the call until a worker got it. */
  readonly wait: Times;
  /** From then until it was done. */
  readonly run: Times;
  /** Part of their time, 0 to 1, in which the workers had calls, since the pool was made. */
  readonly utilisation: number;
  /** Workers that were replaced as `recycle` says. */
  readonly recycled: number;
  /** Workers that ended by themselves. */
  readonly crashed: number;
  /** Workers that were ended because a call did not stop within `killAfter`. */
  readonly killed: number;
  readonly workers: readonly WorkerStats[];
}

/** What `pool.stats()` tells. */
export function statsOf(scheduler: Scheduler<Waiter, Member>, calls: Calls, crew: Crew, now: number): PoolStats {
  const members = [...crew.members];
  const workers = members.map((member) => workerStatsOf(member, now));
  const time = members.reduce((sum, { startedAt }) => sum + now - startedAt, crew.past.time);
  const busyTime = members.reduce((sum, member) => sum + member.busyUntil(now), crew.past.busy);
  return {
    threads: scheduler.occupied,
    starting: scheduler.starting,
    busy: workers.filter((worker) => worker.calls > 0).length,
    leased: workers.filter(({ state }) => state === "leased").length,
    queue: scheduler.waiting + scheduler.behind,
    queueBytes: calls.queuedBytes,
    running: scheduler.running - scheduler.behind,
    completed: calls.completed,
    wait: calls.waitTimes.times,
    run: calls.runTimes.times,
    utilisation: time === 0 ? 0 : Math.min(1, busyTime / time),
    ...crew.counts,
    workers,
  };
}

function workerStatsOf(member: Member, now: number): WorkerStats {
  const { worker, occupant, completed, startedAt } = member;
  // Reserved: it finishes what it has, and takes no more.
  const state = occupant.state === "gone" || occupant.state === "reserved" ? "retiring" : occupant.state;
  return { label: worker.label, state, calls: occupant.load, completed, age: now - startedAt };
}
