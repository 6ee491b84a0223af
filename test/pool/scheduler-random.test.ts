import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "vitest";
import type { Plan } from "../../lib/pool/actions.ts";
import { SimulatedPool, Task, type Worker } from "./simulated-pool.ts";

const kinds = [
  "call",
  "call",
  "call",
  "key",
  "lease",
  "finish",
  "finish",
  "finish",
  "finish quickly",
  "finish quickly",
  "give back",
  "abort",
  "kill",
  "ready",
  "retire",
  "recall",
  "hold",
  "release",
] as const;

interface Happening {
  readonly kind: (typeof kinds)[number];
  readonly at: number;
  readonly priority: number;
  readonly canGoAhead: boolean;
  readonly canStandBy: boolean;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.nat(1_000),
  priority: fc.constantFrom(0, 0, 0, 1, -1),
  canGoAhead: fc.boolean(),
  canStandBy: fc.boolean(),
});

const plan: fc.Arbitrary<Plan> = fc.record({
  minThreads: fc.integer({ min: 0, max: 2 }),
  maxThreads: fc.integer({ min: 2, max: 4 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  ahead: fc.constantFrom(0, 2, 5),
  maxQueue: fc.constantFrom(3, 1_000),
});

/** A pool to which things happen, and what must be true of it whatever they are. */
class Story {
  readonly pool: SimulatedPool;
  /** Tasks that are neither done nor given up. */
  readonly open = new Set<Task>();

  constructor(of: Plan) {
    this.pool = new SimulatedPool(of);
  }

  happens({ kind, at, priority, canGoAhead, canStandBy }: Happening): void {
    const { pool } = this;
    const { scheduler } = pool;
    const name = `${kind}${this.open.size}`;
    switch (kind) {
      case "call":
        return this.#add(new Task(name, { priority, canGoAhead, canStandBy }));
      case "key":
        return this.#add(new Task(name, { priority, canGoAhead, canStandBy, key: `k${at % 6}` }));
      case "lease":
        return this.#add(new Task(name, { priority, exclusive: true }));
      case "finish":
      case "finish quickly":
        return pick(this.begun, at, (task) => this.finish(task, kind === "finish quickly"));
      case "give back":
        return pick(this.leases, at, (task) => this.giveBack(task));
      case "abort":
        return pick(this.#waiting, at, (task) => {
          assert.ok(scheduler.remove(task));
          this.open.delete(task);
        });
      case "kill":
        return pick(pool.workers, at, (worker) => this.#kill(worker));
      case "ready":
        return void pool.ready();
      case "retire":
        return pick(pool.workers, at, (worker) => scheduler.retire(worker));
      case "recall":
        return pick(pool.workers, at, (worker) => scheduler.recall(worker));
      case "hold":
        scheduler.held = true;
        return;
      case "release":
        scheduler.held = false;
        return scheduler.grow();
    }
  }

  get begun(): Task[] {
    return [...this.open].filter((task) => task.on !== undefined && !task.exclusive && this.pool.hasBegun(task));
  }

  get leases(): Task[] {
    return [...this.open].filter((task) => task.on !== undefined && task.exclusive);
  }

  get #waiting(): Task[] {
    return [...this.open].filter(({ on }) => on === undefined);
  }

  finish(task: Task, quickly: boolean): void {
    this.open.delete(task);
    if (quickly) this.pool.finishQuickly(task);
    else this.pool.finish(task);
  }

  giveBack(task: Task): void {
    const worker = task.on!;
    this.open.delete(task);
    this.pool.release(task);
    this.pool.scheduler.giveBack(worker);
  }

  endRetired(): void {
    for (const worker of this.pool.retired.splice(0)) if (worker.state === "retiring") this.pool.scheduler.ended(worker);
  }

  check(): void {
    const { scheduler, workers, starting, plan: of } = this.pool;
    const onWorkers = [...this.open].filter(({ on, exclusive }) => on !== undefined && !exclusive);
    assert.equal(scheduler.running, onWorkers.length);
    assert.equal(scheduler.waiting, this.#waiting.length);
    assert.equal(scheduler.occupied, workers.length);
    assert.equal(scheduler.starting, starting.length);
    if (scheduler.starting > 0) return;
    // Whoever has room has nobody waiting; a key waits for its own worker only.
    const withRoom = scheduler.rotation.filter(({ load }) => load < of.concurrency);
    assert.ok(withRoom.every(({ seat }) => seat.flows.size === 0));
    const anyones = this.#waiting.filter(({ flow, exclusive }) => flow === undefined && !exclusive);
    assert.ok(withRoom.length === 0 || anyones.length === 0);
  }

  #add(task: Task): void {
    if (this.pool.scheduler.add(task)) this.open.add(task);
  }

  #kill(worker: Worker): void {
    for (const task of this.pool.kill(worker)) {
      if (task.exclusive) this.open.delete(task);
      else this.pool.scheduler.addAgain(task);
    }
  }
}

function pick<T>(from: readonly T[], at: number, use: (one: T) => void): void {
  const one = from[at % Math.max(1, from.length)];
  if (one !== undefined) use(one);
}

function checkStory(happenings: readonly Happening[], of: Plan): void {
  const story = new Story(of);
  for (const each of happenings) {
    story.happens(each);
    story.endRetired();
    story.check();
  }
  const { pool } = story;
  pool.scheduler.held = false;
  pool.scheduler.grow();
  for (let step = 0; story.open.size > 0; step += 1) {
    assert.ok(step < 5_000, "some task is never sent");
    pool.ready();
    for (const task of story.leases) story.giveBack(task);
    for (const task of story.begun.slice(0, 1)) story.finish(task, step % 3 === 0);
    story.endRetired();
    story.check();
  }
  assert.ok(pool.scheduler.occupied >= of.minThreads);
}

describe("whatever happens", () => {
  it("each call is sent or given up, none is left behind, and counts come out even", () => {
    fc.assert(fc.property(fc.array(happening, { maxLength: 150, size: "max" }), plan, checkStory), {
      numRuns: Number(process.env.POOL_RUNS ?? 1_000),
    });
  });
});
