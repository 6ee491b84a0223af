// Erlang/OTP's supervisor_SUITE: child_adm, extra_return, which_children, count_children, code_change.
import { describe, expect, test } from "vitest";
import { child, FakeWorld, states } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

describe("administration while running", () => {
  test("child_adm: add, stop, restart and remove, with the refusals of each", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("child1")] });
    expect(supervisor.count()).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    await expect(supervisor.add(child("child1"))).rejects.toMatchObject({ code: "ERR_CHILD_EXISTS" });

    await expect(supervisor.stop("hej")).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
    await supervisor.stop("child1");
    expect(states(supervisor)).toBe("child1:stopped");
    expect(supervisor.count()).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 1 });
    await supervisor.stop("child1");
    await expect(supervisor.add(child("child1"))).rejects.toMatchObject({ code: "ERR_CHILD_EXISTS" });

    await supervisor.restart("child1");
    expect(states(supervisor)).toBe("child1:running");
    await expect(supervisor.restart("child2")).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });

    await expect(supervisor.remove("hej")).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
    await supervisor.remove("child1");
    await expect(supervisor.restart("child1")).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
    expect(supervisor.children()).toEqual([]);
    expect(supervisor.count()).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });

    expect(await supervisor.add(child("child1"))).toMatchObject({ id: "child1", state: "running" });
  });

  test("child_adm: restart of what runs stops it first, and counts as no failure", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 0, children: [child("a"), child("b")] });
    world.noted();
    await supervisor.restart("a");
    await supervisor.restart("a");
    expect(world.noted()).toEqual(["ask a", "exit a", "start a", "ask a", "exit a", "start a"]);
    expect(supervisor.state).toBe("running");
  });

  test("child_adm_simple: dynamic children are known by the ids that add answers with", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job") });
    expect(supervisor.children()).toEqual([]);
    const first = await supervisor.add();
    const second = await supervisor.add();
    expect([first.id, second.id]).toEqual(["job#1", "job#2"]);
    expect(supervisor.count()).toMatchObject({ specs: 2, active: 2 });
    await supervisor.stop(first.id);
    expect(states(supervisor)).toBe("job#2:running");
    await expect(supervisor.stop(first.id)).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
    await expect(supervisor.restart(first.id)).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
    await expect(supervisor.remove(first.id)).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
  });

  test("extra_return: a child that is restarted by the rules is a new run of the same child", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("child1")] });
    const { pid } = supervisor.child("child1") ?? {};
    await world.exit("child1");
    expect(states(supervisor)).toBe("child1:running");
    expect(supervisor.child("child1")?.pid).not.toBe(pid);
    expect(supervisor.child("child1")?.restarts).toBe(1);
  });

  test("which_children: children are listed in their order, and found by id", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({});
    expect(supervisor.children()).toEqual([]);
    expect(supervisor.child("childx")).toBeUndefined();
    await supervisor.add(child("child1"));
    await supervisor.add(child("child2"));
    expect(states(supervisor)).toBe("child1:running child2:running");
    await supervisor.stop("child1");
    expect(states(supervisor)).toBe("child1:stopped child2:running");
    await supervisor.remove("child1");
    expect(states(supervisor)).toBe("child2:running");
    expect(supervisor.child("child1")).toBeUndefined();
  });

  test("which_children_simple_one_for_one: a dynamic child that is gone is not listed", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary" }) });
    await supervisor.add();
    await supervisor.add();
    await world.exit("job#1", "normal");
    expect(states(supervisor)).toBe("job#2:running");
    expect(supervisor.child("job#1")).toBeUndefined();
  });

  test("count_children: thousands are counted, and none is left when they ended", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary" }) });
    await Promise.all(Array.from({ length: 2_000 }, () => supervisor.add()));
    expect(supervisor.count()).toEqual({ specs: 2_000, active: 2_000, supervisors: 0, workers: 2_000 });
    expect(supervisor.children()).toHaveLength(2_000);
    for (const [run] of world.runs.values()) run?.exit({ kind: "killed" });
    await settle();
    expect(supervisor.count()).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
  });

  test("count_children_supervisor: supervisors are counted apart from workers", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({
      strategy: "dynamic",
      template: { id: "sub", restart: "temporary", start: { supervise: {} } },
    });
    await Promise.all(Array.from({ length: 100 }, () => supervisor.add()));
    expect(supervisor.count()).toEqual({ specs: 100, active: 100, supervisors: 100, workers: 0 });
    await supervisor.close();
  });

  test("count_restarting_children: those that wait for a restart are kept, and not counted as active", async () => {
    const world = new FakeWorld();
    const backoff = { initial: 1_000, jitter: 0 };
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { backoff }), intensity: 20 });
    for (let at = 0; at < 3; at++) await supervisor.add();
    await world.exit("job#1");
    await world.exit("job#2");
    expect(supervisor.count()).toMatchObject({ specs: 3, active: 1 });
    await world.clock.advance(1_000);
    expect(supervisor.count()).toMatchObject({ specs: 3, active: 3 });
    for (const id of ["job#3", "job#1", "job#2"]) await supervisor.stop(id);
    expect(supervisor.count()).toMatchObject({ specs: 0, active: 0 });
  });

  test("code_change: intensity and period change while running", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 0, period: 1_000, children: [child("a")] });
    supervisor.change({ intensity: 1, period: 3_000 });
    await world.exit("a");
    expect(supervisor.state).toBe("running");
    expect(() => supervisor.change({ intensity: -1 })).toThrow(/change\.intensity/u);
    expect(() => supervisor.change({ strategy: "one-for-all" } as never)).toThrow(/change\.strategy/u);
    await world.exit("a");
    expect(await supervisor.ended).toMatchObject({ reason: "gave up" });
  });

  test("code_change_map: a changed spec counts from the next start", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a", { shutdown: 2_000 })] });
    supervisor.changeSpec("a", { shutdown: "brutal" });
    expect(supervisor.spec("a")).toMatchObject({ id: "a", shutdown: "brutal" });
    expect(() => supervisor.changeSpec("a", { restart: "always" as never })).toThrow(/change\.restart/u);
    await supervisor.restart("a");
    world.noted();
    await supervisor.stop("a");
    expect(world.noted()).toEqual(["kill a", "exit a"]);
  });

  test("code_change_simple: maxChildren changes while running (Elixir), children that are there stay", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job") });
    await supervisor.add();
    supervisor.change({ maxChildren: 1 });
    await expect(supervisor.add()).rejects.toMatchObject({ code: "ERR_MAX_CHILDREN" });
    expect(supervisor.count()).toMatchObject({ active: 1 });
  });

  test("signals go to one child or to all that run", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a"), child("b")] });
    supervisor.signal("SIGHUP");
    supervisor.signal("SIGUSR2", "b");
    expect(world.run("a").signals).toEqual(["SIGHUP"]);
    expect(world.run("b").signals).toEqual(["SIGHUP", "SIGUSR2"]);
  });

  test("instances are told apart by number, and their common id stands for all of them", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("web", { instances: 3 }), child("db")] });
    expect(states(supervisor)).toBe("web#1:running web#2:running web#3:running db:running");
    await world.exit("web#2");
    expect(supervisor.child("web#2")?.restarts).toBe(1);
    await supervisor.stop("web#1");
    expect(states(supervisor)).toBe("web#1:stopped web#2:running web#3:running db:running");
    await supervisor.stop("web");
    expect(states(supervisor)).toBe("web#1:stopped web#2:stopped web#3:stopped db:running");
    await expect(supervisor.add(child("web"))).rejects.toMatchObject({ code: "ERR_CHILD_EXISTS" });
    await supervisor.remove("web");
    expect(states(supervisor)).toBe("db:running");
    await supervisor.add(child("web", { instances: 2 }));
    expect(states(supervisor)).toBe("db:running web#1:running web#2:running");
  });

  test("instances are added all or not at all", async () => {
    const world = new FakeWorld();
    world.onStart("web#2", "fail");
    const supervisor = await world.supervise({});
    await expect(supervisor.add(child("web", { instances: 3 }))).rejects.toMatchObject({ id: "web#2" });
    expect(supervisor.children()).toEqual([]);
    expect(world.run("web#1").isOver).toBe(true);
  });

  test("of instances those that run are reloaded; of none that runs it is refused", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("web", { instances: 2 })] });
    await supervisor.stop("web#1");
    await supervisor.reload("web");
    expect(world.runs.get("web#1")).toHaveLength(1);
    expect(world.runs.get("web#2")).toHaveLength(2);
    await supervisor.stop("web");
    await expect(supervisor.reload("web")).rejects.toMatchObject({ code: "ERR_CHILD_NOT_RUNNING" });
  });
});
