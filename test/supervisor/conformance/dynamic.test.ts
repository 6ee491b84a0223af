// Erlang/OTP's supervisor_SUITE, group restart_simple_one_for_one and the scaling cases; Elixir's DynamicSupervisor
// with max_children; Elixir's PartitionSupervisor.
import { describe, expect, test } from "vitest";
import { child, FakeWorld, states } from "../fake-world.ts";

describe("dynamic", () => {
  test("simple_one_for_one: each child is restarted alone, with the arguments that it was added with", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), intensity: 2 });
    await supervisor.add("north", 1);
    await supervisor.add("south", 2);
    await world.exit("job#1");
    expect(world.run("job#1").context).toMatchObject({ args: ["north", 1], restarts: 1 });
    expect(world.runs.get("job#2")).toHaveLength(1);
    await world.exit("job#2");
    await world.exit("job#2");
    expect((await supervisor.ended).reason).toBe("gave up");
  });

  test("simple_one_for_one_shutdown: closing takes as long as the slowest child, not as all together", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { shutdown: 2_000 }) });
    for (const ms of [1_000, 1_000, 5_000]) {
      const { id } = await supervisor.add();
      world.onStop(id, { ms });
    }
    const before = world.clock.now();
    const closing = supervisor.close();
    await world.clock.advance(1_000);
    expect(supervisor.count().active).toBe(0);
    expect(supervisor.state).toBe("ending");
    await world.clock.advance(1_000);
    await closing;
    expect(world.clock.now() - before).toBe(2_000);
    expect(world.log).toContain("kill job#3");
  });

  test("simple_one_for_one_escalation: a dynamic child that cannot be restarted brings all down", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", "ok", "fail");
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), intensity: 4 });
    await supervisor.add();
    await supervisor.add();
    await world.exit("job#1");
    expect((await supervisor.ended).reason).toBe("gave up");
    expect(world.run("job#2").isOver).toBe(true);
  });

  test.each(["transient", "permanent"] as const)(
    "simple_one_for_one_restart_ignore: a %s dynamic child that ignores when it is restarted is gone",
    async (restart) => {
      const world = new FakeWorld();
      world.onStart("job#1", "ok", "ok", "ignore");
      const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart }), intensity: 10 });
      await supervisor.add();
      await world.exit("job#1", "kill");
      expect(states(supervisor)).toBe("job#1:running");
      await world.exit("job#1", "kill");
      expect(supervisor.children()).toEqual([]);
    },
  );

  test("simple_one_for_one_corruption: the end of a temporary child leaves others and later ones as they are", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary" }) });
    await supervisor.add();
    await world.exit("job#1", "abnormal");
    await supervisor.add({ big: true });
    await world.exit("job#2", "abnormal");
    expect(supervisor.children()).toEqual([]);
    expect(supervisor.state).toBe("running");
  });

  test("simple_one_for_one_scale_many_temporary_children: ten times as many children take about ten times the work to stop", async () => {
    const [few, many] = [await costToStop(500), await costToStop(5_000)];
    expect(many / Math.max(few, 1)).toBeLessThan(60);
  });

  test("scale_start_stop_many_children: one-for-one too", async () => {
    const [few, many] = [await costToAddAndStop(500), await costToAddAndStop(5_000)];
    expect(many / Math.max(few, 1)).toBeLessThan(60);
  });

  test("max_children (Elixir): at the limit add is refused, with 0 always", async () => {
    const world = new FakeWorld();
    const none = await world.supervise({ strategy: "dynamic", template: child("job"), maxChildren: 0 });
    await expect(none.add()).rejects.toMatchObject({ code: "ERR_MAX_CHILDREN" });
    const two = await world.supervise({ strategy: "dynamic", template: child("job"), maxChildren: 2 });
    await two.add();
    await two.add();
    await expect(two.add()).rejects.toMatchObject({ code: "ERR_MAX_CHILDREN", message: '"job#3" would be one more than maxChildren (2)' });
    await two.stop("job#1");
    await two.add();
  });

  test("max_children (Elixir): a child that is starting counts", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", { ms: 100 });
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), maxChildren: 1 });
    const adding = supervisor.add();
    await expect(supervisor.add()).rejects.toMatchObject({ code: "ERR_MAX_CHILDREN" });
    await world.clock.advance(100);
    await adding;
  });

  test("max_children (Elixir): one whose restart failed and is tried again counts", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", "ok", "fail");
    const backoff = { initial: 100, jitter: 0 };
    const supervisor = await world.supervise({
      strategy: "dynamic",
      template: child("job", { backoff }),
      maxChildren: 1,
      intensity: 1_000,
    });
    await supervisor.add();
    await world.exit("job#1", "shutdown");
    expect(supervisor.count()).toMatchObject({ workers: 1, active: 0 });
    await expect(supervisor.add()).rejects.toMatchObject({ code: "ERR_MAX_CHILDREN" });
  });

  test("max_children (Elixir): one that was restarted counts once", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), maxChildren: 1, intensity: 1_000 });
    await supervisor.add();
    await world.exit("job#1", "shutdown");
    expect(supervisor.count()).toMatchObject({ workers: 1, active: 1 });
    await expect(supervisor.add()).rejects.toMatchObject({ code: "ERR_MAX_CHILDREN" });
  });

  test("child is restarted when trying again (Elixir)", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", "ok", "fail", "ok");
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), intensity: 2 });
    await supervisor.add();
    await world.exit("job#1", "shutdown");
    expect(supervisor.count()).toMatchObject({ workers: 1, active: 1 });
  });

  test.each([1, 10])("child triggers maximum restarts when trying again (Elixir), intensity %i", async (intensity) => {
    const world = new FakeWorld();
    world.onStart("job#1", "ok", "fail");
    const supervisor = await world.supervise({ strategy: "dynamic", template: child("job"), intensity });
    await supervisor.add();
    await world.exit("job#1", "shutdown");
    expect((await supervisor.ended).reason).toBe("gave up");
    expect(world.log.filter((line) => line.startsWith("start"))).toHaveLength(1 + intensity);
  });

  test("terminates restarting child (Elixir)", async () => {
    const world = new FakeWorld();
    world.onStart("job#1", "ok", "fail");
    const supervisor = await world.supervise({
      strategy: "dynamic",
      template: child("job", { backoff: { initial: 50, max: 50 } }),
      intensity: 100_000,
    });
    await supervisor.add();
    await world.exit("job#1", "shutdown");
    await supervisor.stop("job#1");
    await expect(supervisor.stop("job#1")).rejects.toMatchObject({ code: "ERR_CHILD_UNKNOWN" });
    expect(supervisor.count()).toMatchObject({ workers: 0, active: 0 });
  });
});

describe("partition", () => {
  test("as many children as partitions, told their number; a key always leads to the same one", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "partition", template: child("shard"), partitions: 4 });
    expect(states(supervisor)).toBe("shard#0:running shard#1:running shard#2:running shard#3:running");
    expect(world.run("shard#2").context.args).toEqual([2]);
    const ids = Array.from({ length: 100 }, (_, at) => supervisor.partition(`user-${at}`));
    expect(new Set(ids).size).toBe(4);
    expect(Array.from({ length: 100 }, (_, at) => supervisor.partition(`user-${at}`))).toEqual(ids);
    expect(supervisor.partition(7)).toBe(supervisor.partition("7"));
  });

  test("a partition that fails is restarted alone; none can be added or removed", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ strategy: "partition", template: child("shard"), partitions: 2 });
    await world.exit("shard#1");
    expect(world.runs.get("shard#0")).toHaveLength(1);
    expect(world.run("shard#1").context.args).toEqual([1]);
    await expect(supervisor.add()).rejects.toMatchObject({ code: "ERR_STRATEGY" });
    await expect(supervisor.remove("shard#1")).rejects.toMatchObject({ code: "ERR_STRATEGY" });
    await supervisor.stop("shard#1");
    expect(states(supervisor)).toBe("shard#0:running shard#1:stopped");
  });

  test("other strategies have no partitions", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({});
    expect(() => supervisor.partition("a")).toThrow(/has strategy "one-for-one", so it has no partitions/u);
  });
});

/** Processor time in ms, which other programs of the machine do not change. */
async function cost(task: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function costToStop(count: number): Promise<number> {
  const world = new FakeWorld();
  const supervisor = await world.supervise({ strategy: "dynamic", template: child("job", { restart: "temporary" }) });
  await Promise.all(Array.from({ length: count }, () => supervisor.add()));
  return await cost(() => Promise.all(supervisor.children().map(({ id }) => supervisor.stop(id))));
}

async function costToAddAndStop(count: number): Promise<number> {
  const world = new FakeWorld();
  const supervisor = await world.supervise({});
  return await cost(async () => {
    const added = await Promise.all(Array.from({ length: count }, (_, at) => supervisor.add(child(`c${at}`))));
    await Promise.all(added.map(({ id }) => supervisor.stop(id)));
    await supervisor.close();
  });
}
