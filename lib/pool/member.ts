// A worker of the pool and what is known of it: the record that scheduler, calls and crew share.
import type { Session } from "../core/session.ts";
import type { Occupant } from "./seat.ts";
import type { Waiter } from "./waiter.ts";
import type { PoolWorker } from "./worker.ts";

/** What is done with a worker before it takes calls. */
export type Task = (session: Session) => unknown;

export class Member {
  readonly occupant: Occupant<Member>;
  readonly worker: PoolWorker;
  readonly startedAt: number;
  /** Set once it has said hello. */
  session: Session | undefined = undefined;
  readonly tasks: Task[] = [];
  /** Calls that were given to it, and those that it finished. */
  sent = 0;
  completed = 0;
  /** Since when it has had calls, and for how long it had before. */
  busySince = 0;
  busyTime = 0;
  idleSince: number;
  /** When it last finished a call. */
  doneAt = 0;
  /** How many calls it had ended when it was looked at, and since when it is no more than that. */
  seenEnded = 0;
  seenSince = 0;
  /** Calls that it was given ahead of their turn, the latest last; some of them it may have begun with, or finished. */
  readonly behind: Waiter[] = [];
  /** What was lost with it and is to be made again. */
  readonly lost: Waiter[] = [];
  /** Why it was told to end; undefined: it was not. */
  leaving: "idle" | "recycled" | "closing" | "killed" | undefined = undefined;
  /** It was to be replaced while its objects were in use, and will be looked at again then. */
  lookAgainAt = 0;
  heapAskedAt = 0;
  /** Resolves when it has been ended in good order. */
  dismissal: Promise<void> | undefined = undefined;
  isGone = false;
  /** Called when it has finished the calls that it has. */
  onQuiet: (() => void) | undefined = undefined;

  constructor(occupant: Occupant<Member>, worker: PoolWorker, now: number) {
    this.occupant = occupant;
    this.worker = worker;
    this.startedAt = now;
    this.idleSince = now;
  }

  /** Nothing of it is in use: neither calls nor streams, nor objects that this side holds. */
  get isUnused(): boolean {
    if (this.session === undefined) return true;
    if (this.session.pendingCalls !== 0 || this.session.runningCalls !== 0) return false;
    const { imports, streams } = this.session.connection.stats();
    return imports === 0 && streams === 0;
  }

  /** It has finished its last call. */
  rest(now: number): void {
    this.busyTime += now - this.busySince;
    this.idleSince = now;
  }

  /** For how long it has had calls, until `now`. */
  busyUntil(now: number): number {
    return this.busyTime + (this.occupant.load > 0 ? now - this.busySince : 0);
  }
}
