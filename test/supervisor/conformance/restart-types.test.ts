// Erlang/OTP's supervisor_SUITE, groups normal_termination, shutdown_termination and abnormal_termination, and
// the same of Elixir's DynamicSupervisor: whether a child is started again, by restart type and end.
import { describe, expect, test } from "vitest";
import { child, type EXITS, FakeWorld, states } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

type How = keyof typeof EXITS;

describe("restart types", () => {
  test.each<[How]>([["normal"], ["shutdown"], ["abnormal"], ["kill"]])("permanent_%s: it is always started again", async (how) => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("child1", { restart: "permanent" })] });
    await world.exit("child1", how);
    expect(states(supervisor)).toBe("child1:running");
    expect(world.runs.get("child1")).toHaveLength(2);
    expect(supervisor.count()).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
  });

  test.each<[How]>([["normal"], ["shutdown"]])("transient_%s: it is not started again, and its spec is kept", async (how) => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("child1", { restart: "transient" })] });
    await world.exit("child1", how);
    expect(states(supervisor)).toBe("child1:stopped");
    await supervisor.restart("child1");
    await world.exit("child1", how);
    expect(states(supervisor)).toBe("child1:stopped");
    expect(supervisor.count()).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 1 });
  });

  test.each<[How]>([["abnormal"], ["kill"]])("transient_%s: it is started again", async (how) => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("child1", { restart: "transient" })] });
    await world.exit("child1", how);
    expect(states(supervisor)).toBe("child1:running");
  });

  test.each<[How]>([["normal"], ["shutdown"], ["abnormal"], ["kill"]])(
    "temporary_%s: it is never started again, and forgotten",
    async (how) => {
      const world = new FakeWorld();
      const supervisor = await world.supervise({ children: [child("child1", { restart: "temporary" })] });
      await world.exit("child1", how);
      expect(supervisor.children()).toEqual([]);
      await supervisor.add(child("child1", { restart: "temporary" }));
      await world.exit("child1", how);
      expect(supervisor.count()).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    },
  );

  test.each(["one-for-all", "rest-for-one"] as const)(
    "temporary_bystander: a temporary child that ends with its siblings (%s) is not started again",
    async (strategy) => {
      const world = new FakeWorld();
      const children = [child("child1"), child("child2", { restart: "temporary" }), child("child3")];
      const supervisor = await world.supervise({ strategy, children });
      world.noted();
      await world.exit("child1", "normal");
      expect(states(supervisor)).toBe("child1:running child3:running");
      expect(world.noted()).toEqual([
        "exit child1",
        "ask child3",
        "exit child3",
        "ask child2",
        "exit child2",
        "start child1",
        "start child3",
      ]);
    },
  );

  test.each(["one-for-one", "one-for-all", "rest-for-one"] as const)(
    "do_not_save_child_specs_for_temporary_children: of stopped children only those of temporary ones are gone (%s)",
    async (strategy) => {
      const world = new FakeWorld();
      const supervisor = await world.supervise({ strategy });
      for (const restart of ["permanent", "transient", "temporary"] as const) await supervisor.add(child(restart, { restart }));
      for (const id of ["temporary", "transient", "permanent"]) await supervisor.stop(id);
      expect(states(supervisor)).toBe("permanent:stopped transient:stopped");
      expect(supervisor.spec("temporary")).toBeUndefined();
      await supervisor.add(child("temporary", { restart: "temporary" }));
    },
  );

  test("do_not_save_start_parameters_for_temporary_children: nothing holds the arguments of one that ended", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary" }) });
    const big = new WeakRef(await addWithBigArgument(supervisor, world));
    await settle();
    await collect();
    expect(big.deref()).toBeUndefined();
    await supervisor.close();
  });

  test("transient child is restarted unless it ended cleanly (Elixir), dynamic: a clean end forgets it", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "transient" }) });
    await supervisor.add();
    await world.exit("job#1", "shutdown");
    expect(supervisor.count()).toMatchObject({ specs: 0, active: 0 });
    await supervisor.add();
    await world.exit("job#2", "abnormal");
    expect(supervisor.count()).toMatchObject({ specs: 1, active: 1 });
  });

  test("the report of an end says how, after how long, and how often before", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("a")] });
    const reports: unknown[] = [];
    supervisor.on("exited", ({ report, expected }) => reports.push({ ...report, expected }));
    await world.clock.advance(250);
    await world.exit("a", "abnormal");
    await world.clock.advance(100);
    await world.exit("a", "kill");
    expect(reports).toEqual([
      { id: "a", kind: "crash", code: 1, signal: null, stderrTail: "", lastError: undefined, uptime: 250, restarts: 0, expected: false },
      {
        id: "a",
        kind: "killed",
        code: null,
        signal: "SIGKILL",
        stderrTail: "",
        lastError: undefined,
        uptime: 100,
        restarts: 1,
        expected: false,
      },
    ]);
    expect(supervisor.child("a")?.lastExit).toMatchObject({ kind: "killed", restarts: 1 });
  });
});

async function addWithBigArgument(supervisor: { add(...args: unknown[]): Promise<unknown> }, world: FakeWorld): Promise<object> {
  const big = { rows: new Array(1_000).fill("potentially large") };
  await supervisor.add(big);
  await world.exit("job#1", "normal");
  world.runs.clear();
  return big;
}

async function collect(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await settle();
  }
}
