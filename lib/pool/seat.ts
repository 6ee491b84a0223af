// Where workers sit, and what the scheduler knows of whoever sits there.
import type { Flows, Job } from "./flows.ts";

/** Whoever may have so many calls ahead of their turn was quick some times in a row. */
const SURELY_QUICK = 15;
/** How long it takes, about, until a thread that sleeps has seen a call, in µs. */
const WAKING = 100;

/** A place for one worker; it outlives the workers that sit on it one after the other. */
export interface Seat<Worker> {
  readonly index: number;
  readonly flows: Flows;
  occupant: Occupant<Worker> | undefined;
}

/**
 * A worker on its seat. `starting`: takes nothing yet. `working`: in rotation. `reserved`: finishes what it has, then
 * is somebody's own. `leased`: is. `retiring`: finishes what it has, then ends. `gone`: is no more.
 */
export class Occupant<Worker> {
  readonly seat: Seat<Worker>;
  /** No other worker of the pool, before or after, has the same. */
  readonly id: number;
  state: "starting" | "working" | "reserved" | "leased" | "retiring" | "gone" = "starting";
  /** Calls that were given to it and are not done. */
  load = 0;
  /** So many of them it may be given ahead of their turn: more than it can do at once. 0: it does nothing quickly. */
  ahead = 0;
  /** How long its last call took, in µs. */
  took: number = Number.POSITIVE_INFINITY;
  /** Who reserved it. */
  reservation: Job | undefined = undefined;
  worker!: Worker;

  constructor(seat: Seat<Worker>, id: number) {
    this.seat = seat;
    this.id = id;
  }

  /** How many calls like that it may have ahead of their turn. */
  mayHaveAhead({ canGoAhead, canStandBy }: Job): number {
    if (!canGoAhead) return 0;
    // One, so that it can go on at once; but not to one of which nothing is known.
    return this.ahead === 0 && canStandBy && this.took !== Number.POSITIVE_INFINITY ? 1 : this.ahead;
  }

  /** It was quick some times in a row. */
  get isQuick(): boolean {
    return this.ahead >= SURELY_QUICK;
  }

  /** What it has will be done before another worker were awake. */
  get isFasterThanWaking(): boolean {
    return this.isQuick && this.load * this.took < WAKING;
  }
}

/** Whether keys may belong to the seat: nobody sits there for himself, or is about to leave. */
export function isOpen<Worker>({ occupant }: Seat<Worker>): boolean {
  return occupant === undefined || occupant.state === "starting" || occupant.state === "working";
}
