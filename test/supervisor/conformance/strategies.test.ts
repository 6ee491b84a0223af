// Erlang/OTP's supervisor_SUITE, groups restart_one_for_one, restart_one_for_all, restart_rest_for_one, and
// multiple_restarts, hanging_restart_loop, tree.
import { describe, expect, test } from "vitest";
import { GaveUpError } from "../../../lib/supervisor/errors.ts";
import { Intensity } from "../../../lib/supervisor/rules/intensity.ts";
import { child, FakeWorld, states } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

const HOUR = 3_600_000;

describe("intensity", () => {
  test("multiple_restarts: restarts that are far enough apart are borne for ever", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 1, period: 1_000, children: [child("child1", { shutdown: "brutal" })] });
    for (let at = 0; at < 10; at++) {
      await world.exit("child1");
      await world.clock.advance(1_001);
    }
    expect(states(supervisor)).toBe("child1:running");
    expect(supervisor.child("child1")?.restarts).toBe(10);
  });

  test("the period slides: the restart that is one too many counts those of the last period only", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 2, period: 1_000, children: [child("a")] });
    for (const wait of [600, 401, 600, 401]) {
      await world.exit("a");
      await world.clock.advance(wait);
    }
    expect(supervisor.state).toBe("running");
    await world.exit("a");
    expect(supervisor.state).toBe("running");
    await world.exit("a");
    expect(supervisor.state).toBe("failed");
  });

  test("a restart exactly one period before still counts, one a moment earlier does not", () => {
    const rule = { strategy: "one-for-one", intensity: 1, period: 1_000, autoShutdown: "never", maxChildren: Infinity } as const;
    const exact = new Intensity();
    expect([exact.allow(0, rule), exact.allow(1_000, rule)]).toEqual([true, false]);
    const later = new Intensity();
    expect([later.allow(0, rule), later.allow(1_001, rule)]).toEqual([true, true]);
  });

  test("intensity 0: the first failure is one too many", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 0, children: [child("a"), child("b")] });
    await world.exit("a");
    expect(supervisor.state).toBe("failed");
    expect(world.run("b").isOver).toBe(true);
  });

  test("a clean end of a transient child counts for nothing", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 0, children: [child("a", { restart: "transient" })] });
    await world.exit("a", "normal");
    expect(supervisor.state).toBe("running");
  });
});

describe("one-for-one", () => {
  test("one_for_one: only the child that failed is started again; beyond the intensity the supervisor fails", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 2, period: HOUR, children: [child("child1"), child("child2")] });
    world.noted();
    await world.exit("child1");
    expect(world.noted()).toEqual(["exit child1", "start child1"]);
    await world.exit("child2");
    expect(supervisor.count()).toMatchObject({ active: 2 });
    const events: unknown[] = [];
    supervisor.on("escalated", ({ id, report }) => events.push([id, report?.kind]));
    await world.exit("child1");
    const { reason, error } = await supervisor.ended;
    expect(reason).toBe("gave up");
    expect(error).toBeInstanceOf(GaveUpError);
    expect(error?.message).toMatch(/"supervisor" gave up: more than 2 restarts within 3600000 ms; last, "child1" crashed with code 1/u);
    expect(events).toEqual([["child1", "crash"]]);
    expect(world.run("child2").isOver).toBe(true);
  });

  test("one_for_one_escalation: a restart that fails counts, until the supervisor gives up and stops the others", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ok", "fail");
    const supervisor = await world.supervise({ intensity: 4, period: HOUR, children: [child("child1"), child("child2")] });
    await world.exit("child1");
    expect((await supervisor.ended).reason).toBe("gave up");
    expect(world.log.filter((line) => line === "start child1")).toHaveLength(5);
    expect(world.run("child2").isOver).toBe(true);
  });

  test("a child that takes long to start again does not hold up others", async () => {
    const world = new FakeWorld();
    world.onStart("a", "ok", { ms: 10_000 });
    const supervisor = await world.supervise({ children: [child("a"), child("b")] });
    await world.exit("a");
    await world.exit("b");
    expect(states(supervisor)).toBe("a:starting b:running");
    await world.clock.advance(10_000);
    expect(states(supervisor)).toBe("a:running b:running");
  });
});

describe("one-for-all", () => {
  test("one_for_all: all are stopped in reverse and started in order; beyond the intensity the supervisor fails", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "one-for-all", intensity: 2, children: [child("a"), child("b"), child("c")] });
    world.noted();
    await world.exit("b");
    expect(world.noted()).toEqual(["exit b", "ask c", "exit c", "ask a", "exit a", "start a", "start b", "start c"]);
    expect(supervisor.count()).toMatchObject({ specs: 3, active: 3 });
    await world.exit("a");
    await world.exit("c");
    expect((await supervisor.ended).reason).toBe("gave up");
  });

  test("one_for_all_escalation: a sibling that cannot be started again brings the supervisor down", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "fail");
    const supervisor = await world.supervise({ strategy: "one-for-all", intensity: 4, children: [child("child1"), child("child2")] });
    await world.exit("child1");
    expect((await supervisor.ended).reason).toBe("gave up");
    expect(world.run("child1").isOver).toBe(true);
  });

  test("one_for_all_other_child_fails_restart: those that had been started again are stopped, and all begin anew", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "fail", "ok");
    const supervisor = await world.supervise({ strategy: "one-for-all", intensity: 3, children: [child("child1"), child("child2")] });
    world.noted();
    await world.exit("child1");
    expect(world.noted()).toEqual([
      "exit child1",
      "ask child2",
      "exit child2",
      "start child1",
      "start child2",
      "ask child1",
      "exit child1",
      "start child1",
      "start child2",
    ]);
    expect(supervisor.count()).toMatchObject({ active: 2 });
  });

  test("a child that fails while its siblings are being started again makes them begin anew", async () => {
    const world = new FakeWorld();
    world.onStart("b", "ok", "hang", "ok");
    const supervisor = await world.supervise({ strategy: "one-for-all", children: [child("a"), child("b")] });
    await world.exit("a");
    expect(states(supervisor)).toBe("a:running b:starting");
    world.noted();
    await world.exit("a");
    expect(world.noted()).toEqual(["exit a", "abort b", "start a", "start b"]);
    expect(states(supervisor)).toBe("a:running b:running");
  });

  test("children that end while the group is being stopped are not counted as failures of their own", async () => {
    const world = new FakeWorld();
    world.onStop("c", { ms: 100 });
    const supervisor = await world.supervise({ strategy: "one-for-all", intensity: 1, children: [child("a"), child("b"), child("c")] });
    await world.exit("a");
    await world.exit("b");
    await world.clock.advance(100);
    expect(states(supervisor)).toBe("a:running b:running c:running");
  });
});

describe("rest-for-one", () => {
  test("rest_for_one: the one that failed and those after it; those before it go on", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({
      strategy: "rest-for-one",
      intensity: 2,
      children: [child("child1"), child("child2"), child("child3")],
    });
    world.noted();
    await world.exit("child2");
    expect(world.noted()).toEqual(["exit child2", "ask child3", "exit child3", "start child2", "start child3"]);
    expect(world.runs.get("child1")).toHaveLength(1);
    await world.exit("child3");
    expect(world.runs.get("child2")).toHaveLength(2);
    await world.exit("child2");
    expect((await supervisor.ended).reason).toBe("gave up");
  });

  test("rest_for_one_escalation: a later sibling that cannot be started again brings the supervisor down", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "fail");
    const supervisor = await world.supervise({ strategy: "rest-for-one", intensity: 4, children: [child("child1"), child("child2")] });
    await world.exit("child1");
    expect((await supervisor.ended).reason).toBe("gave up");
    expect(world.run("child1").isOver).toBe(true);
  });

  test("rest_for_one_other_child_fails_restart: those before the one that fails stay as they were started again", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "fail", "ok");
    await world.supervise({ strategy: "rest-for-one", intensity: 3, children: [child("child1"), child("child2"), child("child3")] });
    world.noted();
    await world.exit("child1");
    expect(world.noted().slice(5)).toEqual(["start child1", "start child2", "start child2", "start child3"]);
  });
});

describe("a restart loop obeys", () => {
  const backoff = { initial: 1_000, factor: 1, jitter: 0 };

  test.each(["fail", "hang"] as const)("hanging_restart_loop: stop and restart work in the middle of it (%s)", async (behaviour) => {
    const world = new FakeWorld();
    world.onStart("child1", "ok", behaviour);
    const supervisor = await world.supervise({ intensity: 8, period: 10_000, children: [child("child1", { backoff })] });
    await world.exit("child1");
    await world.clock.advance(1_500);
    await expect(supervisor.add(child("child1"))).rejects.toMatchObject({ code: "ERR_CHILD_EXISTS" });
    expect(states(supervisor)).toBe(behaviour === "hang" ? "child1:starting" : "child1:waiting");
    expect(supervisor.count()).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 1 });
    await supervisor.stop("child1");
    expect(states(supervisor)).toBe("child1:stopped");
    await world.clock.advance(HOUR);
    expect(states(supervisor)).toBe("child1:stopped");
    world.onStart("child1", "ok");
    await supervisor.restart("child1");
    expect(states(supervisor)).toBe("child1:running");
  });

  test("hanging_restart_loop: the supervisor closes in the middle of it, and remove works", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ok", "hang");
    world.onStart("child2", "ok", "fail");
    const supervisor = await world.supervise({ intensity: 8, children: [child("child1"), child("child2", { backoff })] });
    await world.exit("child1");
    await world.exit("child2");
    await supervisor.remove("child2");
    expect(states(supervisor)).toBe("child1:starting");
    await supervisor.close();
    expect(supervisor.state).toBe("ended");
    expect(world.clock.pending).toBe(0);
  });

  test("hanging_restart_loop_rest_for_one: stopping the stuck one leaves those behind it waiting, until it is started", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "hang");
    const supervisor = await world.supervise({
      strategy: "rest-for-one",
      intensity: 8,
      children: [child("child1"), child("child2"), child("child3")],
    });
    await world.exit("child2");
    expect(states(supervisor)).toBe("child1:running child2:starting child3:waiting");
    await supervisor.stop("child2");
    expect(states(supervisor)).toBe("child1:running child2:stopped child3:waiting");
    world.onStart("child2", "ok");
    await supervisor.restart("child2");
    await settle();
    expect(states(supervisor)).toBe("child1:running child2:running child3:running");
  });

  test("hanging_restart_loop_rest_for_one: a failure before it starts the stopped one too, and those behind it", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "hang", "ok");
    const supervisor = await world.supervise({
      strategy: "rest-for-one",
      intensity: 8,
      children: [child("child1"), child("child2"), child("child3")],
    });
    await world.exit("child2");
    await supervisor.stop("child2");
    expect(states(supervisor)).toBe("child1:running child2:stopped child3:waiting");
    await world.exit("child1");
    expect(states(supervisor)).toBe("child1:running child2:running child3:running");
  });

  test("hanging_restart_loop_rest_for_one: removing the stuck one lets those behind it start", async () => {
    const world = new FakeWorld();
    world.onStart("child2", "ok", "hang");
    const supervisor = await world.supervise({ strategy: "rest-for-one", children: [child("child1"), child("child2"), child("child3")] });
    await world.exit("child2");
    await supervisor.remove("child2");
    await settle();
    expect(states(supervisor)).toBe("child1:running child3:running");
  });

  test("hanging_restart_loop_simple: a dynamic child that is stuck can be stopped, and the supervisor closed", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", "ok", "hang");
    world.onStart("job#2", "ok", "hang");
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), intensity: 8 });
    await supervisor.add();
    await supervisor.add();
    await world.exit("job#1");
    await supervisor.stop("job#1");
    expect(states(supervisor)).toBe("job#2:running");
    await world.exit("job#2");
    await supervisor.close();
    expect(supervisor.state).toBe("ended");
  });

  test("restart starts a child at once that waits for its time", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a", { backoff })] });
    await world.exit("a");
    expect(states(supervisor)).toBe("a:waiting");
    await supervisor.restart("a");
    expect(states(supervisor)).toBe("a:running");
    expect(world.clock.pending).toBe(0);
  });
});

describe("a failure in the middle of a reload", () => {
  test("what was to replace the failed child becomes its restart, and counts as one", async () => {
    const world = new FakeWorld();
    world.onStart("a", "ok", { ms: 100 });
    const supervisor = await world.supervise({ intensity: 1, children: [child("a")] });
    const reloading = supervisor.reload("a");
    await world.exit("a");
    expect(states(supervisor)).toBe("a:starting");
    await world.clock.advance(100);
    await reloading;
    expect(states(supervisor)).toBe("a:running");
    expect(world.log.filter((line) => line === "start a")).toHaveLength(2);
    await world.exit("a");
    expect(supervisor.state).toBe("failed");
  });

  test("in a group both runs are stopped, whichever of them ends or is ready first", async () => {
    const world = new FakeWorld();
    world.onStart("b", "ok", { ms: 100 }, "ok");
    world.onStop("c", { ms: 200 });
    const supervisor = await world.supervise({ strategy: "one-for-all", children: [child("a"), child("b"), child("c")] });
    const reloading = supervisor.reload("b");
    await world.exit("a");
    await world.exit("b", "normal");
    await world.clock.advance(100);
    await reloading;
    await world.clock.advance(100);
    expect(states(supervisor)).toBe("a:running b:running c:running");
    expect(world.runs.get("b")?.map(({ isOver }) => isOver)).toEqual([true, true, false]);
  });
});
