// A scheduler whose workers do what a test says, and at all times what a worker would: begin with as many tasks as they
// may have at once, in the order in which they got them.
import assert from "node:assert/strict";
import type { Flow, Job } from "../../lib/pool/flows.ts";
import type { Plan } from "../../lib/pool/actions.ts";
import { Scheduler } from "../../lib/pool/scheduler.ts";
import type { Occupant } from "../../lib/pool/seat.ts";

export interface TaskOptions {
  readonly priority?: number;
  readonly key?: string;
  readonly exclusive?: boolean;
  readonly canGoAhead?: boolean;
  readonly canStandBy?: boolean;
}

export type Worker = Occupant<undefined>;

export class Task implements Job {
  place = -1;
  order = 0;
  flow: Flow | undefined = undefined;
  readonly name: string;
  readonly priority: number;
  readonly key: string | undefined;
  readonly exclusive: boolean;
  readonly canGoAhead: boolean;
  readonly canStandBy: boolean;
  /** Who has it. */
  on: Worker | undefined = undefined;

  constructor(name: string, { priority = 0, key, exclusive = false, canGoAhead = !exclusive, canStandBy = false }: TaskOptions = {}) {
    this.name = name;
    this.priority = priority;
    this.key = key;
    this.exclusive = exclusive;
    this.canGoAhead = canGoAhead;
    this.canStandBy = canStandBy;
  }
}

export class SimulatedPool {
  readonly plan: Plan;
  readonly scheduler: Scheduler<Task, undefined>;
  /** Every task that was sent, as often as it was. */
  readonly sent: Task[] = [];
  readonly retired: Worker[] = [];
  readonly starting: Worker[] = [];
  readonly #has = new Map<Worker, Task[]>();

  constructor(plan: Partial<Plan> = {}) {
    this.plan = { minThreads: 0, maxThreads: 2, concurrency: 1, ahead: 0, maxQueue: 1_000, ...plan };
    this.scheduler = new Scheduler(this.plan, {
      start: (worker) => {
        this.starting.push(worker);
        this.#has.set(worker, []);
        return undefined;
      },
      send: (task, worker) => {
        assert.ok(worker.load <= this.plan.concurrency + worker.pace.mayHave(task));
        this.#give(task, worker);
      },
      wait: (task) => assert.notEqual(task.place, -1),
      grant: (task, worker) => this.#give(task, worker),
      recall: (worker, most, takes) => this.#recall(worker, most, takes),
      retired: (worker) => void this.retired.push(worker),
    });
    this.scheduler.grow();
  }

  get names(): string[] {
    return this.sent.map(({ name }) => name);
  }

  get workers(): Worker[] {
    return this.scheduler.seats.flatMap(({ occupant }) => (occupant === undefined ? [] : [occupant]));
  }

  get loads(): number[] {
    return this.scheduler.rotation.map(({ load }) => load);
  }

  /** The tasks that it has, in the order in which it got them. */
  tasksOf(worker: Worker): readonly Task[] {
    return this.#has.get(worker)!;
  }

  hasBegun(task: Task): boolean {
    return this.tasksOf(task.on!).indexOf(task) < this.plan.concurrency;
  }

  add(...tasks: Task[]): this {
    for (const task of tasks) assert.ok(this.scheduler.add(task), `${task.name} was refused`);
    return this;
  }

  /** All workers that are starting are ready now. */
  ready(): this {
    for (const worker of this.starting.splice(0)) this.scheduler.started(worker);
    return this;
  }

  finish(...tasks: Task[]): this {
    for (const task of tasks) this.#finish(task, false);
    return this;
  }

  finishQuickly(...tasks: Task[]): this {
    for (const task of tasks) this.#finish(task, true);
    return this;
  }

  /** The worker dies; answers with the tasks that are lost. */
  kill(worker: Worker): Task[] {
    const at = this.starting.indexOf(worker);
    if (at !== -1) this.starting.splice(at, 1);
    const lost = this.#has.get(worker)!;
    for (const task of lost) task.on = undefined;
    this.scheduler.ended(worker);
    // Late news of a worker that is gone changes nothing.
    for (const task of lost) if (!task.exclusive) this.scheduler.done(worker);
    return lost;
  }

  /** A lease is over. */
  release(task: Task): void {
    this.#take(task);
  }

  #finish(task: Task, quickly: boolean): void {
    const worker = task.on!;
    assert.ok(this.hasBegun(task), `${task.name} had not begun`);
    this.#take(task);
    this.scheduler.done(worker, quickly ? 0 : 10_000);
  }

  #give(task: Task, worker: Worker): void {
    assert.equal(task.on, undefined);
    task.on = worker;
    this.#has.get(worker)!.push(task);
    this.sent.push(task);
  }

  #take(task: Task): void {
    const tasks = this.#has.get(task.on!)!;
    tasks.splice(tasks.indexOf(task), 1);
    task.on = undefined;
  }

  #recall(worker: Worker, most: number, takes: (task: Job) => boolean): Task[] {
    // Whether it has begun with any is its own affair.
    const takeable = this.tasksOf(worker).filter((task) => task.canGoAhead && takes(task));
    const recalled = most === 0 ? [] : takeable.slice(-most);
    for (const task of recalled) this.#take(task);
    return recalled;
  }
}

export const tasks = (count: number, options: TaskOptions = {}, prefix = options.key ?? "task"): Task[] =>
  Array.from({ length: count }, (_, index) => new Task(`${prefix}${index}`, options));
