// Where workers sit, and what the scheduler knows of whoever sits there.
import type { Flows, Job } from "./flows.ts";
import { Pace } from "./pace.ts";

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
  readonly pace: Pace = new Pace();
  /** Who reserved it. */
  reservation: Job | undefined = undefined;
  worker!: Worker;

  constructor(seat: Seat<Worker>, id: number) {
    this.seat = seat;
    this.id = id;
  }
}

/** Whether keys may belong to the seat: nobody sits there for himself, or is about to leave. */
export function isOpen<Worker>({ occupant }: Seat<Worker>): boolean {
  return occupant === undefined || occupant.state === "starting" || occupant.state === "working";
}
