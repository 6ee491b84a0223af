// Erlang/OTP's supervisor_SUITE, group sup_stop, and `terminate/2` of Elixir's DynamicSupervisor.
import { describe, expect, test } from "vitest";
import { child, EXITS, FakeWorld } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

describe("stopping", () => {
  test("sup_stop_infinity: a child with shutdown infinity is waited for, and never killed", async () => {
    const world = new FakeWorld();
    world.onStop("b", "stubborn");
    const supervisor = await world.supervise({ children: [child("a", { shutdown: "infinity" }), child("b", { shutdown: "infinity" })] });
    const closing = supervisor.close();
    await world.clock.advance(3_600_000);
    expect(world.run("b").isOver).toBe(false);
    expect(supervisor.state).toBe("ending");
    await world.exit("b", "shutdown");
    await closing;
    expect(world.noted().filter((line) => line.startsWith("kill"))).toEqual([]);
  });

  test("sup_stop_timeout: a child that does not stop within its shutdown is killed; one that does is not", async () => {
    const world = new FakeWorld();
    world.onStop("b", "stubborn");
    const supervisor = await world.supervise({ children: [child("a", { shutdown: 1_000 }), child("b", { shutdown: 1_000 })] });
    const closing = supervisor.close();
    await world.clock.advance(999);
    expect(world.noted()).toEqual(["start a", "start b", "ask b"]);
    await world.clock.advance(1);
    await closing;
    expect(world.noted()).toEqual(["kill b", "exit b", "ask a", "exit a"]);
  });

  test("sup_stop_timeout_dynamic: dynamic children stop side by side, each with its own limit", async () => {
    const world = new FakeWorld();
    world.onStop("job#2", "stubborn");
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary", shutdown: 1_000 }) });
    await supervisor.add();
    await supervisor.add();
    await supervisor.add();
    world.noted();
    const closing = supervisor.close();
    await settle();
    expect(world.noted()).toEqual(["ask job#1", "exit job#1", "ask job#2", "ask job#3", "exit job#3"]);
    await world.clock.advance(1_000);
    await closing;
    expect(world.noted()).toEqual(["kill job#2", "exit job#2"]);
  });

  test("sup_stop_brutal_kill: a brutal child is killed without being asked", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a"), child("b", { shutdown: "brutal" })] });
    await supervisor.close();
    expect(world.noted().slice(2)).toEqual(["kill b", "exit b", "ask a", "exit a"]);
  });

  test("sup_stop_brutal_kill_dynamic: ten brutal children are killed at once", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary", shutdown: "brutal" }) });
    for (let at = 0; at < 10; at++) await supervisor.add();
    await supervisor.close();
    expect(world.log.filter((line) => line.startsWith("kill"))).toHaveLength(10);
    expect(world.log.filter((line) => line.startsWith("ask"))).toHaveLength(0);
  });

  test("sup_stop_race: children that end by themselves while it closes are neither restarted nor waited for", async () => {
    const world = new FakeWorld();
    const restarts = ["temporary", "transient", "permanent"] as const;
    const exits = ["normal", "shutdown", "abnormal", "kill"] as const;
    const racing = restarts.flatMap((restart) => exits.map((how) => ({ id: `${restart}-${how}`, restart, how })));
    const children = [child("first"), ...racing.map(({ id, restart }) => child(id, { restart })), child("last", { shutdown: 2_000 })];
    world.onStop("last", { ms: 1_000 });
    const supervisor = await world.supervise({ intensity: 0, children });
    const closing = supervisor.close();
    await settle();
    for (const { id, how } of racing) await world.exit(id, how);
    world.noted();
    await world.clock.advance(1_000);
    await closing;
    expect(world.noted()).toEqual(["exit last", "ask first", "exit first"]);
    expect(await supervisor.ended).toMatchObject({ reason: "stopped" });
  });

  test.each(["temporary", "transient", "permanent"] as const)(
    "sup_stop_non_shutdown_exit_dynamic: %s dynamic children that fail while they stop do not disturb the end",
    async (restart) => {
      const world = new FakeWorld();
      for (const id of ["job#1", "job#3"]) world.onStop(id, "crash");
      const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart }) });
      for (let at = 0; at < 4; at++) await supervisor.add();
      await supervisor.close();
      expect(await supervisor.ended).toMatchObject({ reason: "stopped" });
      expect(world.log.filter((line) => line.startsWith("start"))).toHaveLength(4);
    },
  );

  test("child_unlink: a child whose end is never heard of does not hang the supervisor: it is killed", async () => {
    const world = new FakeWorld();
    world.onStop("naughty", "stubborn");
    const supervisor = await world.supervise({ children: [child("naughty", { shutdown: 1_000 })] });
    const stopping = supervisor.stop("naughty");
    const adding = supervisor.add(child("other"));
    await settle();
    expect(await adding).toMatchObject({ state: "running" });
    await world.clock.advance(1_000);
    await stopping;
  });

  test("order_of_children: children start in the order given and stop in the opposite one, in a group restart too", async () => {
    const world = new FakeWorld();
    const ids = ["ch7", "ch3", "ch10", "ch2", "ch5"];
    const supervisor = await world.supervise({ strategy: "rest-for-one", children: ids.map((id) => child(id)) });
    expect(world.noted()).toEqual(ids.map((id) => `start ${id}`));
    await world.exit("ch10");
    expect(world.noted()).toEqual([
      "exit ch10",
      ...["ch5", "ch2"].flatMap((id) => [`ask ${id}`, `exit ${id}`]),
      ...["ch10", "ch2", "ch5"].map((id) => `start ${id}`),
    ]);
    await supervisor.close();
    expect(world.noted()).toEqual(ids.toReversed().flatMap((id) => [`ask ${id}`, `exit ${id}`]));
  });

  test("with mixed children (Elixir): each is stopped as its own spec says", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({
      children: [child("a", { shutdown: "infinity" }), child("b", { shutdown: "brutal" }), child("c", { shutdown: 0 })],
    });
    world.onStop("c", "stubborn");
    const closing = supervisor.close();
    await world.clock.advance(0);
    await closing;
    expect(world.log.slice(3)).toEqual(["ask c", "kill c", "exit c", "kill b", "exit b", "ask a", "exit a"]);
  });

  test("closing twice is the same as once, and a closed supervisor refuses commands", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a")] });
    await Promise.all([supervisor.close(), supervisor.close()]);
    await supervisor[Symbol.asyncDispose]();
    await expect(supervisor.add(child("b"))).rejects.toMatchObject({ code: "ERR_SUPERVISOR_ENDED" });
    await expect(supervisor.restart("a")).rejects.toMatchObject({ code: "ERR_SUPERVISOR_ENDED" });
  });

  test("a child that is being stopped and then fails is reported, and not restarted", async () => {
    const world = new FakeWorld();
    world.onStop("a", "crash");
    const supervisor = await world.supervise({ children: [child("a")] });
    const reports: unknown[] = [];
    supervisor.on("exited", ({ report, expected }) => reports.push([report.kind, expected]));
    await supervisor.stop("a");
    expect(reports).toEqual([[EXITS.abnormal.kind, true]]);
    expect(supervisor.child("a")).toMatchObject({ state: "stopped", restarts: 0 });
  });
});
