// Erlang/OTP's supervisor_SUITE: tree, simple_global_supervisor; and what passes between a supervisor and those beneath.
import { describe, expect, test } from "vitest";
import type { SupervisorEvent } from "../../../lib/supervisor/events.ts";
import { child, FakeWorld, states } from "../fake-world.ts";
import { settle } from "../virtual-clock.ts";

describe("supervisors beneath a supervisor", () => {
  test("tree: a failure is dealt with where it happens; beyond the intensity it goes up, and added children are gone", async () => {
    const world = new FakeWorld();
    const top = await world.supervise({
      strategy: "one-for-all",
      intensity: 4,
      children: [
        { id: "sup1", start: { supervise: { intensity: 4, children: [child("child1"), child("child2")] } } },
        { id: "sup2", start: { supervise: { intensity: 1 } } },
        { id: "sup3", restart: "transient", start: { supervise: {} } },
      ],
    });
    await top.stop("sup3");
    expect(top.count()).toEqual({ specs: 3, active: 2, supervisors: 3, workers: 0 });
    const sup1 = top.supervisor("sup1");
    const sup2 = top.supervisor("sup2");
    if (sup1 === undefined || sup2 === undefined) throw new Error("both run");
    await sup2.add(child("child3"));
    await sup2.add(child("child4"));

    await world.exit("child4");
    expect(world.runs.get("child1")).toHaveLength(1);
    expect(world.runs.get("child3")).toHaveLength(1);
    expect(states(sup2)).toBe("child3:running child4:running");

    await world.exit("child3");
    await settle();
    await settle();
    expect(states(top)).toBe("sup1:running sup2:running sup3:running");
    expect(top.supervisor("sup1")).not.toBe(sup1);
    expect(top.supervisor("sup1")?.count()).toMatchObject({ active: 2 });
    expect(top.supervisor("sup2")?.children()).toEqual([]);
    expect(sup2.state).toBe("failed");
    expect(top.child("sup2")?.lastExit).toMatchObject({ kind: "crash", lastError: { code: "ERR_GAVE_UP" } });
    await top.close();
    expect([...world.runs.values()].flat().every((run) => run.isOver)).toBe(true);
  });

  test.each(["kill", "normal", "abnormal"] as const)("simple_global_supervisor: a worker two levels down is back (%s)", async (how) => {
    const world = new FakeWorld();
    const middle = { id: "middle", shutdown: 2_000, start: { supervise: { strategy: "one-for-all", children: [child("server")] } } };
    const top = await world.supervise({ strategy: "one-for-all", intensity: 3, period: 60_000, children: [middle] });
    await world.exit("server", how);
    expect(top.supervisor("middle")?.child("server")).toMatchObject({ state: "running", restarts: 1 });
    await top.supervisor("middle")?.stop("server");
    await top.supervisor("middle")?.restart("server");
    expect(top.child("middle")).toMatchObject({ restarts: 0 });
  });

  test("simple_global_supervisor: a supervisor beneath that is closed from elsewhere is started again", async () => {
    const world = new FakeWorld();
    const top = await world.supervise({ children: [{ id: "middle", start: { supervise: { children: [child("server")] } } }] });
    await top.supervisor("middle")?.close();
    await settle();
    expect(top.child("middle")).toMatchObject({ state: "running", restarts: 1 });
    expect(world.runs.get("server")).toHaveLength(2);
  });

  test("events of those beneath are seen from above, with the way down to them", async () => {
    const world = new FakeWorld();
    const spec = { name: "root", children: [{ id: "middle", start: { supervise: { children: [child("server")] } } }] };
    const top = await world.supervise(spec);
    const events = top.events();
    await world.exit("server");
    const seen: SupervisorEvent[] = [];
    await top.close();
    for await (const event of events) seen.push(event);
    expect(seen.map(({ supervisor, type }) => `${supervisor} ${type}`)).toEqual([
      "root/middle exited",
      "root/middle restarting",
      "root/middle started",
      "root/middle ready",
      "root ending",
      "root/middle ending",
      "root/middle exited",
      "root/middle ended",
      "root exited",
      "root ended",
    ]);
  });

  test("a supervisor beneath that is slow to stop is given the time that it needs", async () => {
    const world = new FakeWorld();
    world.onStop("slow", { ms: 60_000 });
    const inner = { children: [child("slow", { shutdown: "infinity" })] };
    const top = await world.supervise({ children: [{ id: "middle", start: { supervise: inner } }] });
    const closing = top.close();
    await world.clock.advance(59_999);
    expect(top.state).toBe("ending");
    await world.clock.advance(1);
    await closing;
  });
});
