// The rules by which a child that is up counts as not well, with fake children and a clock that is turned by hand.
import { describe, expect, test } from "vitest";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { child, FakeWorld } from "./fake-world.ts";
import { settle } from "./virtual-clock.ts";

const MiB = 1024 * 1024;
const health = { interval: 100, timeout: 500, maxLag: 50, lagCount: 3 };

function unhealthyOf(supervisor: Supervisor): unknown[] {
  const seen: unknown[] = [];
  supervisor.on("unhealthy", ({ what, value, limit }) => seen.push([what, value, limit]));
  return seen;
}

describe("signs of life", () => {
  test("without one for longer than timeout the child is killed as unresponsive, and restarted", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a", { health })] });
    const unhealthy = unhealthyOf(supervisor);
    const reports: unknown[] = [];
    supervisor.on("exited", ({ report, expected }) => reports.push([report.kind, expected]));
    for (let at = 0; at < 10; at++) {
      await world.clock.advance(300);
      world.run("a").report({ lag: 1 });
    }
    expect(unhealthy).toEqual([]);
    await world.clock.advance(600);
    expect(unhealthy).toEqual([["heartbeat", 600, 500]]);
    expect(reports).toEqual([["unresponsive", false]]);
    expect(supervisor.child("a")).toMatchObject({ state: "running", restarts: 1 });
  });

  test("nobody is asked for any where the spec does not want it, and a run that ended is not watched any more", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a", { health }), child("b")] });
    expect([...world.run("a").watchers].map(({ interval }) => interval)).toEqual([100]);
    expect(world.run("b").watchers.size).toBe(0);
    const first = world.run("a");
    await world.exit("a");
    expect(first.watchers.size).toBe(0);
    await supervisor.close();
    expect(world.run("a").watchers.size).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  test("when this process itself was away, the child gets a chance to say something", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a", { health })] });
    await settle();
    await world.clock.jump(10_000);
    expect(supervisor.child("a")?.restarts).toBe(0);
    world.run("a").report({ lag: 1 });
    await world.clock.advance(400);
    expect(supervisor.child("a")?.restarts).toBe(0);
    await world.clock.jump(10_000);
    await world.clock.advance(400);
    expect(supervisor.child("a")?.restarts).toBe(1);
  });
});

describe("lag", () => {
  test("only so many late reports in a row count", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a", { health })] });
    const unhealthy = unhealthyOf(supervisor);
    for (const lag of [60, 70, 10, 60, 70, 50, 60, 70]) world.run("a").report({ lag });
    await settle();
    expect(unhealthy).toEqual([]);
    world.run("a").report({ lag: 80 });
    await settle();
    expect(unhealthy).toEqual([["lag", 80, 50]]);
    expect(supervisor.child("a")?.lastExit?.kind).toBe("unresponsive");
  });
});

describe("memory", () => {
  const memory = { limit: 100 * MiB, hard: 300 * MiB, interval: 100 };

  test("above the limit the child is replaced by a new run beside it; that is no failure", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 0, children: [child("a", { memory })] });
    world.run("a").report({ memory: 100 * MiB });
    await world.clock.advance(500);
    expect(world.runs.get("a")).toHaveLength(1);
    world.run("a").report({ memory: 101 * MiB });
    world.noted();
    await world.clock.advance(100);
    expect(world.noted()).toEqual(["start a", "ask a", "exit a"]);
    expect(supervisor.child("a")).toMatchObject({ state: "running", restarts: 0 });
  });

  test("one that cannot be replaced stays, and is tried again after a while, not at once", async () => {
    const world = new FakeWorld();
    world.onStart("a", "ok", "fail", "ok");
    const supervisor = await world.supervise({ intensity: 0, children: [child("a", { memory })] });
    world.run("a").report({ memory: 200 * MiB });
    await world.clock.advance(29_000);
    expect(world.log.filter((line) => line === "start a")).toHaveLength(2);
    expect(supervisor.child("a")?.state).toBe("running");
    await world.clock.advance(2_000);
    expect(world.log.filter((line) => line === "start a")).toHaveLength(3);
    expect(world.runs.get("a")).toHaveLength(2);
  });

  test("above the hard limit it is killed at once, as out of memory, and that counts", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 1, children: [child("a", { memory })] });
    world.run("a").report({ memory: 301 * MiB });
    await world.clock.advance(100);
    expect(supervisor.child("a")).toMatchObject({ state: "running", restarts: 1, lastExit: { kind: "oom" } });
    expect(world.log).toContain("kill a");
  });
});
