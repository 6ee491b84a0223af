// Commands and failures in the middle of starts and stops that take their time: whatever the order, every command
// settles, no child runs twice, ordered children start one by one, and nothing is left at the end.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RestartType, Strategy } from "../../lib/supervisor/rules/types.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { times } from "../long-form.ts";
import { child, EXITS, FakeWorld, type StartBehaviour, type StopBehaviour } from "./fake-world.ts";
import { settle } from "./virtual-clock.ts";

const RUNS: number = times(300, 10_000);
const IDS = ["a", "b", "c", "d"];

interface Step {
  readonly what: "exit" | "stop" | "restart" | "remove" | "add" | "reload" | "advance" | "nothing";
  readonly at: number;
  readonly ms: number;
  readonly clean: boolean;
}

const startBehaviour = fc.oneof(
  fc.constantFrom<StartBehaviour>("ok", "fail", "hang", "ignore", "deaf"),
  fc.integer({ min: 1, max: 200 }).map((ms): StartBehaviour => ({ ms })),
);
const stopBehaviour = fc.oneof(
  fc.constantFrom<StopBehaviour>("obey", "stubborn", "crash"),
  fc.integer({ min: 1, max: 200 }).map((ms): StopBehaviour => ({ ms })),
);
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom("exit", "exit", "stop", "restart", "remove", "add", "reload", "advance", "advance", "nothing"),
  at: fc.nat({ max: 3 }),
  ms: fc.integer({ min: 1, max: 300 }),
  clean: fc.boolean(),
});
const scenario = fc.record({
  strategy: fc.constantFrom<Strategy>("one-for-one", "one-for-all", "rest-for-one"),
  restarts: fc.array(fc.constantFrom<RestartType>("permanent", "permanent", "transient", "temporary"), { minLength: 4, maxLength: 4 }),
  intensity: fc.integer({ min: 1, max: 20 }),
  backoff: fc.constantFrom<false | { initial: number }>(false, { initial: 100 }),
  starts: fc.array(fc.array(startBehaviour, { minLength: 1, maxLength: 4 }), { minLength: 4, maxLength: 4 }),
  stops: fc.array(stopBehaviour, { minLength: 4, maxLength: 4 }),
  steps: fc.array(step, { maxLength: 40 }),
});

test(
  "any schedule: commands settle, no child runs twice, ordered ones start one by one, nothing is left",
  { timeout: 1_800_000 },
  async () => {
    const property = fc.asyncProperty(scenario, async ({ strategy, restarts, intensity, backoff, starts, stops, steps }) => {
      const world = new FakeWorld();
      const specs = IDS.map((id, at) => child(id, { restart: restarts[at] ?? "permanent", shutdown: 150, startTimeout: 400, backoff }));
      const supervisor = await world.supervise({ strategy, intensity, period: 1_000, children: specs });
      IDS.forEach((id, at) => {
        world.onStart(id, ...(starts[at] ?? []), "ok");
        world.onStop(id, stops[at] ?? "obey");
      });
      supervisor.on("started", ({ id, cause }) => {
        if (strategy === "one-for-one" || cause === "reload") return;
        const all = supervisor.children();
        const before = all.slice(
          0,
          all.findIndex((one) => one.id === id),
        );
        expect(before.filter(({ state }) => state === "starting")).toEqual([]);
        expect(all.filter(({ state }) => state === "stopping")).toEqual([]);
      });
      supervisor.on("ready", ({ id, cause }) => {
        const live = (world.runs.get(id) ?? []).filter((run) => !run.isOver);
        const most = cause === "reload" ? Infinity : 1 + reloads.filter((one) => one === id).length;
        expect(live.length).toBeLessThanOrEqual(most);
      });
      const reloads: string[] = [];
      const commands: Promise<unknown>[] = [];
      let unsettled = 0;
      for (const { what, at, ms, clean } of steps) {
        const id = IDS[at] ?? "a";
        if (what === "reload") reloads.push(id);
        if (what === "exit")
          world.runs
            .get(id)
            ?.at(-1)
            ?.exit(clean ? EXITS.normal : EXITS.abnormal);
        else if (what === "advance") await world.clock.advance(ms);
        else if (what !== "nothing") {
          unsettled += 1;
          const done = perform(supervisor, what, id, specs[at]).finally(() => (unsettled -= 1));
          commands.push(done.catch(() => undefined));
        }
        if (ms % 2 === 0) await settle();
      }
      const closing = supervisor.close();
      await world.clock.advance(20_000);
      expect(["ended", "failed"]).toContain(supervisor.state);
      expect(unsettled).toBe(0);
      await Promise.all([closing, ...commands]);
      expect([...world.runs.values()].flat().filter((run) => !run.isOver)).toEqual([]);
      expect(world.clock.pending).toBe(0);
      expect(world.log.filter((line) => line.startsWith("error"))).toEqual([]);
      expect(supervisor.children().filter(({ state }) => state !== "stopped")).toEqual([]);
    });
    await fc.assert(property, { numRuns: RUNS });
  },
);

function perform(
  supervisor: Supervisor,
  what: "stop" | "restart" | "remove" | "add" | "reload",
  id: string,
  spec: unknown,
): Promise<unknown> {
  return what === "add" ? supervisor.add(spec) : supervisor[what](id);
}
