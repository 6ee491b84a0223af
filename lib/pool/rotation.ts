// The workers that take turns: who of them is the least busy, who could be given a call ahead of its turn, and who has
// more than it can do at once.
import type { Job } from "./flows.ts";
import type { Occupant } from "./seat.ts";

export class Rotation<Worker> {
  readonly all: Occupant<Worker>[] = [];
  readonly #concurrency: number;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  add(occupant: Occupant<Worker>): void {
    this.all.push(occupant);
  }

  /** False: it was not in. */
  remove(occupant: Occupant<Worker>): boolean {
    const at = this.all.indexOf(occupant);
    if (at !== -1) this.all.splice(at, 1);
    return at !== -1;
  }

  /** Whoever of those that have room has the fewest calls; of several, the first, so that the last may become idle. */
  leastBusy(): Occupant<Worker> | undefined {
    let least: Occupant<Worker> | undefined;
    let load = this.#concurrency;
    for (const occupant of this.all) {
      if (occupant.load >= load) continue;
      least = occupant;
      load = occupant.load;
      if (load === 0) break;
    }
    return least;
  }

  /** Whoever is at work and will be done with all that it has before one that sleeps were awake. */
  awake(job: Job): Occupant<Worker> | undefined {
    for (const occupant of this.all) {
      const { load, pace, seat } = occupant;
      if (load === 0 || seat.flows.size !== 0 || !pace.isFasterThanWaking(load)) continue;
      if (load - this.#concurrency < pace.mayHave(job)) return occupant;
    }
    return undefined;
  }

  /** When none has room: whoever is likely to come to that job soonest. */
  soonestFree(job: Job): Occupant<Worker> | undefined {
    let soonest: Occupant<Worker> | undefined;
    for (const occupant of this.all) {
      // Where keys wait, others wait behind them.
      if (occupant.load - this.#concurrency >= occupant.pace.mayHave(job) || occupant.seat.flows.size !== 0) continue;
      if (soonest === undefined || occupant.load < soonest.load) soonest = occupant;
    }
    return soonest;
  }

  /** How many calls there are that workers have not come to. */
  get behind(): number {
    let behind = 0;
    for (const { load } of this.all) if (load > this.#concurrency) behind += load - this.#concurrency;
    return behind;
  }

  /** Whoever has the most calls that it has not come to. */
  furthestBehind(): Occupant<Worker> | undefined {
    let furthest: Occupant<Worker> | undefined;
    let load = this.#concurrency;
    for (const occupant of this.all) {
      if (occupant.load <= load) continue;
      furthest = occupant;
      load = occupant.load;
    }
    return furthest;
  }
}
