// Decides which call goes to which worker, and when, and how many workers there should be. Pure: it starts nothing,
// sends nothing and knows no clock; it is told what happened and answers through `Actions`.
//
// What holds between any two steps: a worker in rotation that has room has nobody waiting for it. So a call that
// finds room may go at once, past no one.
//
// A worker is given calls ahead of their turn, so that it need not wait for the next one after each: many if it is quick,
// one if it is not. Until it has begun with such a call, that can be taken back: when it takes longer than it used to,
// when another worker has nothing to do, or when somebody comes who goes first.
import type { Actions, Plan } from "./actions.ts";
import { type Job, Flows, isBefore } from "./flows.ts";
import { Heap } from "./heap.ts";
import { Homes } from "./homes.ts";
import { Rotation } from "./rotation.ts";
import { isOpen, Occupant, type Seat } from "./seat.ts";

export class Scheduler<J extends Job, Worker> {
  /** While true, no worker is started. */
  held = false;
  /** Jobs that wait. */
  waiting = 0;
  /** Jobs that are under way, on workers in rotation and others. */
  running = 0;
  /** Seats that are taken. */
  occupied = 0;
  starting = 0;
  readonly seats: readonly Seat<Worker>[];
  readonly #plan: Plan;
  readonly #actions: Actions<J, Worker>;
  readonly #homes: Homes;
  readonly #general = new Heap<Job>(isBefore);
  readonly #rotation: Rotation<Worker>;
  /** The lowest priority of any job that may be ahead of its turn. */
  #lowestAhead = Number.POSITIVE_INFINITY;
  /** Workers that are taken and not in rotation: reserved, leased, retiring. */
  #aside = 0;
  #clock = 0;
  #lastId = 0;

  constructor(plan: Plan, actions: Actions<J, Worker>) {
    this.#plan = plan;
    this.#actions = actions;
    this.#homes = new Homes(plan.maxThreads);
    this.#rotation = new Rotation(plan.concurrency);
    this.seats = Array.from({ length: plan.maxThreads }, (_, index) => ({ index, flows: new Flows(), occupant: undefined }));
  }

  /** Workers in rotation. */
  get rotation(): readonly Occupant<Worker>[] {
    return this.#rotation.all;
  }

  /** Jobs that were given to workers ahead of their turn. */
  get behind(): number {
    return this.#rotation.behind;
  }

  /** How many more jobs may wait. */
  get room(): number {
    const { maxQueue, maxThreads, concurrency } = this.#plan;
    const startable = this.held ? 0 : maxThreads - this.occupied;
    return maxQueue + (this.starting + startable) * concurrency - this.waiting - this.#rotation.behind;
  }

  /** Takes a job: sends it, or lets it wait. False: the queue is full, and it was not taken. */
  add(job: J): boolean {
    const occupant = this.#general.size === 0 && job.key === undefined ? this.#freestFor(job) : undefined;
    if (occupant !== undefined && (occupant.load < this.#plan.concurrency || this.room > 0)) {
      job.order = this.#clock += 1;
      this.#send(job, occupant);
    } else {
      if (this.room <= 0 && !this.#canGoAtOnce(job)) return false;
      job.order = this.#clock += 1;
      this.#place(job);
    }
    if (this.occupied < this.#plan.maxThreads) this.grow();
    return true;
  }

  /** Takes a job back whose worker was lost. It keeps its place before those that came later, and is never refused. */
  addAgain(job: J): void {
    this.#place(job);
    this.grow();
  }

  /** Sends a job to the worker that somebody has to himself. */
  sendTo(job: J, occupant: Occupant<Worker>): void {
    this.#send(job, occupant);
  }

  /** A job that waits does so no longer. False: it does not wait. */
  remove(job: J): boolean {
    if (this.#leave(job)) return true;
    const holder = job.exclusive ? this.seats.find(({ occupant }) => occupant?.reservation === job)?.occupant : undefined;
    if (holder === undefined) return false;
    this.waiting -= 1;
    this.#return(holder);
    return true;
  }

  /**
   * One job fewer on that worker. Says nothing of one that is gone: its jobs are with `ended`.
   *
   * @param took how long it takes for one, in µs; undefined: that is not known
   */
  done(occupant: Occupant<Worker>, took?: number): void {
    if (occupant.state === "gone") return;
    this.running -= 1;
    occupant.load -= 1;
    if (took !== undefined) occupant.pace.note(took, this.#plan.ahead);
    if (occupant.state === "working") {
      if (this.waiting !== 0) this.#refill(occupant, Number.POSITIVE_INFINITY);
      else if (occupant.load < this.#plan.concurrency) this.#relieve(occupant);
    } else if (occupant.load === 0) {
      this.#settle(occupant);
    }
  }

  /** The worker is slower than it seemed: what it has not begun with goes back to the queue, and to others. */
  recall(occupant: Occupant<Worker>): void {
    occupant.pace.stall();
    this.#takeBack(occupant, Number.POSITIVE_INFINITY, () => true);
  }

  /** The worker is ready for jobs. */
  started(occupant: Occupant<Worker>): void {
    if (occupant.state !== "starting") return;
    this.starting -= 1;
    occupant.state = "working";
    this.#rotation.add(occupant);
    // Others will be there in a moment, and take their part.
    this.#refill(occupant, Math.ceil(this.#general.size / (this.starting + 1)));
    if (this.starting === 0) this.#refillAll();
    if (occupant.load < this.#plan.concurrency) this.#relieve(occupant);
  }

  /** The worker is no more, nor are its jobs, unless they are added again. */
  ended(occupant: Occupant<Worker>): void {
    if (occupant.state === "gone") return;
    const { seat, reservation } = occupant;
    if (occupant.state === "starting") this.starting -= 1;
    this.#leaveRotation(occupant);
    occupant.state = "gone";
    occupant.reservation = undefined;
    seat.occupant = undefined;
    this.occupied -= 1;
    this.running -= occupant.load;
    occupant.load = 0;
    if (reservation !== undefined) {
      this.waiting -= 1;
      this.#place(reservation);
    }
    this.grow();
    if (seat.occupant === undefined) this.#rehome(seat);
    this.#refillAll();
  }

  /** Takes a worker out of rotation, to end when it has nothing more to do. */
  retire(occupant: Occupant<Worker>): void {
    if (occupant.state !== "working") return;
    this.#setAside(occupant, "retiring");
    if (occupant.load === 0) this.#settle(occupant);
  }

  /** A worker that was leased, or told to retire, goes back into rotation. */
  giveBack(occupant: Occupant<Worker>): void {
    if (occupant.state === "leased" || occupant.state === "retiring") this.#return(occupant);
  }

  /** Starts the workers that are wanted. */
  grow(): void {
    if (this.held) return;
    const { minThreads, maxThreads } = this.#plan;
    const wanted = Math.min(maxThreads, Math.max(minThreads, this.#demand()));
    while (this.occupied < wanted) this.#start(this.#emptySeat());
  }

  /** Takes all jobs that wait. */
  takeAll(): J[] {
    const jobs = this.#general.takeAll();
    for (const { flows, occupant } of this.seats) {
      jobs.push(...flows.takeAll());
      const reservation = occupant?.reservation;
      if (occupant === undefined || reservation === undefined) continue;
      jobs.push(reservation);
      occupant.reservation = undefined;
    }
    this.waiting = 0;
    for (const { occupant } of this.seats) if (occupant?.state === "reserved") this.#return(occupant);
    return jobs as J[];
  }

  /** How many workers could be made use of: one for each job, and those that are not in rotation. */
  #demand(): number {
    let demand = this.running + this.waiting + this.#aside;
    if (this.#aside === 0) return demand;
    for (const { occupant } of this.seats) if (occupant !== undefined && occupant.state !== "working") demand -= occupant.load;
    return demand;
  }

  #freestFor(job: Job): Occupant<Worker> | undefined {
    if (job.exclusive) return undefined;
    if (!job.canGoAhead) return this.#rotation.leastBusy();
    return this.#rotation.awake(job) ?? this.#rotation.leastBusy() ?? this.#rotation.soonestFree(job);
  }

  #canGoAtOnce(job: J): boolean {
    if (job.key !== undefined) return this.#hasRoom(this.#homeOf(job.key)?.occupant);
    return job.exclusive && this.#general.size === 0 && this.#rotation.all.some(({ load }) => load === 0);
  }

  #hasRoom(occupant: Occupant<Worker> | undefined): occupant is Occupant<Worker> {
    return occupant !== undefined && occupant.state === "working" && occupant.load < this.#plan.concurrency;
  }

  #canTake(occupant: Occupant<Worker> | undefined, job: Job): occupant is Occupant<Worker> {
    if (occupant === undefined || occupant.state !== "working") return false;
    return occupant.load < this.#plan.concurrency + occupant.pace.mayHave(job);
  }

  /** Sends the job to where it belongs, or lets it wait there. */
  #place(job: Job): void {
    if (job.key !== undefined) {
      const seat = this.#homeOf(job.key);
      if (seat !== undefined) return this.#placeAt(job, job.key, seat);
    } else if (this.#general.size === 0) {
      if (job.exclusive) {
        if (this.#reserveAny(job)) return;
      } else {
        const occupant = this.#freestFor(job);
        if (occupant !== undefined) return this.#send(job, occupant);
      }
    }
    this.waiting += 1;
    this.#general.add(job);
    this.#actions.wait(job as J);
    this.#goFirst(job);
  }

  #placeAt(job: Job, key: string, seat: Seat<Worker>): void {
    const occupant = seat.occupant ?? (this.held ? undefined : this.#start(seat));
    if (occupant !== undefined) this.#homes.remember(key, { seat: seat.index, worker: occupant.id });
    if (seat.flows.size === 0 && this.#canTake(occupant, job)) return this.#send(job, occupant);
    this.waiting += 1;
    seat.flows.add(job, key);
    this.#actions.wait(job as J);
    this.#goFirst(job);
  }

  #homeOf(key: string): Seat<Worker> | undefined {
    const known = this.#homes.find(key);
    if (known !== undefined) {
      const seat = this.seats[known.seat]!;
      if (seat.occupant?.id === known.worker && isOpen(seat)) return seat;
    }
    // A key that is new, or whose worker is gone, need not join where others wait already.
    let index = this.#homes.choose(key, (at) => this.#isFree(this.seats[at]!));
    if (index === -1)
      index = this.#homes.choose(key, (at) => isOpen(this.seats[at]!) && (!this.held || this.seats[at]!.occupant !== undefined));
    return this.seats[index];
  }

  #isFree(seat: Seat<Worker>): boolean {
    if (seat.flows.size !== 0) return false;
    return seat.occupant === undefined ? !this.held : seat.occupant.state === "starting" || this.#hasRoom(seat.occupant);
  }

  #send(job: Job, occupant: Occupant<Worker>): void {
    occupant.load += 1;
    this.running += 1;
    if (occupant.load > this.#plan.concurrency && job.priority < this.#lowestAhead) this.#lowestAhead = job.priority;
    this.#actions.send(job as J, occupant);
  }

  #refillAll(): void {
    for (const occupant of this.#rotation.all.slice()) if (this.waiting !== 0) this.#refill(occupant, Number.POSITIVE_INFINITY);
  }

  /** Gives a worker what waits for it, as far as it can take it; of what anyone could do, at most so much. */
  #refill(occupant: Occupant<Worker>, most: number): void {
    let left = most;
    for (;;) {
      const job = this.#nextFor(occupant, left > 0);
      if (job === undefined) return;
      this.waiting -= 1;
      if (job.key === undefined) left -= 1;
      if (job.exclusive) return this.#reserve(job, occupant);
      if (job.key !== undefined) this.#homes.remember(job.key, { seat: occupant.seat.index, worker: occupant.id });
      this.#send(job, occupant);
    }
  }

  /** Takes out whoever is next for that worker: of its own flows, or, if asked for, of those that would go anywhere. */
  #nextFor(occupant: Occupant<Worker>, orAnyone: boolean): Job | undefined {
    const { seat } = occupant;
    for (;;) {
      const flow = seat.flows.first;
      const anyone = orAnyone ? this.#general.first : undefined;
      if (flow !== undefined && (anyone === undefined || flow.isBefore(anyone))) {
        return this.#canTake(occupant, flow.jobs.first!) ? seat.flows.take((this.#clock += 1)) : undefined;
      }
      if (anyone === undefined || !this.#canTake(occupant, anyone)) return undefined;
      this.#general.remove(anyone);
      const home = anyone.key === undefined ? seat : (this.#homeOf(anyone.key) ?? seat);
      if (home === seat) return anyone;
      // It found no home when it came; by now its key has one.
      this.waiting -= 1;
      this.#placeAt(anyone, anyone.key!, home);
    }
  }

  /** A worker has nothing to do while another has calls that it has not come to. */
  #relieve(idle: Occupant<Worker>): void {
    const other = this.#rotation.furthestBehind();
    if (other === undefined || other === idle) return;
    const { concurrency } = this.#plan;
    const half = Math.ceil((other.load - concurrency) / 2);
    this.#takeBack(other, Math.min(half, concurrency + idle.pace.ahead - idle.load), ({ key }) => key === undefined);
  }

  /** Whoever has to wait goes before those of lower priority that are ahead of their turn. */
  #goFirst({ priority }: Job): void {
    if (priority <= this.#lowestAhead) return;
    this.#lowestAhead = priority;
    for (const occupant of this.#rotation.all.slice()) this.#takeBack(occupant, Number.POSITIVE_INFINITY, (job) => job.priority < priority);
    this.#refillAll();
  }

  #takeBack(occupant: Occupant<Worker>, most: number, takes: (job: Job) => boolean): void {
    // Never what it could be doing: it may just not have come to it.
    const spare = occupant.load - this.#plan.concurrency;
    if (spare <= 0) return;
    const jobs = this.#actions.recall(occupant, Math.min(most, spare), takes);
    occupant.load -= jobs.length;
    this.running -= jobs.length;
    for (const job of jobs.sort((a, b) => a.order - b.order)) this.#place(job);
  }

  #leave(job: Job): boolean {
    if (job.place === -1) return false;
    if (job.flow === undefined) this.#general.remove(job);
    else job.flow.owner.remove(job);
    this.waiting -= 1;
    return true;
  }

  /** Reserves the worker that is freest, unless there may still be another one. False: there is none. */
  #reserveAny(job: Job): boolean {
    let best: Occupant<Worker> | undefined;
    for (const occupant of this.#rotation.all) if (best === undefined || occupant.load < best.load) best = occupant;
    if (best === undefined || (best.load > 0 && this.occupied < this.#plan.maxThreads && !this.held)) return false;
    this.#reserve(job, best);
    return true;
  }

  #reserve(job: Job, occupant: Occupant<Worker>): void {
    this.waiting += 1;
    occupant.reservation = job;
    this.#setAside(occupant, "reserved");
    if (occupant.load === 0) this.#settle(occupant);
  }

  /** It has done all that it had. */
  #settle(occupant: Occupant<Worker>): void {
    if (occupant.state === "retiring") return this.#actions.retired(occupant);
    const { reservation } = occupant;
    if (occupant.state !== "reserved" || reservation === undefined) return;
    occupant.state = "leased";
    occupant.reservation = undefined;
    this.waiting -= 1;
    this.#actions.grant(reservation as J, occupant);
  }

  #setAside(occupant: Occupant<Worker>, state: "reserved" | "retiring"): void {
    this.#leaveRotation(occupant);
    occupant.state = state;
    this.#aside += 1;
    this.#rehome(occupant.seat);
  }

  #return(occupant: Occupant<Worker>): void {
    occupant.reservation = undefined;
    occupant.state = "working";
    this.#aside -= 1;
    this.#rotation.add(occupant);
    this.#refill(occupant, Number.POSITIVE_INFINITY);
  }

  #leaveRotation(occupant: Occupant<Worker>): void {
    if (!this.#rotation.remove(occupant) && occupant.state !== "starting") this.#aside -= 1;
  }

  /** The calls that wait for this seat look for another one. */
  #rehome(seat: Seat<Worker>): void {
    if (seat.flows.size === 0) return;
    for (const job of seat.flows.takeAll()) {
      this.waiting -= 1;
      this.#place(job);
    }
  }

  #emptySeat(): Seat<Worker> {
    let empty: Seat<Worker> | undefined;
    for (const seat of this.seats) {
      if (seat.occupant !== undefined) continue;
      // Where keys wait already comes first.
      if (seat.flows.size !== 0) return seat;
      empty ??= seat;
    }
    return empty!;
  }

  #start(seat: Seat<Worker>): Occupant<Worker> {
    const occupant = new Occupant(seat, (this.#lastId += 1));
    seat.occupant = occupant;
    this.occupied += 1;
    this.starting += 1;
    occupant.worker = this.#actions.start(occupant);
    return occupant;
  }
}
