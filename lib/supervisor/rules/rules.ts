// The state machine of one supervisor. It is told what happened and what is wanted, and answers with effects
// for the driver to carry out; it reads no clock and starts nothing. The meaning of the strategies, restart
// types and intensity follows Erlang/OTP's `supervisor`; where children of a strategy do not depend on each
// other they are not made to wait for each other either.
import { RefusedError } from "../errors.ts";
import { backoffDelay } from "./backoff.ts";
import { affectedBy, endsSupervisor, isOrdered, isStartedAgain } from "./decide.ts";
import { createEntry, isLive, mustStop, type Entry } from "./entry.ts";
import { Intensity } from "./intensity.ts";
import { nextStep } from "./lane.ts";
import type { ChildRule, Effect, RuleEnd, RuleExit, SupervisorRule } from "./types.ts";

export interface RulesParts {
  readonly rule: SupervisorRule;
  /** From 0 to 1, for jitter. */
  random(): number;
}

export class Rules {
  readonly #entries = new Map<string, Entry>();
  readonly #intensity = new Intensity();
  readonly #random: () => number;
  #rule: SupervisorRule;
  #phase: "new" | "booting" | "running" | "ending" | "ended" = "new";
  #end: RuleEnd | undefined;
  /** While booting: what is still to be started; while ending: what is still to be stopped. */
  #queue: Entry[] = [];
  /** Ends of children while booting; they are dealt with once all have been started. */
  #early: { readonly entry: Entry; readonly exit: RuleExit }[] = [];
  #effects: Effect[] = [];
  #lastRun = 0;
  #now = 0;

  constructor({ rule, random }: RulesParts) {
    this.#rule = rule;
    this.#random = random;
  }

  get entries(): ReadonlyMap<string, Readonly<Entry>> {
    return this.#entries;
  }

  get rule(): SupervisorRule {
    return this.#rule;
  }

  get phase(): "new" | "booting" | "running" | "ending" | "ended" {
    return this.#phase;
  }

  /** The effects since the last call, in order. */
  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  // Commands. They throw a RefusedError and change nothing where they cannot be followed.

  /** Starts the first children one after the other, each when its predecessor is ready. */
  boot(children: readonly { readonly id: string; readonly rule: ChildRule }[]): void {
    this.#phase = "booting";
    for (const { id, rule } of children) this.#entries.set(id, createEntry(id, rule, "boot"));
    this.#queue = [...this.#entries.values()].toReversed();
    this.#bootStep();
  }

  add(id: string, rule: ChildRule): void {
    this.#refuseUnlessRunning();
    if (this.#entries.has(id)) throw new RefusedError("ERR_CHILD_EXISTS", `There is a child "${id}" already`);
    const { maxChildren } = this.#rule;
    if (this.#entries.size >= maxChildren) {
      throw new RefusedError("ERR_MAX_CHILDREN", `"${id}" would be one more than maxChildren (${maxChildren})`);
    }
    const entry = createEntry(id, rule, "add");
    this.#entries.set(id, entry);
    this.#step(entry);
  }

  /** Stops it and keeps its spec; of temporary and dynamic children the spec goes too. */
  stop(id: string): void {
    this.#refuseUnlessRunning();
    this.#stop(this.#find(id));
  }

  remove(id: string): void {
    this.#refuseUnlessRunning();
    const entry = this.#find(id);
    entry.doomed = true;
    this.#stop(entry);
  }

  /** Starts what is stopped, starts at once what waits, stops and starts what runs. Counts as no restart. */
  restart(id: string): void {
    this.#refuseUnlessRunning();
    const entry = this.#findKept(id);
    this.#cancelDelay(entry);
    if (entry.state === "stopped" || this.#isHeldBack(entry)) entry.cause = "command";
    entry.held = false;
    entry.wanted = true;
    if (isLive(entry)) entry.again = true;
    else entry.state = "waiting";
    this.#step(entry);
  }

  /** Starts a new run beside the one that runs, to take its place when it is ready. */
  reload(id: string): number {
    this.#refuseUnlessRunning();
    const entry = this.#findKept(id);
    if (entry.state !== "running" || !entry.wanted || entry.again) {
      throw new RefusedError("ERR_CHILD_NOT_RUNNING", `"${id}" is ${entry.state}; only what runs can be reloaded`);
    }
    if (entry.incoming !== 0) throw new RefusedError("ERR_CHILD_RELOADING", `"${id}" is being reloaded already`);
    entry.incoming = ++this.#lastRun;
    this.#effects.push({ type: "start", id, run: entry.incoming, cause: "reload" });
    return entry.incoming;
  }

  /** Changes what can be changed while running. */
  change(rule: Partial<Omit<SupervisorRule, "strategy">>): void {
    this.#rule = { ...this.#rule, ...rule };
  }

  changeChild(id: string, rule: ChildRule): void {
    this.#find(id).rule = rule;
  }

  /** Stops all children, the last one first. */
  close(): void {
    if (this.#phase === "ending" || this.#phase === "ended") return;
    this.#endWith({ reason: "stopped" });
  }

  // What happened. `run` is that of the start effect, so that news of a run that was given up changes nothing.

  /** The run is ready. */
  up(id: string, run: number, now: number): void {
    this.#now = now;
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (run === entry.incoming) {
      this.#swap(entry);
      return;
    }
    if (run !== entry.run || entry.state !== "starting") return;
    entry.state = "running";
    entry.readySince = now;
    // From now on a start of it is a restart, whatever the first one was.
    entry.cause = "restart";
    this.#step(entry);
  }

  /** The run answered that it has nothing to do. */
  ignored(id: string, run: number, now: number): void {
    this.#now = now;
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (run !== entry.run || entry.state !== "starting") {
      this.#gone(entry, run);
      return;
    }
    entry.run = 0;
    entry.wanted = false;
    entry.again = false;
    this.#settle(entry);
  }

  /** The run did not become ready, and nothing is left of it. */
  failed(id: string, run: number, now: number): void {
    this.#now = now;
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (run !== entry.run || entry.state !== "starting" || entry.again || !entry.wanted) {
      this.#gone(entry, run);
      return;
    }
    entry.run = 0;
    switch (entry.cause) {
      case "boot":
        this.#endWith({ reason: "start failed", id });
        return;
      case "add":
        entry.doomed = true;
        this.#finish(entry);
        return;
      case "command":
        this.#finish(entry);
        return;
      case "restart":
      case "reload":
        if (entry.rule.restart === "temporary") this.#finish(entry);
        else this.#restart(entry);
        return;
    }
  }

  /** The run ended: by itself, or because it was asked to. */
  down(id: string, run: number, now: number, exit: RuleExit): void {
    this.#now = now;
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (run !== entry.run || entry.state !== "running" || entry.again || !entry.wanted) {
      this.#gone(entry, run);
      return;
    }
    entry.run = 0;
    if (this.#phase === "booting") {
      entry.state = "stopped";
      this.#early.push({ entry, exit });
    } else {
      this.#ended(entry, exit);
    }
  }

  /** The delay of that child is over. */
  delayOver(id: string, now: number): void {
    this.#now = now;
    const entry = this.#entries.get(id);
    if (entry?.delayed !== true) return;
    entry.delayed = false;
    this.#step(entry);
  }

  // Decisions.

  /** It ended by itself. */
  #ended(entry: Entry, exit: RuleExit): void {
    if (isStartedAgain(entry.rule, exit)) {
      this.#restart(entry);
      return;
    }
    entry.wanted = false;
    entry.state = "stopped";
    const last = endsSupervisor(this.#rule.autoShutdown, this.#entries.values(), entry);
    this.#finish(entry);
    if (last) this.#endWith({ reason: "auto-shutdown", id: entry.id });
  }

  #restart(failed: Entry): void {
    const { strategy } = this.#rule;
    if (!this.#intensity.allow(this.#now, this.#rule)) {
      this.#endWith({ reason: "gave up", id: failed.id });
      return;
    }
    const affected = affectedBy(strategy, this.#entries, failed);
    const ids = affected.map(({ id }) => id);
    this.#effects.push({ type: "restarting", id: failed.id, ids, count: this.#intensity.count });
    for (const entry of affected) {
      if (entry === failed) this.#renewFailed(entry);
      else this.#renew(entry);
    }
    // Those of them that ended meanwhile are dealt with.
    this.#early = this.#early.filter(({ entry }) => !affected.includes(entry));
    this.#delay(failed);
    this.#step(failed);
  }

  #renewFailed(failed: Entry): void {
    if (isOrdered(this.#rule.strategy)) {
      this.#renew(failed);
    } else if (failed.incoming !== 0) {
      // What was to replace it becomes its restart.
      failed.run = failed.incoming;
      failed.incoming = 0;
      failed.state = "starting";
    } else {
      failed.state = "waiting";
    }
  }

  /** As in OTP a group is started anew as a whole, those among it that were stopped by hand too. */
  #renew(entry: Entry): void {
    if (entry.doomed) return;
    if (entry.rule.restart === "temporary") {
      if (isLive(entry)) entry.wanted = false;
      return;
    }
    entry.held = false;
    entry.wanted = true;
    if (entry.state === "stopped") entry.cause = "restart";
    if (isLive(entry)) entry.again = true;
    else entry.state = "waiting";
  }

  #delay(failed: Entry): void {
    const { backoff } = failed.rule;
    if (backoff === undefined || failed.state === "starting") return;
    const stable = failed.readySince !== 0 && this.#now - failed.readySince >= backoff.resetAfter;
    failed.failures = stable ? 1 : failed.failures + 1;
    failed.readySince = 0;
    const ms = backoffDelay(backoff, failed.failures, this.#random());
    if (ms <= 0) return;
    failed.delayed = true;
    this.#effects.push({ type: "delay", id: failed.id, ms, failures: failed.failures });
  }

  #stop(entry: Entry): void {
    const isOneOfSeveral =
      isOrdered(this.#rule.strategy) && [...this.#entries.values()].some((other) => other !== entry && isRestarting(other));
    entry.held = isOneOfSeveral && isRestarting(entry) && !entry.doomed;
    entry.wanted = false;
    entry.again = false;
    this.#cancelDelay(entry);
    if (isLive(entry)) this.#step(entry);
    else this.#settle(entry);
  }

  /** It is over for good, unless runs that it replaced still finish their calls. */
  #finish(entry: Entry): void {
    entry.wanted = false;
    if (isLive(entry)) this.#takeDown(entry);
    else this.#settle(entry);
  }

  #swap(entry: Entry): void {
    const old = entry.run;
    entry.run = entry.incoming;
    entry.incoming = 0;
    entry.readySince = this.#now;
    if (old === 0) {
      // The old one ended first, while both were about to be stopped.
      this.#step(entry);
      return;
    }
    entry.retiring.add(old);
    this.#effects.push({ type: "retire", id: entry.id, run: old });
  }

  /** A run that nothing depends on any more is over. */
  #gone(entry: Entry, run: number): void {
    if (run === entry.incoming) entry.incoming = 0;
    else if (run === entry.run) entry.run = 0;
    else if (!entry.retiring.delete(run)) return;
    if (isLive(entry)) return;
    if (entry.state === "running" || entry.state === "starting") {
      // It was about to be stopped, and ended first.
      entry.state = "stopping";
    }
    if (entry.state === "stopping") this.#settle(entry);
    else if (this.#phase === "ending") this.#endStep();
  }

  #takeDown(entry: Entry): void {
    entry.state = "stopping";
    if (entry.incoming !== 0) entry.retiring.add(entry.incoming);
    entry.incoming = 0;
    for (const run of entry.retiring) this.#effects.push({ type: "stop", id: entry.id, run });
    if (entry.run !== 0) this.#effects.push({ type: "stop", id: entry.id, run: entry.run });
  }

  /** Nothing of it runs any more. */
  #settle(entry: Entry): void {
    if (entry.again && entry.wanted) {
      entry.again = false;
      entry.state = "waiting";
    } else {
      this.#lay(entry);
    }
    this.#step(entry);
  }

  /** It is stopped, and gone where its spec is not kept. */
  #lay(entry: Entry): void {
    entry.state = "stopped";
    if (!entry.doomed && entry.rule.restart !== "temporary" && this.#rule.strategy !== "dynamic") return;
    this.#entries.delete(entry.id);
    this.#effects.push({ type: "forget", id: entry.id });
  }

  #endWith(end: RuleEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#phase = "ending";
    this.#effects.push({ type: "ending", end });
    this.#early = [];
    this.#queue = [...this.#entries.values()];
    for (const entry of this.#queue) {
      entry.wanted = false;
      entry.again = false;
      this.#cancelDelay(entry);
      if (!isLive(entry)) this.#lay(entry);
    }
    if (!isOrdered(this.#rule.strategy) && this.#rule.strategy !== "one-for-one") {
      for (const entry of this.#queue) if (mustStop(entry) && entry.state !== "stopping") this.#takeDown(entry);
    }
    this.#endStep();
  }

  // Steps: what can be done now.

  #step(entry: Entry): void {
    if (this.#phase === "booting") return this.#bootStep();
    if (this.#phase !== "running") return this.#endStep();
    const step = nextStep(isOrdered(this.#rule.strategy) ? [...this.#entries.values()] : [entry]);
    if (step === undefined) return;
    if (step.type === "stop") this.#takeDown(step.entry);
    else this.#start(step.entry);
  }

  #start(entry: Entry): void {
    entry.state = "starting";
    entry.run = ++this.#lastRun;
    this.#effects.push({ type: "start", id: entry.id, run: entry.run, cause: entry.cause });
  }

  #bootStep(): void {
    for (let entry = this.#queue.at(-1); entry !== undefined; entry = this.#queue.at(-1)) {
      if (entry.state === "starting") return;
      if (entry.state === "waiting" && entry.cause === "boot") return this.#start(entry);
      this.#queue.pop();
    }
    this.#phase = "running";
    const order = [...this.#entries.values()];
    this.#early.sort((a, b) => order.indexOf(a.entry) - order.indexOf(b.entry));
    for (let early = this.#early.shift(); early !== undefined; early = this.#early.shift()) this.#ended(early.entry, early.exit);
  }

  #endStep(): void {
    for (let entry = this.#queue.at(-1); entry !== undefined; entry = this.#queue.at(-1)) {
      if (isLive(entry)) {
        if (entry.state !== "stopping") this.#takeDown(entry);
        return;
      }
      this.#queue.pop();
    }
    if (this.#phase !== "ending" || this.#end === undefined) return;
    this.#phase = "ended";
    this.#effects.push({ type: "end", end: this.#end });
  }

  #cancelDelay(entry: Entry): void {
    if (!entry.delayed) return;
    entry.delayed = false;
    this.#effects.push({ type: "cancel-delay", id: entry.id });
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new RefusedError("ERR_CHILD_UNKNOWN", `There is no child "${id}"`);
    return entry;
  }

  /** One that is being removed counts as gone. */
  #findKept(id: string): Entry {
    const entry = this.#find(id);
    if (entry.doomed) throw new RefusedError("ERR_CHILD_UNKNOWN", `The child "${id}" is being removed`);
    return entry;
  }

  /** Whether it waits behind one that was stopped by hand in the middle of a restart of several. */
  #isHeldBack(entry: Entry): boolean {
    if (entry.state !== "waiting") return false;
    for (const other of this.#entries.values()) {
      if (other === entry) return false;
      if (other.held) return true;
    }
    return false;
  }

  #refuseUnlessRunning(): void {
    if (this.#phase === "running") return;
    const starting = this.#phase === "new" || this.#phase === "booting";
    throw starting
      ? new RefusedError("ERR_SUPERVISOR_STARTING", "The supervisor is still starting its first children")
      : new RefusedError("ERR_SUPERVISOR_ENDED", "The supervisor has ended, or is ending");
  }
}

/** In the course of an automatic restart. */
function isRestarting(entry: Entry): boolean {
  return entry.cause === "restart" && (entry.again || entry.state === "waiting" || entry.state === "starting");
}
