// A second, naive statement of the rules of supervision, as Erlang/OTP's documentation tells them: everything
// happens at once, and there are no runs. What the library does is held against it by random commands.
import type { AutoShutdown, RestartType, Strategy } from "../../lib/supervisor/rules/types.ts";

export type Outcome = "ok" | "fail" | "ignore";

export interface ModelChild {
  readonly id: string;
  readonly restart: RestartType;
  readonly significant: boolean;
  /** Ms before each restart; 0: none. */
  readonly delay: number;
  state: "running" | "stopped" | "waiting";
  /** It waits for this time. */
  due: number | undefined;
  /** Why it starts: one that fails is dropped, left stopped, or counted. */
  cause: "add" | "command" | "restart";
  held: boolean;
  restarts: number;
}

export class Model {
  children: ModelChild[] = [];
  state: "running" | "ended" | "failed" = "running";
  now = 0;
  /** How many were added in all. */
  added = 0;
  readonly outcomes = new Map<string, Outcome[]>();
  /** How often each id was started, by any child of that name. */
  readonly starts = new Map<string, number>();
  #times: number[] = [];
  readonly #strategy: Strategy;
  readonly #intensity: number;
  readonly #period: number;
  readonly #autoShutdown: AutoShutdown;

  constructor(strategy: Strategy, intensity: number, period: number, autoShutdown: AutoShutdown) {
    this.#strategy = strategy;
    this.#intensity = intensity;
    this.#period = period;
    this.#autoShutdown = autoShutdown;
  }

  find(id: string): ModelChild | undefined {
    return this.children.find((child) => child.id === id);
  }

  add(spec: Pick<ModelChild, "id" | "restart" | "significant" | "delay">): void {
    this.children.push({ ...spec, state: "waiting", due: undefined, cause: "add", held: false, restarts: 0 });
    this.#drain();
  }

  exit(id: string, clean: boolean): void {
    const child = this.find(id);
    if (child?.state !== "running") return;
    child.state = "stopped";
    if (child.restart === "permanent" || (child.restart === "transient" && !clean)) {
      this.#restart(child);
      return;
    }
    this.#settle(child);
    if (!child.significant || this.#autoShutdown === "never") return;
    const others = this.children.some((other) => other.significant && other !== child && other.state !== "stopped");
    if (this.#autoShutdown === "any" || !others) this.#end("ended");
  }

  stop(id: string): void {
    const child = this.find(id);
    if (child === undefined) return;
    const isOneOfSeveral = this.#isOrdered && this.children.some((other) => other !== child && isRestarting(other));
    child.held = isRestarting(child) && isOneOfSeveral;
    child.state = "stopped";
    child.due = undefined;
    this.#settle(child);
    this.#drain();
  }

  remove(id: string): void {
    this.children = this.children.filter((child) => child.id !== id);
    this.#drain();
  }

  restart(id: string): void {
    const child = this.find(id);
    if (child === undefined) return;
    child.due = undefined;
    if (child.state === "stopped" || this.#isBehindHeld(child)) child.cause = "command";
    child.held = false;
    child.state = "waiting";
    this.#drain();
  }

  /** Nothing changes but the run, and that only where the new one starts. */
  reload(id: string): void {
    const child = this.find(id);
    if (child?.state === "running") this.#start(id);
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = Math.min(...this.children.map((child) => child.due ?? Infinity));
      if (due > end || this.state !== "running") break;
      this.now = due;
      for (const child of this.children) if (child.due === due) child.due = undefined;
      this.#drain();
    }
    this.now = end;
  }

  get #isOrdered(): boolean {
    return this.#strategy === "one-for-all" || this.#strategy === "rest-for-one";
  }

  #isBehindHeld(child: ModelChild): boolean {
    return child.state === "waiting" && this.children.slice(0, this.children.indexOf(child)).some((other) => other.held);
  }

  #restart(failed: ModelChild): void {
    this.#times = [...this.#times, this.now].filter((time) => this.now - time <= this.#period);
    if (this.#times.length > this.#intensity) {
      this.#end("failed");
      return;
    }
    const at = this.#strategy === "one-for-all" ? 0 : this.children.indexOf(failed);
    const affected = this.#isOrdered ? this.children.slice(at) : [failed];
    for (const child of affected) {
      child.held = false;
      if (child.restart === "temporary" && child !== failed) {
        if (child.state === "running") this.#drop(child);
        continue;
      }
      if (child.state !== "waiting") child.cause = "restart";
      child.state = "waiting";
    }
    if (failed.delay > 0) failed.due = this.now + failed.delay;
    this.#drain();
  }

  /** Starts what waits, where nothing holds it back. */
  #drain(): void {
    if (this.#isOrdered && this.children.some((child) => child.due !== undefined)) return;
    let isHeld = false;
    for (const child of this.children.slice()) {
      isHeld ||= this.#isOrdered && child.held;
      if (child.state !== "waiting" || child.due !== undefined || (isHeld && child.cause === "restart")) continue;
      if (child.cause === "restart") child.restarts += 1;
      const outcome = this.#start(child.id);
      if (outcome === "ok") {
        child.state = "running";
        child.cause = "restart";
      } else if (outcome === "ignore" || child.cause === "command") {
        this.#settle(child);
      } else if (child.cause === "add" || child.restart === "temporary") {
        this.#drop(child);
      } else {
        child.state = "stopped";
        // Begins anew from within, and finishes what is left here.
        this.#restart(child);
        return;
      }
    }
  }

  #start(id: string): Outcome {
    this.starts.set(id, (this.starts.get(id) ?? 0) + 1);
    return this.outcomes.get(id)?.shift() ?? "ok";
  }

  #settle(child: ModelChild): void {
    child.state = "stopped";
    child.due = undefined;
    if (child.restart === "temporary" || this.#strategy === "dynamic") this.#drop(child);
  }

  #drop(child: ModelChild): void {
    this.children = this.children.filter((other) => other !== child);
  }

  #end(state: "ended" | "failed"): void {
    this.state = state;
    for (const child of this.children.slice()) this.#settle(child);
  }
}

function isRestarting(child: ModelChild): boolean {
  return child.state === "waiting" && child.cause === "restart";
}
