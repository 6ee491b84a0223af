// Random commands, given to a supervisor with fake children and to the reference model alike: they must never
// differ.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AutoShutdown, RestartType, Strategy } from "../../lib/supervisor/rules/types.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { times } from "../long-form.ts";
import { child, FakeWorld, type StartBehaviour } from "./fake-world.ts";
import { Model, type Outcome } from "./reference-model.ts";
import { settle } from "./virtual-clock.ts";

interface Real {
  readonly world: FakeWorld;
  readonly supervisor: Supervisor;
}
type Command = fc.AsyncCommand<Model, Real>;

const RUNS: number = times(300, 10_000);

/** What was asked for may be refused or fail: the states say whether that was right. */
async function perform(real: Real, task: () => Promise<unknown>): Promise<void> {
  const done = task().catch(() => undefined);
  await settle();
  await settle();
  void done;
}

function compare(model: Model, { world, supervisor }: Real): void {
  const isOver = (state: string): boolean => state === "ended" || state === "failed";
  expect(supervisor.state).toBe(model.state);
  const seen = supervisor.children().map(({ id, state, restarts }) => ({ id, state, restarts }));
  const wanted = model.children.map(({ id, state, restarts }) => ({ id, state: isOver(model.state) ? "stopped" : state, restarts }));
  expect(seen).toEqual(wanted);
  const starts = new Map<string, number>();
  for (const line of world.log) if (line.startsWith("start ")) starts.set(line.slice(6), (starts.get(line.slice(6)) ?? 0) + 1);
  expect(starts).toEqual(model.starts);
}

function compareRuns(before: number | undefined, after: number | undefined, isReplaced: boolean): void {
  expect(after !== before).toBe(isReplaced);
}

abstract class Base implements Command {
  check(model: Readonly<Model>): boolean {
    return model.state === "running" && this.applies(model);
  }
  applies(_model: Readonly<Model>): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    await this.both(model, real);
    compare(model, real);
  }
  abstract both(model: Model, real: Real): Promise<void>;
  toString(): string {
    return this.constructor.name;
  }
}

/** Picks one of the children that are there. */
abstract class OnChild extends Base {
  readonly pick: number;
  constructor(pick: number) {
    super();
    this.pick = pick;
  }
  override applies(model: Readonly<Model>): boolean {
    return model.children.length > 0;
  }
  id(model: Model): string {
    return model.children[this.pick % model.children.length]?.id ?? "";
  }
  override toString(): string {
    return `${this.constructor.name}(${this.pick})`;
  }
}

class Add extends Base {
  readonly spec: { restart: RestartType; significant: boolean; delay: number };
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
  readonly outcome: Outcome;
  constructor(spec: Add["spec"], strategy: Strategy, autoShutdown: AutoShutdown, outcome: Outcome) {
    super();
    this.spec = spec;
    this.strategy = strategy;
    this.autoShutdown = autoShutdown;
    this.outcome = outcome;
  }
  override applies(model: Readonly<Model>): boolean {
    return model.children.length < 6;
  }
  async both(model: Model, real: Real): Promise<void> {
    const number = ++model.added;
    const isDynamic = this.strategy === "dynamic";
    const id = isDynamic ? `job#${number}` : `c${number}`;
    const { restart, delay } = isDynamic ? { restart: "permanent" as const, delay: 0 } : this.spec;
    const significant = !isDynamic && this.spec.significant && this.autoShutdown !== "never" && restart !== "permanent";
    plan(model, real, id, [this.outcome]);
    model.add({ id, restart, significant, delay });
    const backoff = delay === 0 ? false : { initial: delay, factor: 1, jitter: 0 };
    await perform(real, () => (isDynamic ? real.supervisor.add() : real.supervisor.add(child(id, { restart, significant, backoff }))));
  }
  override toString(): string {
    return `Add(${JSON.stringify(this.spec)}, ${this.outcome})`;
  }
}

class Exit extends OnChild {
  readonly how: "normal" | "shutdown" | "abnormal" | "kill";
  readonly outcomes: readonly Outcome[];
  constructor(pick: number, how: Exit["how"], outcomes: readonly Outcome[]) {
    super(pick);
    this.how = how;
    this.outcomes = outcomes;
  }
  override applies(model: Readonly<Model>): boolean {
    return model.children.some(({ state }) => state === "running");
  }
  override id(model: Model): string {
    const running = model.children.filter(({ state }) => state === "running");
    return running[this.pick % running.length]?.id ?? "";
  }
  async both(model: Model, real: Real): Promise<void> {
    const id = this.id(model);
    for (const { id: each } of model.children) plan(model, real, each, this.outcomes);
    model.exit(id, this.how === "normal" || this.how === "shutdown");
    await real.world.exit(id, this.how);
    await settle();
  }
  override toString(): string {
    return `Exit(${this.pick}, ${this.how}, [${this.outcomes.join()}])`;
  }
}

class Stop extends OnChild {
  async both(model: Model, real: Real): Promise<void> {
    const id = this.id(model);
    model.stop(id);
    await perform(real, () => real.supervisor.stop(id));
  }
}

class Remove extends OnChild {
  async both(model: Model, real: Real): Promise<void> {
    const id = this.id(model);
    model.remove(id);
    await perform(real, () => real.supervisor.remove(id));
  }
}

class Restart extends OnChild {
  readonly outcome: Outcome;
  constructor(pick: number, outcome: Outcome) {
    super(pick);
    this.outcome = outcome;
  }
  async both(model: Model, real: Real): Promise<void> {
    const id = this.id(model);
    plan(model, real, id, [this.outcome]);
    model.restart(id);
    await perform(real, () => real.supervisor.restart(id));
  }
}

class Reload extends OnChild {
  readonly outcome: Outcome;
  constructor(pick: number, outcome: Outcome) {
    super(pick);
    this.outcome = outcome;
  }
  async both(model: Model, real: Real): Promise<void> {
    const id = this.id(model);
    plan(model, real, id, [this.outcome]);
    const before = real.supervisor.child(id)?.pid;
    const isReplaced = model.find(id)?.state === "running" && this.outcome === "ok";
    model.reload(id);
    await perform(real, () => real.supervisor.reload(id));
    compareRuns(before, real.supervisor.child(id)?.pid, isReplaced);
  }
}

class Advance extends Base {
  readonly ms: number;
  constructor(ms: number) {
    super();
    this.ms = ms;
  }
  async both(model: Model, real: Real): Promise<void> {
    model.advance(this.ms);
    await real.world.clock.advance(this.ms);
  }
  override toString(): string {
    return `Advance(${this.ms})`;
  }
}

/** How the next starts of that child go; all after them succeed. */
function plan(model: Model, { world }: Real, id: string, outcomes: readonly Outcome[]): void {
  model.outcomes.set(id, [...outcomes]);
  world.onStart(id, ...(outcomes as readonly StartBehaviour[]), "ok");
}

const outcome = fc.constantFrom<Outcome>("ok", "ok", "ok", "fail", "ignore");
const pick = fc.nat({ max: 20 });

function commands(strategy: Strategy, autoShutdown: AutoShutdown): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, Real>>> {
  const spec = fc.record({
    restart: fc.constantFrom<RestartType>("permanent", "permanent", "transient", "temporary"),
    significant: fc.boolean(),
    delay: fc.constantFrom(0, 0, 70, 250),
  });
  return fc.commands<Model, Real, false>(
    [
      fc.tuple(spec, outcome).map(([of, how]) => new Add(of, strategy, autoShutdown, how)),
      fc.tuple(spec, outcome).map(([of, how]) => new Add(of, strategy, autoShutdown, how)),
      fc
        .tuple(pick, fc.constantFrom("normal", "shutdown", "abnormal", "kill"), fc.array(outcome, { maxLength: 3 }))
        .map(([at, how, then]) => new Exit(at, how, then)),
      fc.tuple(pick, outcome).map(([at, how]) => new Restart(at, how)),
      fc.tuple(pick, outcome).map(([at, how]) => new Reload(at, how)),
      pick.map((at) => new Stop(at)),
      pick.map((at) => new Remove(at)),
      fc.integer({ min: 1, max: 600 }).map((ms) => new Advance(ms)),
    ],
    { maxCommands: 40, size: "+1" },
  );
}

describe("held against a reference model", () => {
  test.each<[Strategy, AutoShutdown]>([
    ["one-for-one", "never"],
    ["one-for-one", "any"],
    ["one-for-all", "never"],
    ["one-for-all", "all"],
    ["rest-for-one", "never"],
    ["rest-for-one", "any"],
    ["dynamic", "never"],
  ])(
    "%s, autoShutdown %s: after every command, children, restarts and starts are those of the model",
    { timeout: 1_800_000 },
    async (strategy, autoShutdown) => {
      const property = fc.asyncProperty(
        commands(strategy, autoShutdown),
        fc.integer({ min: 0, max: 8 }),
        fc.constantFrom(200, 1_000),
        async (list, intensity, period) => {
          const world = new FakeWorld();
          const template = strategy === "dynamic" ? { template: child("job") } : {};
          const supervisor = await world.supervise({ strategy, intensity, period, autoShutdown, ...template });
          const model = new Model(strategy, intensity, period, autoShutdown);
          await fc.asyncModelRun(() => ({ model, real: { world, supervisor } }), list);
          await supervisor.close();
          expect([...world.runs.values()].flat().every((run) => run.isOver)).toBe(true);
          expect(world.clock.pending).toBe(0);
        },
      );
      await fc.assert(property, { numRuns: Math.ceil(RUNS / 7), verbose: 0 });
    },
  );
});
