import { describe, expect, it } from "vitest";
import { SimulatedPool, Task, tasks, type Worker } from "./simulated-pool.ts";

describe("which worker", () => {
  it("is the least busy", () => {
    const pool = new SimulatedPool({ minThreads: 3, maxThreads: 3, concurrency: 4 }).ready();
    const all = tasks(7);
    pool.add(...all);
    expect(pool.loads).toEqual([3, 2, 2]);
    pool.finish(all[1]!, all[4]!);
    const next = new Task("next");
    pool.add(next);
    expect(next.on).toBe(pool.scheduler.seats[1]!.occupant);
  });

  it("never has more calls than its concurrency", () => {
    const pool = new SimulatedPool({ minThreads: 2, concurrency: 3 }).ready().add(...tasks(20));
    expect(pool.loads).toEqual([3, 3]);
    expect(pool.scheduler.waiting).toBe(14);
  });

  it("is asked for at once when there is room, past no one", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1 }).ready();
    const task = new Task("a");
    pool.add(task);
    expect(task.on).toBeDefined();
  });
});

describe("how many workers", () => {
  it("are as many as there are calls under way, within minThreads and maxThreads", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 4 });
    expect(pool.scheduler.occupied).toBe(1);
    pool.add(...tasks(1));
    expect(pool.scheduler.occupied).toBe(1);
    pool.add(...tasks(2));
    expect(pool.scheduler.occupied).toBe(3);
    pool.add(...tasks(20));
    expect(pool.scheduler.occupied).toBe(4);
  });

  it("share the first burst, whoever is ready first", () => {
    const pool = new SimulatedPool({ minThreads: 4, maxThreads: 4, concurrency: 100 }).add(...tasks(40)).ready();
    expect(pool.loads).toEqual([10, 10, 10, 10]);
  });

  it("do the part of one that never came as well", () => {
    const pool = new SimulatedPool({ minThreads: 0, maxThreads: 2, concurrency: 10 }).add(...tasks(10));
    pool.scheduler.started(pool.starting.shift()!);
    expect(pool.loads).toEqual([5]);
    pool.scheduler.held = true;
    pool.kill(pool.starting[0]!);
    expect(pool.loads).toEqual([10]);
  });

  it("are replaced when they end, if they are wanted", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 2 }).add(...tasks(2)).ready();
    pool.kill(pool.scheduler.seats[0]!.occupant!);
    expect(pool.starting).toHaveLength(0);
    pool.kill(pool.scheduler.seats[1]!.occupant!);
    expect(pool.starting).toHaveLength(1);
  });

  it("stays as it is while starting is held, and catches up later", () => {
    const pool = new SimulatedPool({ minThreads: 1 });
    pool.scheduler.held = true;
    pool.kill(pool.starting.shift()!);
    pool.add(...tasks(3));
    expect(pool.starting).toHaveLength(0);
    pool.scheduler.held = false;
    pool.scheduler.grow();
    expect(pool.starting).toHaveLength(2);
    expect(pool.ready().names).toEqual(["task0", "task1"]);
  });
});

describe("the queue", () => {
  it("starts calls in the order in which they came", () => {
    const pool = new SimulatedPool({ maxThreads: 1 }).add(...tasks(5)).ready();
    while (pool.sent.length < 5) pool.finish(pool.sent.at(-1)!);
    expect(pool.names).toEqual(["task0", "task1", "task2", "task3", "task4"]);
  });

  it("lets higher priorities go first, and each of them in order", () => {
    const pool = new SimulatedPool({ maxThreads: 1 }).ready();
    pool.add(...tasks(2, { priority: 0 }, "low"), ...tasks(2, { priority: 5 }, "high"), ...tasks(2, { priority: -1 }, "least")).ready();
    while (pool.sent.length < 6) pool.finish(pool.sent.at(-1)!);
    expect(pool.names).toEqual(["high0", "high1", "low0", "low1", "least0", "least1"]);
  });

  it("is bounded: what would wait beyond is refused", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, maxQueue: 2 }).ready().add(...tasks(3));
    expect(pool.scheduler.add(new Task("more"))).toBe(false);
    expect(pool.scheduler.waiting).toBe(2);
    pool.finish(pool.sent[0]!);
    expect(pool.scheduler.add(new Task("again"))).toBe(true);
  });

  it("counts the workers that are starting, or may start, as room", () => {
    const pool = new SimulatedPool({ maxThreads: 2, concurrency: 2, maxQueue: 0 }).add(...tasks(4));
    expect(pool.scheduler.add(new Task("fifth"))).toBe(false);
    expect(pool.ready().sent).toHaveLength(4);
  });

  it("forgets a call that is given up, and only once", () => {
    const pool = new SimulatedPool({ maxThreads: 1 }).ready();
    const all = tasks(4);
    pool.add(...all).ready();
    expect(pool.scheduler.remove(all[2]!)).toBe(true);
    expect(pool.scheduler.remove(all[2]!)).toBe(false);
    expect(pool.scheduler.remove(all[0]!)).toBe(false);
    pool.finish(all[0]!).finish(all[1]!);
    expect(pool.names).toEqual(["task0", "task1", "task3"]);
    expect(pool.scheduler.waiting).toBe(0);
  });

  it("gives a call that is made again its old place, even in a full queue", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, maxQueue: 2 }).ready();
    const all = tasks(3);
    pool.add(...all);
    const [lost] = pool.kill(all[0]!.on!);
    pool.scheduler.addAgain(lost!);
    pool.ready();
    expect(pool.names).toEqual(["task0", "task0"]);
    pool.finish(lost!).finish(all[1]!);
    expect(pool.names).toEqual(["task0", "task0", "task1", "task2"]);
  });

  it("gives up all that wait when asked to", () => {
    const pool = new SimulatedPool({ minThreads: 2 }).ready();
    const [a, b, waiting] = tasks(3);
    const keyed = new Task("keyed", { key: "k" });
    const lease = new Task("lease", { exclusive: true });
    pool.add(a!, b!, waiting!, keyed, lease);
    expect(new Set(pool.scheduler.takeAll())).toEqual(new Set([waiting, keyed, lease]));
    expect(pool.scheduler.waiting).toBe(0);
    pool.finish(a!, b!);
    expect(pool.sent).toHaveLength(2);
  });
});

describe("a worker that is told to retire", () => {
  it("takes no more calls, finishes its own, then ends and is replaced", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, concurrency: 2 }).ready();
    const [a, b] = tasks(2);
    pool.add(a!);
    const old = a!.on!;
    pool.scheduler.retire(old);
    pool.add(b!);
    expect(pool.retired).toEqual([]);
    pool.finish(a!);
    expect(pool.retired).toEqual([old]);
    pool.kill(old);
    pool.ready();
    expect(b!.on).toBe(pool.scheduler.seats[0]!.occupant);
  });

  it("goes back into rotation if it must stay", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1 }).ready();
    const worker = pool.scheduler.rotation[0]!;
    pool.scheduler.retire(worker);
    pool.add(new Task("a"));
    expect(pool.sent).toHaveLength(0);
    pool.scheduler.giveBack(worker);
    expect(pool.names).toEqual(["a"]);
  });
});

/** In µs. */
const SLOW = 100_000;

/** The worker has shown how long its calls take. */
function pace(worker: Worker, took: number): void {
  for (let call = 0; call < 5; call += 1) worker.pace.note(took, 4);
}

describe("a worker that is quick", () => {
  /** It has shown that it is. */
  const warm = (plan: ConstructorParameters<typeof SimulatedPool>[0] = {}): SimulatedPool => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, ahead: 4, ...plan }).ready();
    for (const task of tasks(10, {}, "quick")) pool.add(task).finishQuickly(task);
    pool.sent.length = 0;
    return pool;
  };

  it("is given calls ahead of their turn, ever more of them, up to a limit", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, ahead: 4 }).ready();
    const all = tasks(20);
    pool.add(...all);
    const loads = all.slice(0, 4).map((task) => {
      pool.finishQuickly(task);
      return pool.loads[0];
    });
    expect(loads).toEqual([1, 2, 4, 5]);
  });

  it("is given none any more when it is slow", () => {
    const pool = warm();
    const all = tasks(20);
    pool.add(...all);
    expect(pool.loads).toEqual([5]);
    for (const task of all.slice(0, 8)) pool.finish(task);
    expect(pool.loads).toEqual([1]);
  });

  it("gives back what it has not begun with, to its old place", () => {
    const pool = warm();
    const all = tasks(8);
    pool.add(...all, new Task("high", { priority: 1 }));
    const worker = all[0]!.on!;
    pool.scheduler.recall(worker);
    expect(pool.tasksOf(worker)).toEqual([all[0]]);
    expect(pool.scheduler).toMatchObject({ running: 1, waiting: 8 });
    pool.sent.length = 0;
    pool.finish(all[0]!);
    while (pool.tasksOf(worker).length > 0) pool.finish(pool.tasksOf(worker)[0]!);
    expect(pool.names).toEqual(["high", ...all.slice(1).map(({ name }) => name)]);
  });

  it("is given one call ahead even if it is slow, so that it can go on at once, unless the call's time would run", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, ahead: 4 }).ready();
    pace(pool.workers[0]!, SLOW);
    const all = tasks(3, { canStandBy: true });
    pool.add(...all, ...tasks(2, {}, "timed"));
    expect(pool.names).toEqual(["task0", "task1"]);
    pool.finish(all[0]!);
    expect(pool.names).toEqual(["task0", "task1", "task2"]);
    pool.finish(all[1]!);
    expect(pool.names).toEqual(["task0", "task1", "task2"]);
    pool.finish(all[2]!);
    expect(pool.names).toEqual(["task0", "task1", "task2", "timed0"]);
  });

  it("gives back what is ahead for whoever goes first", () => {
    const pool = warm();
    const all = tasks(4);
    const urgent = new Task("urgent", { priority: 1 });
    pool.add(...all);
    expect(pool.loads).toEqual([4]);
    pool.add(new Task("same"), urgent);
    expect(pool.tasksOf(all[0]!.on!).map(({ name }) => name)).toEqual(["task0", "urgent", "task1", "task2", "task3"]);
  });

  it("has what is ahead counted among what waits", () => {
    const pool = warm({ maxQueue: 2 });
    pool.add(...tasks(3));
    expect(pool.loads).toEqual([3]);
    expect(pool.scheduler.add(new Task("more"))).toBe(false);
    expect(pool.scheduler).toMatchObject({ waiting: 0, behind: 2, room: 0 });
  });

  it("is relieved by one that has nothing to do", () => {
    const pool = warm({ minThreads: 2, maxThreads: 2 });
    const [quick, other] = pool.workers;
    pace(other!, SLOW);
    pool.add(...tasks(6));
    expect([quick!.load, other!.load]).toEqual([5, 1]);
    pool.finish(pool.tasksOf(other!)[0]!);
    expect([quick!.load, other!.load]).toEqual([4, 1]);
    expect(pool.tasksOf(other!).map(({ name }) => name)).toEqual(["task5"]);
    pace(other!, 0);
    pool.finishQuickly(pool.tasksOf(other!)[0]!);
    expect([quick!.load, other!.load]).toEqual([2, 2]);
  });

  it("is relieved by one that has just started", () => {
    const pool = warm({ maxThreads: 2 });
    pool.add(...tasks(4)).ready();
    expect(pool.loads.toSorted((a, b) => a - b)).toEqual([1, 3]);
  });

  it("is not given what cannot be taken back, nor anything past it", () => {
    const pool = warm();
    const all = [...tasks(2), new Task("stream", { canGoAhead: false }), new Task("behind")];
    pool.add(...all);
    expect(pool.names).toEqual(["task0", "task1"]);
    expect(pool.scheduler.waiting).toBe(2);
    pool.finish(all[0]!).finish(all[1]!);
    expect(pool.names.slice(0, 3)).toEqual(["task0", "task1", "stream"]);
  });

  it("starts the calls of a key in order, though only some of them can go ahead", () => {
    const pool = warm();
    const all = [new Task("first", { key: "k" }), new Task("stream", { key: "k", canGoAhead: false }), new Task("last", { key: "k" })];
    pool.add(...all);
    expect(pool.names).toEqual(["first"]);
    pool.finish(all[0]!).finish(all[1]!);
    expect(pool.names).toEqual(["first", "stream", "last"]);
  });

  it("keeps its keys, whoever has nothing to do", () => {
    const pool = warm({ minThreads: 2, maxThreads: 2 });
    const keyed = tasks(4, { key: "k" });
    pool.add(keyed[0]!);
    pace(keyed[0]!.on!, 0);
    pool.add(...keyed.slice(1), new Task("other"));
    const other = pool.sent.at(-1)!;
    pool.finish(other);
    expect(new Set(keyed.map(({ on }) => on)).size).toBe(1);
    expect(keyed[3]!.on).toBeDefined();
  });
});
