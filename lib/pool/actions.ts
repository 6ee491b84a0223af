// What the scheduler goes by, and what it has others do.
import type { Job } from "./flows.ts";
import type { Occupant } from "./seat.ts";

export interface Actions<J extends Job, Worker> {
  /** A worker is wanted; answer with `started` or `ended`, later. */
  start(occupant: Occupant<Worker>): Worker;
  /** The job goes to that worker; answer with `done`. */
  send(job: J, occupant: Occupant<Worker>): void;
  /** The job has to wait, though it may have before. */
  wait(job: J): void;
  /** The job has that worker to itself; answer with `giveBack`. */
  grant(job: J, occupant: Occupant<Worker>): void;
  /** Takes back jobs that it has not begun with, of those that `takes` wants, the latest first, at most so many. */
  recall(occupant: Occupant<Worker>, most: number, takes: (job: Job) => boolean): J[];
  /** It was told to retire and has nothing more to do: answer with `ended`, or `giveBack` if it must stay. */
  retired(occupant: Occupant<Worker>): void;
}

export interface Plan {
  readonly minThreads: number;
  readonly maxThreads: number;
  /** Calls that a worker has at once. */
  readonly concurrency: number;
  /** Calls that a worker may be given ahead of their turn, beyond those. */
  readonly ahead: number;
  /** Calls that may wait, beyond those for which workers are starting. */
  readonly maxQueue: number;
}
