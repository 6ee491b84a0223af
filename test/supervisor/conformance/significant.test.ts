// Erlang/OTP's supervisor_SUITE, group significant: whether the end of children ends the supervisor.
import { describe, expect, test } from "vitest";
import type { SpecError } from "../../../lib/supervisor/errors.ts";
import type { ChildSpec } from "../../../lib/supervisor/spec.ts";
import type { Supervisor } from "../../../lib/supervisor/supervisor.ts";
import { child, type EXITS, FakeWorld, states } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

type How = keyof typeof EXITS;
const HOWS: readonly How[] = ["kill", "abnormal", "normal"];

async function three(world: FakeWorld, autoShutdown: "any" | "all", restart: "transient" | "temporary"): Promise<Supervisor> {
  const significant = { restart, significant: true };
  return await world.supervise({
    intensity: 5,
    autoShutdown,
    children: [child("child1", significant), child("child2", significant), child("child3", { restart })],
  });
}

describe("auto-shutdown", () => {
  test.each(["never", "any", "all"] as const)("nonsignificant_temporary: its end never ends the supervisor (%s)", async (autoShutdown) => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ autoShutdown });
    const spec = child("child1", { restart: "temporary" });
    await supervisor.add(spec);
    await supervisor.stop("child1");
    for (const how of HOWS) {
      await supervisor.add(spec);
      await world.exit("child1", how);
      expect(supervisor.state).toBe("running");
    }
  });

  test.each(["never", "any", "all"] as const)("nonsignificant_transient: its end never ends the supervisor (%s)", async (autoShutdown) => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 5, autoShutdown, children: [child("child1", { restart: "transient" })] });
    for (const how of HOWS) {
      await world.exit("child1", how);
      expect(supervisor.state).toBe("running");
    }
    expect(states(supervisor)).toBe("child1:stopped");
  });

  test("significant_temporary: with any, stopping it by hand does not end the supervisor", async () => {
    const world = new FakeWorld();
    const supervisor = await three(world, "any", "temporary");
    await supervisor.stop("child1");
    expect(states(supervisor)).toBe("child2:running child3:running");
  });

  test.each(HOWS)("significant_temporary: with any, its end ends the supervisor (%s)", async (how) => {
    const world = new FakeWorld();
    const supervisor = await three(world, "any", "temporary");
    await world.exit("child1", how);
    expect(await supervisor.ended).toEqual({ reason: "auto-shutdown", id: "child1", error: undefined });
    expect(world.log.slice(3)).toEqual(["exit child1", "ask child3", "exit child3", "ask child2", "exit child2"]);
  });

  test.each(["temporary", "transient"] as const)(
    "significant_%s: with all, the end of the last one ends the supervisor",
    async (restart) => {
      const world = new FakeWorld();
      const supervisor = await three(world, "all", restart);
      await world.exit("child1", "normal");
      expect(supervisor.state).toBe("running");
      await world.exit("child2", "normal");
      expect(await supervisor.ended).toMatchObject({ reason: "auto-shutdown", id: "child2" });
      expect(world.run("child3").isOver).toBe(true);
    },
  );

  test("significant_transient: with any, a failure restarts it, and stopping by hand does nothing; a clean end ends the supervisor", async () => {
    const world = new FakeWorld();
    const supervisor = await three(world, "any", "transient");
    await supervisor.stop("child1");
    await supervisor.restart("child1");
    await world.exit("child1", "kill");
    await world.exit("child1", "abnormal");
    expect(states(supervisor)).toBe("child1:running child2:running child3:running");
    await world.exit("child1", "normal");
    expect(await supervisor.ended).toMatchObject({ reason: "auto-shutdown" });
  });

  test("with all, a significant child that is being restarted still counts as alive", async () => {
    const world = new FakeWorld();
    world.onStart("child1", "ok", "hang");
    const supervisor = await three(world, "all", "transient");
    await world.exit("child1", "abnormal");
    await world.exit("child2", "normal");
    expect(supervisor.state).toBe("running");
  });

  test.each(["one-for-one", "one-for-all", "rest-for-one"] as const)(
    "significant_bystander: significant children that end because a sibling failed do not end the supervisor (%s)",
    async (strategy) => {
      for (const autoShutdown of ["any", "all"] as const) {
        const world = new FakeWorld();
        const significant = { restart: "transient", significant: true } as const;
        const children = [child("child1", significant), child("child2", { restart: "transient" }), child("child3", significant)];
        const supervisor = await world.supervise({ strategy, autoShutdown, intensity: 5, children });
        await world.exit("child2", "kill");
        expect(supervisor.state).toBe("running");
        expect(supervisor.count().active).toBe(3);
        await supervisor.close();
      }
    },
  );

  test.each([true, false])(
    "significant_escalation: the shutdown of a supervisor beneath ends this one if it is significant (%s)",
    async (significant) => {
      const world = new FakeWorld();
      const below = {
        id: "sup1",
        restart: "transient",
        significant,
        start: { supervise: { autoShutdown: "any", children: [child("child1", { restart: "transient", significant: true })] } },
      };
      const supervisor = await world.supervise({ autoShutdown: "any", children: [below, child("other")] });
      await world.exit("child1", "normal");
      await settle();
      expect(supervisor.state).toBe(significant ? "ended" : "running");
      expect(supervisor.child("sup1")).toMatchObject({ state: "stopped", lastExit: { kind: "exit" } });
    },
  );

  test.each([
    ["never", "any", "any"],
    ["any", "never", "never"],
    ["never", "all", "all"],
    ["all", "never", "never"],
    ["any", "all", "all"],
    ["all", "any", "any"],
  ] as const)("significant_upgrade_%s_%s: what was changed to while running counts", async (before, after, rule) => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ autoShutdown: before, intensity: 5 });
    const one = child("child1", { restart: "transient", significant: true });
    const two = child("child2", { restart: "transient", significant: true });
    const add = (spec: ChildSpec): Promise<string> =>
      supervisor.add(spec).then(
        () => "added",
        (error: unknown) => (error as SpecError).field,
      );
    const refused = "spec.significant";
    expect(await add(one)).toBe(before === "never" ? refused : "added");
    supervisor.change({ autoShutdown: after });
    expect(await add(two)).toBe(after === "never" ? refused : "added");
    if (before === "never") await supervisor.add(one);
    await world.exit("child1", "normal");
    const afterFirst = supervisor.state;
    if (afterFirst === "running") await world.exit("child2", "normal").catch(() => undefined);
    expect([afterFirst, supervisor.state]).toEqual(
      { any: ["ended", "ended"], all: ["running", "ended"], never: ["running", "running"] }[rule],
    );
  });

  test("significant_upgrade_child: a child can become significant while running, and cease to be", async () => {
    for (const [first, then] of [
      [false, true],
      [true, false],
    ]) {
      const world = new FakeWorld();
      const supervisor = await world.supervise({
        autoShutdown: "any",
        children: [child("child", { restart: "transient", significant: first ?? false })],
      });
      supervisor.changeSpec("child", { significant: then ?? false });
      await world.exit("child", "normal");
      expect(supervisor.state).toBe(then === true ? "ended" : "running");
    }
    const world = new FakeWorld();
    const supervisor = await world.supervise({ children: [child("child", { restart: "transient" })] });
    expect(() => supervisor.changeSpec("child", { significant: true })).toThrow(/change\.significant/u);
  });
});
