// Erlang/OTP's supervisor_SUITE, groups sup_start and sup_start_map: the name before the colon is that of the case there.
import { describe, expect, test } from "vitest";
import { ChildStartError } from "../../../lib/supervisor/errors.ts";
import { child, FakeWorld, states } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

describe("starting", () => {
  test("sup_start_normal: a supervisor without children starts and closes", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 2, period: 3_600_000 });
    expect(supervisor.state).toBe("running");
    await supervisor.close();
    expect(supervisor.state).toBe("ended");
    expect(await supervisor.ended).toMatchObject({ reason: "stopped", error: undefined });
  });

  test("sup_start_ignore_init: a supervisor beneath that has nothing to do is kept as a child that does not run", async () => {
    const world = new FakeWorld();
    world.onStart("empty", "ignore");
    const supervisor = await world.supervise({ children: [child("empty")] });
    expect(states(supervisor)).toBe("empty:stopped");
    await supervisor.close();
  });

  test("sup_start_ignore_child: a permanent child that ignores keeps its spec and does not run", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ignore");
    const supervisor = await world.supervise({});
    expect((await supervisor.add(child("child1"))).state).toBe("stopped");
    expect((await supervisor.add(child("child2"))).state).toBe("running");
    expect(states(supervisor)).toBe("child1:stopped child2:running");
    expect(supervisor.count()).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 });
  });

  test("sup_start_ignore_temporary_child: a temporary first child that ignores is not kept", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ignore");
    const supervisor = await world.supervise({
      children: [child("child1", { restart: "temporary" }), child("child2", { restart: "temporary" })],
    });
    expect(states(supervisor)).toBe("child2:running");
    expect(supervisor.count()).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
  });

  test("sup_start_ignore_temporary_child_start_child: a temporary child that is added and ignores is not kept", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ignore");
    const supervisor = await world.supervise({});
    expect((await supervisor.add(child("child1", { restart: "temporary" }))).state).toBe("stopped");
    await supervisor.add(child("child2", { restart: "temporary" }));
    expect(states(supervisor)).toBe("child2:running");
  });

  test.each(["temporary", "permanent"] as const)(
    "sup_start_ignore_%s_child_start_child_simple: a dynamic child that ignores is not kept",
    async (restart) => {
      const world = new FakeWorld();
      world.onStart("job#1", "ignore");
      const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart }) });
      expect((await supervisor.add()).state).toBe("stopped");
      await supervisor.add();
      expect(states(supervisor)).toBe("job#2:running");
      expect(supervisor.count()).toMatchObject({ specs: 1, active: 1 });
      await supervisor.close();
      expect(await supervisor.ended).toMatchObject({ reason: "stopped" });
    },
  );

  test("sup_start_fail: a first child that fails makes the supervisor fail, and those before it are stopped in reverse", async () => {
    const world = new FakeWorld();
    world.onStart("c", "fail");
    const starting = world.supervise({ children: [child("a"), child("b"), child("c"), child("d")] });
    await expect(starting).rejects.toMatchObject({ name: "ChildStartError", code: "ERR_CHILD_START", id: "c" });
    await expect(starting).rejects.toHaveProperty("cause.message", "c cannot start");
    expect(world.noted()).toEqual(["start a", "start b", "start c", "ask b", "exit b", "ask a", "exit a"]);
  });

  test("faulty_application_shutdown: the error of a child deep below comes up whole", async () => {
    const world = new FakeWorld();
    world.onStart("deep", "fail");
    const below = { id: "below", start: { supervise: { children: [child("deep")] } } };
    const error = await world.supervise({ children: [child("a"), below] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChildStartError);
    expect(error).toMatchObject({ id: "below", cause: { id: "deep", cause: { message: "deep cannot start" } } });
    expect(world.run("a").isOver).toBe(true);
  });

  test("sup_start_child_returns_error: a child that is added and fails is not kept, and counts for nothing", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "fail");
    const supervisor = await world.supervise({ intensity: 0 });
    await expect(supervisor.add(child("child1"))).rejects.toBeInstanceOf(ChildStartError);
    expect(supervisor.children()).toEqual([]);
    expect(supervisor.state).toBe("running");
  });

  test("sup_start_restart_child_returns_error: a stopped child whose start by hand fails stays stopped", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ok", "fail");
    const supervisor = await world.supervise({ intensity: 0, children: [child("child1")] });
    await supervisor.stop("child1");
    await expect(supervisor.restart("child1")).rejects.toBeInstanceOf(ChildStartError);
    expect(states(supervisor)).toBe("child1:stopped");
    expect(supervisor.state).toBe("running");
  });

  test("sup_start_child_returns_error_simple: a dynamic child that fails is not kept", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", "fail");
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job") });
    await expect(supervisor.add()).rejects.toBeInstanceOf(ChildStartError);
    expect(supervisor.children()).toEqual([]);
  });

  test("sup_start_map: specs are filled with defaults, and read back as given", async () => {
    const world = new FakeWorld();
    const brutal = child("child2", { shutdown: "brutal" });
    const tree = { id: "child3", start: { supervise: { children: [] } } };
    const supervisor = await world.supervise({ children: [child("child1"), brutal, tree] });
    expect(supervisor.child("child1")).toMatchObject({ restart: "permanent", type: "worker", significant: false });
    expect(supervisor.child("child3")).toMatchObject({ restart: "permanent", type: "supervisor" });
    expect(supervisor.spec("child2")).toBe(brutal);
    expect(supervisor.spec("child4")).toBeUndefined();
    world.onStop("child1", "stubborn");
    const stopping = supervisor.stop("child1");
    await world.clock.advance(4_999);
    expect(world.run("child1").isOver).toBe(false);
    await world.clock.advance(1);
    await stopping;
    expect(world.run("child1").isOver).toBe(true);
  });

  test("sup_start_map_simple: the spec of each dynamic child is that of the template", async () => {
    const world = new FakeWorld();
    const template = child("job", { restart: "temporary" });
    const supervisor = await world.supervise({ strategy: "dynamic", template });
    const ids = [await supervisor.add(), await supervisor.add(), await supervisor.add()].map(({ id }) => id);
    for (const id of ids) expect(supervisor.spec(id)).toMatchObject({ restart: "temporary" });
    expect(supervisor.spec("job#9")).toBeUndefined();
  });

  test("already_started_outside_supervisor: what makes a start fail is told as the cause", async () => {
    const world = new FakeWorld();
    world.onStart("named", "fail");
    const supervisor = await world.supervise({});
    await expect(supervisor.add(child("named"))).rejects.toHaveProperty("cause.message", "named cannot start");
  });

  test("each child starts when its predecessor is ready, not before", async () => {
    const world = new FakeWorld();
    world.onStart("a", { ms: 100 });
    const starting = world.supervise({ children: [child("a"), child("b")] });
    await world.clock.advance(99);
    expect(world.noted()).toEqual(["start a"]);
    await world.clock.advance(1);
    expect(world.noted()).toEqual(["start b"]);
    await starting;
  });

  test("a child that is not ready within startTimeout has failed, also if it does not heed its signal", async () => {
    const world = new FakeWorld();
    world.onStart("slow", "hang");
    world.onStart("deaf", "deaf");
    const supervisor = await world.supervise({});
    const slow = supervisor.add(child("slow", { startTimeout: 500 }));
    const deaf = supervisor.add(child("deaf", { startTimeout: 500, shutdown: 2_000 }));
    const failures = Promise.allSettled([slow, deaf]);
    await world.clock.advance(500);
    await expect(slow).rejects.toThrow(/"slow" did not start: It was not ready within 500 ms/u);
    expect(states(supervisor)).toBe("deaf:starting");
    await world.clock.advance(2_000);
    await expect(deaf).rejects.toThrow(/not ready within 500 ms/u);
    await failures;
    expect(supervisor.children()).toEqual([]);
    expect(world.clock.pending).toBe(0);
  });

  test("a start that was broken off and becomes ready after all is ended at once, within its time and later", async () => {
    const world = new FakeWorld();
    world.onStart("soon", { ms: 600, deaf: true });
    world.onStart("late", { ms: 5_000, deaf: true });
    const supervisor = await world.supervise({});
    const adding = ["soon", "late"].map((id) => supervisor.add(child(id, { startTimeout: 500 })).catch((error: unknown) => error));
    await world.clock.advance(6_000);
    for (const failure of await Promise.all(adding)) expect(failure).toBeInstanceOf(ChildStartError);
    expect(["soon", "late"].map((id) => world.run(id).isOver)).toEqual([true, true]);
    expect(supervisor.children()).toEqual([]);
  });

  test.each(["one-for-one", "one-for-all", "rest-for-one"] as const)(
    "children that end while others are still being started are dealt with when all have been (%s)",
    async (strategy) => {
      const world = new FakeWorld();
      world.onStart("d", { ms: 100 }, "ok");
      const children = ["a", "b", "c", "d"].map((id) => child(id, id === "c" ? { restart: "transient" } : {}));
      const starting = world.supervise({ strategy, intensity: 2, children });
      await settle();
      await world.exit("c", "normal");
      await world.exit("b");
      await world.exit("a");
      world.noted();
      await world.clock.advance(100);
      const supervisor = await starting;
      await settle();
      // A group begins anew as a whole, and that is one restart, however many of it had ended.
      const expected = strategy === "one-for-one" ? "a:running b:running c:stopped d:running" : "a:running b:running c:running d:running";
      expect(states(supervisor)).toBe(expected);
      await world.exit("d");
      expect(supervisor.state).toBe(strategy === "one-for-one" ? "failed" : "running");
    },
  );

  test("a supervisor is closed while it starts: what has started is stopped, what starts is broken off", async () => {
    const world = new FakeWorld();
    world.onStart("b", "hang");
    const below = { id: "below", startTimeout: 50, start: { supervise: { children: [child("a"), child("b")] } } };
    const starting = world.supervise({ children: [below] });
    const failed = starting.catch((error: unknown) => error);
    await world.clock.advance(50);
    expect(await failed).toMatchObject({ id: "below" });
    await settle();
    expect(world.noted()).toEqual(["start a", "start b", "abort b", "ask a", "exit a"]);
  });
});
