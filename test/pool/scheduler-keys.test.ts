import { describe, expect, it } from "vitest";
import { SimulatedPool, Task, tasks, type Worker } from "./simulated-pool.ts";

describe("keys", () => {
  it("stay with their worker, however the pool grows", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 8 }).ready();
    const homes = new Map<string, Worker>();
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 20; index += 1) {
        const key = `key${index}`;
        const task = new Task(key, { key });
        pool.add(task).ready();
        expect(task.on).toBeDefined();
        expect(homes.get(key) ?? task.on).toBe(task.on);
        homes.set(key, task.on!);
        pool.finish(task);
      }
      pool.add(...tasks(4)).ready();
      pool.finish(...pool.sent.slice(-4));
    }
    expect(new Set(homes.values()).size).toBeGreaterThan(4);
  });

  it("wait for their worker while others are free", () => {
    const pool = new SimulatedPool({ minThreads: 2 }).ready();
    const [first, second] = tasks(2, { key: "a" });
    pool.add(first!, second!);
    expect(second!.on).toBeUndefined();
    const { on } = first!;
    pool.finish(first!);
    expect(second!.on).toBe(on);
  });

  it("that are busy hold up no one else: new keys and calls without one go elsewhere", () => {
    for (const other of ["b", "c", "d", "e", "f", "g"]) {
      const pool = new SimulatedPool({ minThreads: 2 }).ready();
      pool.add(...tasks(50, { key: "a" }));
      const task = new Task(other, { key: other });
      pool.add(task);
      expect(task.on).toBeDefined();
      const free = new Task("free");
      pool.finish(task).add(free);
      expect(free.on).toBeDefined();
    }
  });

  it("take turns where they share a worker", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1 }).ready();
    pool.add(...tasks(4, { key: "busy" }), new Task("x", { key: "x" }), new Task("free"), ...tasks(2, { key: "y" }));
    while (pool.sent.length < 8) pool.finish(pool.sent.at(-1)!);
    expect(pool.names).toEqual(["busy0", "busy1", "x", "free", "y0", "busy2", "y1", "busy3"]);
  });

  it("go first where their priority says so", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1 }).ready();
    pool.add(...tasks(2), new Task("a", { key: "a" }), new Task("b", { key: "b", priority: 1 }));
    while (pool.sent.length < 4) pool.finish(pool.sent.at(-1)!);
    expect(pool.names).toEqual(["task0", "b", "task1", "a"]);
  });

  it("follow their seat when its worker is replaced, and look for another while none may be started", () => {
    const pool = new SimulatedPool({ minThreads: 2 }).ready();
    const [first, second] = tasks(2, { key: "a" });
    pool.add(first!, second!);
    const { seat } = first!.on!;
    pool.kill(first!.on!);
    pool.ready();
    expect(second!.on!.seat).toBe(seat);

    const third = new Task("third", { key: "a" });
    pool.add(third);
    pool.scheduler.held = true;
    pool.kill(second!.on!);
    expect(third.on!.seat).not.toBe(seat);
  });

  it("that come while every worker is leased stay together all the same", () => {
    const pool = new SimulatedPool({ minThreads: 2 }).ready();
    const leases = tasks(2, { exclusive: true }, "lease");
    const [first, second] = tasks(2, { key: "a" });
    pool.add(...leases, first!, second!);
    const home = leases[0]!.on!;
    for (const lease of leases) {
      const { on } = lease;
      pool.release(lease);
      pool.scheduler.giveBack(on!);
    }
    expect([first!.on, second!.on]).toEqual([home, undefined]);
    pool.finish(first!);
    expect(second!.on).toBe(home);
  });

  it("start a worker on their seat if there is none", () => {
    const pool = new SimulatedPool({ minThreads: 0, maxThreads: 4 });
    pool.add(new Task("a", { key: "a" }));
    expect(pool.starting).toHaveLength(1);
    expect(pool.ready().names).toEqual(["a"]);
  });
});

describe("leases", () => {
  it("have a worker out of rotation, as soon as it has finished what it had", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, concurrency: 2 }).ready();
    const [a, b] = tasks(2);
    const lease = new Task("lease", { exclusive: true });
    pool.add(a!, lease, b!);
    expect(pool.names).toEqual(["task0"]);
    pool.finish(a!);
    expect(pool.names).toEqual(["task0", "lease"]);
    pool.scheduler.giveBack(lease.on!);
    expect(pool.names).toEqual(["task0", "lease", "task1"]);
  });

  it("wait for their turn behind the calls that came before", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1 }).ready();
    pool.add(...tasks(3), new Task("lease", { exclusive: true }), ...tasks(1, {}, "later"));
    while (pool.sent.length < 4) pool.finish(pool.sent.at(-1)!);
    expect(pool.names).toEqual(["task0", "task1", "task2", "lease"]);
  });

  it("get a new worker while there may be one more", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 2 }).ready();
    const lease = new Task("lease", { exclusive: true });
    pool.add(new Task("a"), lease);
    pool.ready();
    expect(lease.on).toBe(pool.scheduler.seats[1]!.occupant);
  });

  it("that are given up while they wait leave the worker in rotation", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, concurrency: 2 }).ready();
    const lease = new Task("lease", { exclusive: true });
    const later = new Task("later");
    pool.add(new Task("a"), lease, later);
    expect(later.on).toBeUndefined();
    expect(pool.scheduler.remove(lease)).toBe(true);
    expect(later.on).toBeDefined();
    expect(pool.scheduler.waiting).toBe(0);
  });

  it("whose reserved worker dies get the next one", () => {
    const pool = new SimulatedPool({ minThreads: 1, maxThreads: 1, concurrency: 2 }).ready();
    const lease = new Task("lease", { exclusive: true });
    pool.add(new Task("a"), lease);
    pool.kill(pool.scheduler.seats[0]!.occupant!);
    pool.ready();
    expect(lease.on).toBeDefined();
  });

  it("send the keys of their worker elsewhere", () => {
    const pool = new SimulatedPool({ minThreads: 2 }).ready();
    const [a, second] = tasks(2, { key: "a" });
    pool.add(a!, second!, new Task("lease", { exclusive: true }), new Task("lease", { exclusive: true }));
    pool.finish(a!);
    expect(second!.on).toBeUndefined();
    const lease = pool.sent.find(({ exclusive }) => exclusive)!;
    pool.scheduler.giveBack(lease.on!);
    expect(second!.on).toBeDefined();
  });
});
