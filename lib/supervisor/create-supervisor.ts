// Makes a supervisor of its parts: the driver, which keeps children alive, and what stands around it.
import type { Remote } from "../core/remote.ts";
import type { ListenOptions, Server } from "../socket/server.ts";
import { createAdmin, serveAdmin } from "./admin.ts";
import type { SupervisorAdmin } from "./admin-api.ts";
import { checkChange, checkOneChild } from "./check-spec.ts";
import type { CheckedChild, CheckedSupervisor } from "./checked-spec.ts";
import type { ChildKind } from "./child.ts";
import type { Clock } from "./clock.ts";
import { Driver } from "./driver.ts";
import { RefusedError } from "./errors.ts";
import { EventHub, type SupervisorEvent, type SupervisorEventName, type SupervisorEvents } from "./events.ts";
import { firstChildren, instancesOf, numbered, partitionOf } from "./ids.ts";
import { createOutput } from "./output.ts";
import { startMonitor } from "./monitor.ts";
import { listenToSignals } from "./process-signals.ts";
import { reloadChild, stateOfOldRun } from "./reload.ts";
import { Remotes } from "./remotes.ts";
import type { ChildSpec, SupervisorChange } from "./spec.ts";
import type { ChildCount, ChildInfo, Supervisor, SupervisorEnd } from "./supervisor.ts";
import { treeOf } from "./tree.ts";
import type { SupervisorState, TreeNode } from "./tree-node.ts";
import { watchVitals } from "./vitals-watch.ts";

export interface SupervisorParts {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly createKind: (spec: CheckedChild, surroundings: KindSurroundings) => ChildKind;
  /** The names of the supervisors above, with a "/" after each. */
  readonly above?: string;
  /** Breaks off the start of the first children. */
  readonly signal?: AbortSignal;
  /** Hears of everything, from the first start on. */
  readonly onEvent?: (event: SupervisorEvent) => void;
  /** Hears what listeners throw. */
  readonly onError: (error: unknown) => void;
}

/** What a kind of child may need of the supervisor that it lives under. */
export interface KindSurroundings {
  /** The names of the supervisors down to it, with a "/" after each. */
  readonly path: string;
  readonly events: EventHub;
}

/** @returns a supervisor whose first children are ready. Rejects, with everything stopped, if one of them is not. */
export async function createSupervisor(spec: CheckedSupervisor, parts: SupervisorParts): Promise<Supervisor> {
  const { clock, random, createKind, above = "", signal, onEvent, onError } = parts;
  const path = `${above}${spec.name}`;
  const events = new EventHub(path, () => clock.date(), onError);
  if (onEvent !== undefined) events.onAny(onEvent);
  const driver: Driver = new Driver({
    spec,
    clock,
    random,
    events,
    createKind: (child) => createKind(child, { path: `${path}/`, events }),
    stateOfOldRun: (record) => stateOfOldRun(record, remotes),
    createOutput: (child, id, tail) => createOutput(child.output, id, tail, events),
  });
  const remotes: Remotes = new Remotes(driver, `${path}/`);
  startMonitor({ driver, clock, events, reload: (id) => reloadChild(driver, remotes, id) });
  const supervisor = new SupervisorNode(spec, driver, events, remotes, clock.now);
  if (above === "") listenToSignals(supervisor, spec);
  const breakOff = (): void => void driver.close();
  signal?.addEventListener("abort", breakOff);
  try {
    await driver.boot(firstChildren(spec));
  } finally {
    signal?.removeEventListener("abort", breakOff);
  }
  return supervisor;
}

class SupervisorNode implements Supervisor {
  readonly name: string;
  readonly ended: Promise<SupervisorEnd>;
  readonly #spec: CheckedSupervisor;
  readonly #driver: Driver;
  readonly #events: EventHub;
  readonly #remotes: Remotes;
  readonly #now: () => number;
  /** Servers that show it, each until that has closed. */
  readonly #serving: Promise<void>[] = [];
  #end: SupervisorEnd | undefined;
  #lastNumber = 0;

  constructor(spec: CheckedSupervisor, driver: Driver, events: EventHub, remotes: Remotes, now: () => number) {
    this.name = spec.name;
    this.ended = driver.ended;
    this.#spec = spec;
    this.#driver = driver;
    this.#events = events;
    this.#remotes = remotes;
    this.#now = now;
    void driver.ended.then((end) => (this.#end = end));
  }

  get state(): SupervisorState {
    if (this.#end?.error !== undefined) return "failed";
    const { phase } = this.#driver;
    return phase === "ended" || phase === "ending" ? phase : "running";
  }

  children(): ChildInfo[] {
    return [...this.#driver.records.keys()].flatMap((id) => this.#driver.infoOf(id) ?? []);
  }

  child(id: string): ChildInfo | undefined {
    return this.#driver.infoOf(id);
  }

  count(): ChildCount {
    let active = 0;
    let supervisors = 0;
    const { records } = this.#driver;
    for (const { id, kind } of records.values()) {
      if (kind.type === "supervisor") supervisors += 1;
      if (this.#driver.stateOf(id) === "running") active += 1;
    }
    return { specs: records.size, active, supervisors, workers: records.size - supervisors };
  }

  spec(id: string): ChildSpec | undefined {
    const [one] = this.#driver.members(id);
    return one === undefined ? undefined : this.#driver.records.get(one)?.spec.given;
  }

  async add(...args: readonly unknown[]): Promise<ChildInfo> {
    const { strategy } = this.#driver.rule;
    const { template } = this.#spec;
    if (strategy === "partition") throw this.#isFixed("added");
    if (strategy === "dynamic" && template !== undefined) return await this.#driver.add(numbered(template, ++this.#lastNumber, args));
    const child = checkOneChild(args[0], "spec", this.#driver.rule);
    if (this.#driver.members(child.id).length > 0) {
      throw new RefusedError("ERR_CHILD_EXISTS", `"${this.name}" has a child "${child.id}" already`);
    }
    const instances = instancesOf(child);
    const adding = await Promise.allSettled(instances.map((one) => this.#driver.add(one)));
    const failed = adding.find((one) => one.status === "rejected");
    if (failed === undefined) return (adding[0] as PromiseFulfilledResult<ChildInfo>).value;
    // All of its instances, or none. One that was stopped meanwhile is there, and did not fail.
    const isIncomplete = instances.some(({ id }) => !this.#driver.records.has(id));
    if (isIncomplete && this.#driver.phase === "running") {
      await Promise.all(this.#driver.members(child.id).map((one) => this.#driver.remove(one)));
    }
    throw failed.reason;
  }

  async remove(id: string): Promise<void> {
    if (this.#driver.rule.strategy === "partition") throw this.#isFixed("removed");
    await this.#forEach(id, (one) => this.#driver.remove(one));
  }

  async stop(id: string): Promise<void> {
    await this.#forEach(id, (one) => this.#driver.stop(one));
  }

  async restart(id: string): Promise<void> {
    await this.#forEach(id, (one) => this.#driver.restart(one));
  }

  async reload(id: string): Promise<void> {
    const members = this.#members(id);
    // Of several those that run; the others are new when they start.
    const running = members.filter((one) => this.#driver.stateOf(one) === "running");
    for (const one of running.length > 0 ? running : members) await reloadChild(this.#driver, this.#remotes, one);
  }

  change(change: SupervisorChange): void {
    this.#driver.change(checkChange(change, this.#driver.rule));
  }

  changeSpec(id: string, change: Partial<Omit<ChildSpec, "id" | "instances">>): void {
    for (const one of this.#members(id)) {
      const record = this.#driver.records.get(one);
      if (record === undefined) continue;
      const given = { ...record.spec.given, id: record.group, ...change };
      this.#driver.changeChild(one, checkOneChild(given, "change", this.#driver.rule));
    }
  }

  signal(name: NodeJS.Signals, id?: string): void {
    const ids = id === undefined ? this.#driver.records.keys() : this.#members(id);
    for (const one of ids) this.#driver.records.get(one)?.current?.running?.signal?.(name);
  }

  remote<T>(id: string): Remote<T> {
    return this.#remotes.of(id).connection.remote as Remote<T>;
  }

  partition(key: string | number): string {
    const { template, partitions, rule } = this.#spec;
    if (rule.strategy === "partition" && template !== undefined) return `${template.id}#${partitionOf(key, partitions)}`;
    throw new RefusedError("ERR_STRATEGY", `"${this.name}" has strategy "${rule.strategy}", so it has no partitions`);
  }

  supervisor(id: string): Supervisor | undefined {
    return this.#driver.records.get(id)?.current?.running?.supervisor;
  }

  on<Name extends SupervisorEventName>(event: Name, listener: (detail: SupervisorEvents[Name]) => void): () => void {
    return this.#events.on(event, listener);
  }

  events(): AsyncIterableIterator<SupervisorEvent> {
    return this.#events.iterate();
  }

  tree(path = ""): TreeNode {
    const { name, state } = this;
    return treeOf({ name, state, driver: this.#driver, remotes: this.#remotes, now: this.#now() }, path);
  }

  watchVitals(interval: number): () => void {
    return watchVitals(this.#driver, interval);
  }

  get admin(): SupervisorAdmin {
    return createAdmin(this);
  }

  async serve(where: string | ListenOptions): Promise<Server> {
    if (this.state === "ended" || this.state === "ending")
      throw new RefusedError("ERR_SUPERVISOR_ENDED", "The supervisor has ended, or is ending");
    const { server, over } = await serveAdmin(this, where);
    this.#serving.push(over);
    return server;
  }

  async close(): Promise<void> {
    await this.#driver.close();
    await Promise.all(this.#serving);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #members(id: string): readonly string[] {
    const members = this.#driver.members(id);
    if (members.length === 0) throw new RefusedError("ERR_CHILD_UNKNOWN", `"${this.name}" has no child "${id}"`);
    return members;
  }

  async #forEach(id: string, task: (id: string) => Promise<unknown>): Promise<void> {
    await Promise.all(this.#members(id).map(task));
  }

  #isFixed(what: string): RefusedError {
    return new RefusedError("ERR_STRATEGY", `"${this.name}" has a fixed number of partitions; none can be ${what}`);
  }
}
