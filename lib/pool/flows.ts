// Calls with a key that wait for one particular worker. Each key is a flow of its own, and flows take turns: a key
// with a thousand calls gives way after each of them to whoever has been waiting longer than since its last turn.
import { Heap, type Waiting } from "./heap.ts";

/** A call as the queue sees it. */
export interface Job extends Waiting {
  /** Higher goes first. */
  readonly priority: number;
  /** When it came, as a number that only grows; a call that is made again keeps it. */
  order: number;
  /** Calls with the same key go to the same worker. */
  readonly key: string | undefined;
  /** Wants a worker to itself. */
  readonly exclusive: boolean;
  /** It may be given to a worker that has no room yet, since it can be taken back. */
  readonly canGoAhead: boolean;
  /** Also to one that is not quick, since nothing runs out meanwhile. */
  readonly canStandBy: boolean;
  /** The flow in which it waits. */
  flow: Flow | undefined;
}

/** Whoever comes before: higher priority, then longer waiting. */
export function isBefore(a: Job, b: Job): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}

export class Flow implements Waiting {
  readonly key: string;
  readonly owner: Flows;
  readonly jobs: Heap<Job> = new Heap<Job>(isBefore);
  place = -1;
  /** Of the job that is next. */
  priority = 0;
  /** Since when it waits for its turn. */
  turn = 0;

  constructor(key: string, owner: Flows) {
    this.key = key;
    this.owner = owner;
  }

  /** Whether its next job goes before that one, which is in no flow. */
  isBefore(job: Job): boolean {
    return this.priority > job.priority || (this.priority === job.priority && this.turn < job.order);
  }
}

export class Flows {
  readonly #byKey = new Map<string, Flow>();
  readonly #turns = new Heap<Flow>((a, b) => a.priority > b.priority || (a.priority === b.priority && a.turn < b.turn));

  get size(): number {
    return this.#byKey.size;
  }

  /** Whose turn it is. */
  get first(): Flow | undefined {
    return this.#turns.first;
  }

  add(job: Job, key: string): void {
    let flow = this.#byKey.get(key);
    if (flow === undefined) {
      flow = new Flow(key, this);
      flow.turn = job.order;
      flow.priority = job.priority;
      this.#byKey.set(key, flow);
      this.#turns.add(flow);
    }
    job.flow = flow;
    flow.jobs.add(job);
    this.#settle(flow);
  }

  remove(job: Job): void {
    const { flow } = job;
    if (flow === undefined) return;
    job.flow = undefined;
    flow.jobs.remove(job);
    this.#settle(flow);
  }

  /** Takes the next job; its flow waits for its next turn from `now` on. */
  take(now: number): Job | undefined {
    const flow = this.#turns.first;
    const job = flow?.jobs.first;
    if (flow === undefined || job === undefined) return undefined;
    flow.turn = now;
    this.remove(job);
    return job;
  }

  /** All jobs, the longest waiting first. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (const flow of this.#byKey.values()) jobs.push(...flow.jobs.takeAll());
    this.#byKey.clear();
    this.#turns.takeAll();
    for (const job of jobs) job.flow = undefined;
    return jobs.sort((a, b) => a.order - b.order);
  }

  #settle(flow: Flow): void {
    const next = flow.jobs.first;
    if (next === undefined) {
      this.#byKey.delete(flow.key);
      this.#turns.remove(flow);
      return;
    }
    flow.priority = next.priority;
    this.#turns.update(flow);
  }
}
