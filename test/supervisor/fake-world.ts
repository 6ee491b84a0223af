// Children that do what a test tells them, and keep a log of what was done to them.
import type { ChildKind, Running, StartContext, Vitals } from "../../lib/supervisor/child.ts";
import { checkSpec } from "../../lib/supervisor/check-spec.ts";
import type { CheckedChild } from "../../lib/supervisor/checked-spec.ts";
import { createSupervisor, type KindSurroundings } from "../../lib/supervisor/create-supervisor.ts";
import type { Exit } from "../../lib/supervisor/exit-report.ts";
import { superviseKind } from "../../lib/supervisor/kinds/supervise.ts";
import type { ChildSpec, SupervisorSpec } from "../../lib/supervisor/spec.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { settle, VirtualClock } from "./virtual-clock.ts";

/** How a start goes. `hang`: only its signal ends it; `deaf`: nothing does; a deaf one of some ms is ready after all. */
export type StartBehaviour = "ok" | "ignore" | "fail" | "hang" | "deaf" | { readonly ms: number; readonly deaf?: boolean };

/** What "ask" does: it ends, nothing happens, it ends after a time, or with a failure. */
export type StopBehaviour = "obey" | "stubborn" | "crash" | { readonly ms: number };

export const EXITS = {
  normal: { kind: "exit", code: 0 },
  shutdown: { kind: "exit", signal: "SIGTERM" },
  abnormal: { kind: "crash", code: 1 },
  kill: { kind: "killed", signal: "SIGKILL" },
} as const satisfies Record<string, Exit>;

export class FakeRun implements Running {
  readonly exited: Promise<Exit>;
  readonly pid: number;
  readonly context: StartContext;
  readonly signals: string[] = [];
  isOver = false;
  exit!: (exit: Exit) => void;
  readonly #world: FakeWorld;

  constructor(world: FakeWorld, context: StartContext, pid: number) {
    this.#world = world;
    this.context = context;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      this.exit = (exit) => {
        if (this.isOver) return;
        this.isOver = true;
        world.note(`exit ${context.id}`);
        resolve(exit);
      };
    });
  }

  stop(how: "ask" | "kill"): void {
    if (this.isOver) return;
    this.#world.note(`${how} ${this.context.id}`);
    const behaviour = this.#world.stopBehaviour(this.context.id);
    if (how === "kill") this.exit(EXITS.kill);
    else if (behaviour === "obey") this.exit(EXITS.shutdown);
    else if (behaviour === "crash") this.exit(EXITS.abnormal);
    else if (behaviour !== "stubborn") this.#world.clock.startTimer(behaviour.ms, () => this.exit(EXITS.normal));
  }

  signal(name: string): void {
    this.signals.push(name);
  }

  /** What it says of itself to those who watch. */
  report(vitals: Vitals): void {
    this.latest = vitals;
    for (const { listener } of this.watchers) listener(vitals);
  }
  latest: Vitals = {};
  readonly watchers = new Set<{ readonly interval: number; readonly listener: (vitals: Vitals) => void }>();

  watch(interval: number, listener: (vitals: Vitals) => void): () => void {
    const watcher = { interval, listener };
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  vitals(): Vitals {
    return this.latest;
  }
}

export class FakeWorld {
  readonly clock = new VirtualClock();
  readonly log: string[] = [];
  /** All runs of each child, in order. */
  readonly runs = new Map<string, FakeRun[]>();
  readonly #starts = new Map<string, StartBehaviour[]>();
  readonly #stops = new Map<string, StopBehaviour>();
  random = 0;
  overlaps = true;
  #lastPid = 0;

  note(line: string): void {
    this.log.push(line);
  }

  /** What was noted since the last call. */
  noted(): string[] {
    return this.log.splice(0);
  }

  /** How the next starts of that child go; the last one for all that follow. */
  onStart(id: string, ...behaviours: StartBehaviour[]): void {
    this.#starts.set(id, behaviours);
  }

  onStop(id: string, behaviour: StopBehaviour): void {
    this.#stops.set(id, behaviour);
  }

  stopBehaviour(id: string): StopBehaviour {
    return this.#stops.get(id) ?? "obey";
  }

  run(id: string): FakeRun {
    const run = this.runs.get(id)?.at(-1);
    if (run === undefined) throw new Error(`"${id}" never ran`);
    return run;
  }

  /** Ends the run of a child, and lets everything happen that follows at once. */
  async exit(id: string, how: keyof typeof EXITS = "abnormal"): Promise<void> {
    this.run(id).exit(EXITS[how]);
    await settle();
  }

  supervise(spec: Omit<SupervisorSpec, "children" | "template"> & { children?: unknown; template?: unknown }): Promise<Supervisor> {
    return createSupervisor(checkSpec(spec), {
      clock: this.clock,
      random: () => this.random,
      createKind: (child, surroundings) => this.#createKind(child, surroundings),
      onError: (error) => this.note(`error ${String(error)}`),
    });
  }

  #createKind(child: CheckedChild, surroundings: KindSurroundings): ChildKind {
    if (typeof child.start === "object" && "supervise" in child.start) {
      return superviseKind(child.start, {
        surroundings,
        parts: {
          clock: this.clock,
          random: () => this.random,
          createKind: (inner, around) => this.#createKind(inner, around),
          onError: (error) => this.note(`error ${String(error)}`),
        },
      });
    }
    return {
      type: "worker",
      name: "fake",
      overlaps: this.overlaps,
      start: (context) => this.#start(context),
    };
  }

  #start(context: StartContext): Promise<Running | "ignore"> {
    const { id, signal } = context;
    this.note(`start ${id}`);
    const behaviours = this.#starts.get(id) ?? ["ok"];
    const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
    if (behaviour === "ignore") return Promise.resolve("ignore");
    if (behaviour === "fail") return Promise.reject(new Error(`${id} cannot start`));
    if (behaviour === "ok" || behaviour === undefined) return Promise.resolve(this.#running(context));
    return new Promise((resolve, reject) => {
      if (behaviour === "deaf") return;
      const isDeaf = behaviour !== "hang" && behaviour.deaf === true;
      const timer = behaviour === "hang" ? undefined : this.clock.startTimer(behaviour.ms, () => resolve(this.#running(context)));
      signal.addEventListener("abort", () => {
        if (isDeaf) return;
        timer?.cancel();
        this.note(`abort ${id}`);
        reject(signal.reason);
      });
    });
  }

  #running(context: StartContext): FakeRun {
    const run = new FakeRun(this, context, ++this.#lastPid);
    const runs = this.runs.get(context.id) ?? [];
    this.runs.set(context.id, runs);
    runs.push(run);
    return run;
  }
}

/** A child's spec; what it starts is the fake of its id. */
export function child(id: string, more: Partial<Omit<ChildSpec, "id">> = {}): ChildSpec {
  return { id, start: { process: "file:///fake.js" }, ...more };
}

/** The children and their states: `a:running b:stopped`. */
export function states(supervisor: Supervisor): string {
  return supervisor
    .children()
    .map(({ id, state }) => `${id}:${state}`)
    .join(" ");
}
