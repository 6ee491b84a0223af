// Joins the rules to the world: carries out their effects with runs and timers, tells them what happened, and
// tells everybody else by events. It decides nothing.
import type { ChildKind } from "./child.ts";
import type { CheckedChild, CheckedSupervisor } from "./checked-spec.ts";
import type { Clock, SupervisorTimer } from "./clock.ts";
import { ChildStartError, GaveUpError, RefusedError } from "./errors.ts";
import type { EventHub } from "./events.ts";
import { describeExit, exitOfStart, isClean, type Exit, type ExitReport } from "./exit-report.ts";
import { LineTail } from "./line-tail.ts";
import { infoOf } from "./child-info.ts";
import { createRecord, reportOf, type ChildRecord, type LiveRun } from "./record.ts";
import { isLive, type Entry } from "./rules/entry.ts";
import { Rules } from "./rules/rules.ts";
import type { ChildState, Effect, EndReason, RuleEnd, StartCause, SupervisorRule } from "./rules/types.ts";
import { Run } from "./run.ts";
import type { ChildInfo, SupervisorEnd } from "./supervisor.ts";
import { Waiters } from "./waiters.ts";
import type { Output } from "./output.ts";

/** Hears of each change at once, for what follows the runs of a child: its remote, its monitor. */
export interface DriverObserver {
  /** A run was begun. */
  started?(record: ChildRecord): void;
  /** That run was asked to end. */
  stopping?(record: ChildRecord, live: LiveRun): void;
  /** It became ready, or took the place of another run. */
  up?(record: ChildRecord, live: LiveRun): void;
  /** The run that was to replace it did not start. */
  notReplaced?(record: ChildRecord): void;
  /** That run ended. */
  exited?(record: ChildRecord, live: LiveRun, report: ExitReport): void;
  /** It is stopped for good, or its spec is gone. */
  out?(record: ChildRecord, report: ExitReport | undefined): void;
  /** All of them are about to be stopped for good. */
  ending?(reason: EndReason): void;
}

export interface DriverParts {
  readonly spec: CheckedSupervisor;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: EventHub;
  readonly createKind: (spec: CheckedChild) => ChildKind;
  /** What the run of a child that is being replaced hands over. */
  readonly stateOfOldRun: (record: ChildRecord) => Promise<unknown>;
  readonly createOutput: (spec: CheckedChild, id: string, tail: LineTail) => Output;
}

export class Driver {
  readonly #parts: DriverParts;
  readonly #rules: Rules;
  readonly #records = new Map<string, ChildRecord>();
  /** The ids of the children that one spec made. */
  readonly #groups = new Map<string, Set<string>>();
  readonly #delays = new Map<string, SupervisorTimer>();
  readonly #waiters = new Waiters();
  readonly #observers = new Set<DriverObserver>();
  #lastError: { readonly id: string; readonly error: unknown } | undefined;
  #endReport: ExitReport | undefined;
  /** Runs that have not ended: they hold the process, so that it is there when one of them ends. */
  #live = 0;
  #letGo: (() => void) | undefined;
  #isPerforming = false;
  #booting: { resolve(): void; reject(error: unknown): void } | undefined;
  #end!: (end: SupervisorEnd) => void;
  readonly ended: Promise<SupervisorEnd> = new Promise((resolve) => (this.#end = resolve));

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#rules = new Rules({ rule: parts.spec.rule, random: parts.random });
  }

  get rule(): SupervisorRule {
    return this.#rules.rule;
  }

  get phase(): Rules["phase"] {
    return this.#rules.phase;
  }

  get records(): ReadonlyMap<string, ChildRecord> {
    return this.#records;
  }

  /** The children that an id stands for: itself, or the instances of that spec. */
  members(id: string): readonly string[] {
    return this.#records.has(id) ? [id] : [...(this.#groups.get(id) ?? [])];
  }

  observe(observer: DriverObserver): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  /** Resolves when the first children are ready; rejects when one of them failed and all are stopped again. */
  async boot(children: readonly NewChild[]): Promise<void> {
    for (const child of children) this.#record(child);
    const booted = new Promise<void>((resolve, reject) => (this.#booting = { resolve, reject }));
    this.#perform(() => this.#rules.boot(children.map(({ id, spec }) => ({ id, rule: spec.rule }))));
    this.#checkBooted();
    await booted;
  }

  async add(child: NewChild): Promise<ChildInfo> {
    const { id, spec } = child;
    const before = this.#records.get(id);
    if (before === undefined) this.#record(child);
    try {
      this.#perform(() => this.#rules.add(id, spec.rule));
    } catch (error) {
      if (before === undefined) this.#drop(id);
      throw error;
    }
    const record = this.#records.get(id) as ChildRecord;
    await this.#waiters.wait("up", id);
    return this.infoOf(id) ?? infoOf(record, undefined, 0);
  }

  async stop(id: string): Promise<void> {
    this.#perform(() => this.#rules.stop(id));
    await this.#untilDown(id);
  }

  async remove(id: string): Promise<void> {
    this.#perform(() => this.#rules.remove(id));
    await this.#untilDown(id);
  }

  async restart(id: string): Promise<ChildInfo | undefined> {
    this.#perform(() => this.#rules.restart(id));
    await this.#waiters.wait("up", id);
    return this.infoOf(id);
  }

  async reload(id: string): Promise<ChildInfo | undefined> {
    this.#perform(() => this.#rules.reload(id));
    await this.#waiters.wait("reload", id);
    return this.infoOf(id);
  }

  change(rule: SupervisorRule): void {
    this.#rules.change(rule);
  }

  /** Takes effect at the next start. */
  changeChild(id: string, spec: CheckedChild): void {
    this.#rules.changeChild(id, spec.rule);
    const record = this.#records.get(id);
    if (record === undefined) return;
    record.spec = spec;
    record.kind = this.#parts.createKind(spec);
  }

  async close(): Promise<SupervisorEnd> {
    this.#perform(() => this.#rules.close());
    return await this.ended;
  }

  stateOf(id: string): ChildState | undefined {
    return this.#rules.entries.get(id)?.state;
  }

  entryOf(id: string): Readonly<Entry> | undefined {
    return this.#rules.entries.get(id);
  }

  infoOf(id: string): ChildInfo | undefined {
    const entry = this.#rules.entries.get(id);
    const record = this.#records.get(id);
    if (entry === undefined || record === undefined) return undefined;
    return infoOf(record, entry, this.#parts.clock.now());
  }

  // Effects.

  #perform(change: () => void): void {
    change();
    // A listener may give a command from within; what that asks for comes after what is under way.
    if (this.#isPerforming) return;
    this.#isPerforming = true;
    try {
      for (let effects = this.#rules.takeEffects(); effects.length > 0; effects = this.#rules.takeEffects()) {
        for (const effect of effects) this.#carryOut(effect);
      }
    } finally {
      this.#isPerforming = false;
    }
  }

  #carryOut(effect: Effect): void {
    const { events, clock } = this.#parts;
    switch (effect.type) {
      case "start":
        this.#start(effect.id, effect.run, effect.cause);
        break;
      case "stop":
        this.#stop(effect.id, effect.run);
        break;
      case "retire":
        this.#retire(effect.id, effect.run);
        break;
      case "delay":
        events.emit("backoff", { id: effect.id, delay: effect.ms, failures: effect.failures });
        this.#delays.set(
          effect.id,
          clock.startTimer(effect.ms, () => this.#delayOver(effect.id)),
        );
        break;
      case "cancel-delay":
        this.#delays.get(effect.id)?.cancel();
        this.#delays.delete(effect.id);
        break;
      case "forget":
        this.#forget(effect.id);
        break;
      case "restarting":
        events.emit("restarting", { id: effect.id, ids: effect.ids, count: effect.count });
        break;
      case "ending":
        this.#ending(effect.end);
        break;
      case "end":
        this.#ended(effect.end);
        break;
    }
  }

  #start(id: string, number: number, cause: StartCause): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    const { clock, events, createOutput } = this.#parts;
    if (cause === "restart") record.restarts += 1;
    this.#live += 1;
    this.#letGo ??= clock.hold();
    const { spec, kind, args, restarts } = record;
    const tail = new LineTail();
    const output = createOutput(spec, id, tail);
    const takeState = record.takeState ?? ((): Promise<unknown> => (cause === "reload" ? this.#parts.stateOfOldRun(record) : nothing));
    record.takeState = undefined;
    const run = new Run({
      number,
      kind,
      clock,
      context: { id, args, restarts, cause, takeState, output: (stream, chunk) => output.write(stream, chunk) },
      startTimeout: spec.startTimeout,
      shutdown: spec.shutdown,
      listener: {
        ready: (_, running) => {
          live.running = running;
          this.#ready(record, live);
        },
        ignored: () => this.#ignored(record, live),
        failed: (_, error) => this.#failed(record, live, error),
        exited: (_, exit) => this.#exited(record, live, exit),
      },
    });
    const live: LiveRun = { run, cause, startedAt: clock.now(), readyAt: 0, running: undefined, tail, output };
    record.runs.set(number, live);
    this.#tell((observer) => observer.started?.(record));
    events.emit("started", { id, cause });
    run.start();
  }

  #stop(id: string, number: number): void {
    const record = this.#records.get(id);
    const live = record?.runs.get(number);
    if (record === undefined || live === undefined) return;
    this.#tell((observer) => observer.stopping?.(record, live));
    live.run.stop();
  }

  #retire(id: string, number: number): void {
    const record = this.#records.get(id);
    record?.runs.get(number)?.run.retire(record.spec.drain);
  }

  #delayOver(id: string): void {
    this.#delays.delete(id);
    this.#perform(() => this.#rules.delayOver(id, this.#parts.clock.now()));
  }

  #forget(id: string): void {
    const record = this.#drop(id);
    this.#parts.events.emit("removed", { id });
    if (record !== undefined) this.#tell((observer) => observer.out?.(record, record.lastReport));
  }

  #ending({ reason, id }: RuleEnd): void {
    const { events } = this.#parts;
    // Its record may be gone by the end.
    this.#endReport = id === undefined ? undefined : this.#records.get(id)?.lastReport;
    if (reason === "gave up" && id !== undefined) events.emit("escalated", { id, report: this.#endReport });
    this.#tell((observer) => observer.ending?.(reason));
    events.emit("ending", { reason, id });
  }

  #ended(end: RuleEnd): void {
    const { reason, id } = end;
    this.#parts.events.emit("ended", { reason, id });
    for (const record of this.#records.values()) this.#tell((observer) => observer.out?.(record, record.lastReport));
    for (const waiting of this.#waiters.ids()) this.#checkWaiters(waiting);
    const error = this.#endError(end);
    this.#end({ reason, id, error });
    this.#booting?.reject(error ?? new RefusedError("ERR_SUPERVISOR_ENDED", `"${this.#parts.spec.name}" was closed while it started`));
  }

  #endError({ reason, id }: RuleEnd): ChildStartError | GaveUpError | undefined {
    if (id === undefined) return undefined;
    const { name, rule } = { name: this.#parts.spec.name, rule: this.#rules.rule };
    if (reason === "start failed") {
      return this.#lastError?.error instanceof ChildStartError ? this.#lastError.error : new ChildStartError(id, `"${id}" did not start`);
    }
    if (reason !== "gave up") return undefined;
    const report = this.#endReport;
    const limit = `more than ${rule.intensity} restarts within ${rule.period} ms`;
    const last = report === undefined ? "" : `; last, "${id}" ${describeExit(report)}`;
    return new GaveUpError(id, `"${name}" gave up: ${limit}${last}`, report);
  }

  // News.

  #ready(record: ChildRecord, live: LiveRun): void {
    const { clock, events } = this.#parts;
    const { id } = record;
    const isReload = live.cause === "reload" && record.current !== undefined;
    live.readyAt = clock.now();
    record.current = live;
    this.#tell((observer) => observer.up?.(record, live));
    const { pid } = live.running ?? {};
    events.emit("ready", { id, cause: live.cause, pid, took: live.readyAt - live.startedAt });
    if (isReload) events.emit("reloaded", { id, pid });
    this.#perform(() => this.#rules.up(id, live.run.number, live.readyAt));
    if (live.cause === "reload") this.#waiters.resolve("reload", id);
    if (this.stateOf(id) === "running") this.#waiters.resolve("up", id);
    this.#checkWaiters(id);
  }

  #ignored(record: ChildRecord, live: LiveRun): void {
    const { id } = record;
    record.runs.delete(live.run.number);
    live.output.end();
    this.#parts.events.emit("ignored", { id });
    this.#perform(() => this.#rules.ignored(id, live.run.number, this.#parts.clock.now()));
    if (live.cause === "reload") {
      this.#tell((observer) => observer.notReplaced?.(record));
      this.#waiters.reject("reload", id, new ChildStartError(id, `"${id}" was not replaced: the new one had nothing to run`));
    } else if (!live.run.isStopping) {
      this.#waiters.resolve("up", id);
    }
    this.#checkWaiters(id);
    this.#over();
  }

  #failed(record: ChildRecord, live: LiveRun, cause: unknown): void {
    const { id } = record;
    record.runs.delete(live.run.number);
    live.output.end();
    const error = new ChildStartError(id, `"${id}" did not start: ${messageOf(cause)}`, cause);
    const wasStopped = live.run.isStopping;
    if (!wasStopped) {
      this.#lastError = { id, error };
      record.lastReport = reportOf(record, live, exitOfStart(cause), 0);
      this.#parts.events.emit("failed", { id, cause: live.cause, error });
    }
    this.#perform(() => this.#rules.failed(id, live.run.number, this.#parts.clock.now()));
    if (live.cause === "reload") this.#tell((observer) => observer.notReplaced?.(record));
    if (live.cause === "reload") this.#waiters.reject("reload", id, error);
    else if (!wasStopped) this.#waiters.reject("up", id, error);
    this.#checkWaiters(id);
    this.#over();
  }

  #exited(record: ChildRecord, live: LiveRun, exit: Exit): void {
    const { clock, events } = this.#parts;
    const { id } = record;
    record.runs.delete(live.run.number);
    live.output.end();
    const report = reportOf(record, live, exit, clock.now());
    record.lastReport = report;
    if (record.current === live) record.current = undefined;
    this.#tell((observer) => observer.exited?.(record, live, report));
    events.emit("exited", { id, report, expected: live.run.isStopping });
    this.#perform(() => this.#rules.down(id, live.run.number, clock.now(), { clean: isClean(exit) }));
    this.#checkWaiters(id);
    this.#over();
  }

  /** A run has ended, and what follows from that is under way. */
  #over(): void {
    this.#live -= 1;
    if (this.#live > 0) return;
    this.#letGo?.();
    this.#letGo = undefined;
  }

  #checkWaiters(id: string): void {
    this.#checkBooted();
    const entry = this.#rules.entries.get(id);
    const isDown = entry === undefined || (entry.state === "stopped" && !isLive(entry));
    if (!isDown) return;
    const record = this.#records.get(id);
    if (record !== undefined) this.#tell((observer) => observer.out?.(record, record.lastReport));
    this.#waiters.resolve("down", id);
    this.#waiters.reject("up", id, stoppedBefore(id));
    this.#waiters.reject("reload", id, stoppedBefore(id));
  }

  #checkBooted(): void {
    if (this.#rules.phase === "running") this.#booting?.resolve();
  }

  async #untilDown(id: string): Promise<void> {
    const down = this.#waiters.wait("down", id);
    this.#checkWaiters(id);
    await down;
  }

  #record({ id, group, spec, args }: NewChild): ChildRecord {
    const record = createRecord({ id, group, spec, kind: this.#parts.createKind(spec), args });
    this.#records.set(id, record);
    const members = this.#groups.get(group) ?? new Set();
    this.#groups.set(group, members.add(id));
    return record;
  }

  #drop(id: string): ChildRecord | undefined {
    const record = this.#records.get(id);
    this.#records.delete(id);
    if (record === undefined) return undefined;
    const group = this.#groups.get(record.group);
    group?.delete(id);
    if (group?.size === 0) this.#groups.delete(record.group);
    return record;
  }

  #tell(tell: (observer: DriverObserver) => void): void {
    for (const observer of this.#observers) tell(observer);
  }
}

export interface NewChild {
  readonly id: string;
  readonly group: string;
  readonly spec: CheckedChild;
  readonly args: readonly unknown[];
}

const nothing: Promise<unknown> = Promise.resolve(undefined);

function stoppedBefore(id: string): ChildStartError {
  return new ChildStartError(id, `"${id}" was stopped before it was ready`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
