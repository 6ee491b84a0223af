// Checks the spec of one child, and fills in the defaults.
import type { CheckedChild } from "./checked-spec.ts";
import { SpecError } from "./errors.ts";
import { Fields, show } from "./fields.ts";
import { checkStart } from "./check-start.ts";
import type { AutoShutdown, Backoff, RestartType } from "./rules/types.ts";
import type { ChildSpec, ChildStart, HandOverSpec, HealthSpec, MemorySpec, OutputMode, QueueSpec, Shutdown } from "./spec.ts";

const RESTARTS: readonly RestartType[] = ["permanent", "transient", "temporary"];
const OUTPUTS: readonly OutputMode[] = ["inherit", "pipe", "capture", "ignore"];
const MiB = 1024 * 1024;

const BACKOFF: Backoff = { initial: 100, factor: 2, max: 30_000, jitter: 0.5, resetAfter: 60_000 };
const HEALTH: HealthSpec = { interval: 1_000, timeout: 10_000, maxLag: Infinity, lagCount: 3 };
const QUEUE: QueueSpec = {
  whileDown: "wait",
  maxQueued: 10_000,
  maxQueuedBytes: 16 * MiB,
  maxQueuedTime: 30_000,
  maxAttempts: 3,
};

export interface ChildSurroundings {
  readonly autoShutdown: AutoShutdown;
  /** Checks the spec of a supervisor beneath. */
  readonly checkNested: (given: unknown, path: string) => unknown;
}

/** @throws SpecError with the `field` that is wrong */
export function checkChild(given: unknown, path: string, surroundings: ChildSurroundings): CheckedChild {
  const fields = new Fields(given, path);
  const id = checkId(fields);
  const { start, type } = checkStart(fields, surroundings.checkNested);
  const restart = fields.oneOf("restart", RESTARTS, "permanent");
  const significant = fields.boolean("significant", false);
  if (significant && restart === "permanent")
    fields.fail("significant", "cannot be true of a permanent child, since it never ends for good");
  if (significant && surroundings.autoShutdown === "never") fields.fail("significant", 'means nothing while autoShutdown is "never"');
  const checked: CheckedChild = {
    given: given as ChildSpec,
    id,
    start,
    rule: { restart, significant, backoff: checkBackoff(fields) },
    shutdown: checkShutdown(fields, type === "supervisor" ? "infinity" : 5_000),
    startTimeout: fields.number("startTimeout", 30_000, 1),
    health: ofThreadOrProcess(fields, "health", start, checkHealth(fields)),
    memory: ofThreadOrProcess(fields, "memory", start, checkMemory(fields)),
    output: fields.oneOf("output", OUTPUTS, "inherit"),
    instances: fields.integer("instances", 1, 1),
    queue: checkQueue(fields),
    drain: checkLimit(fields, "drain", 30_000),
    init: fields.text("init"),
    handOver: checkHandOver(fields),
  };
  fields.done();
  return checked;
}

function checkId(fields: Fields): string {
  const id = fields.take("id");
  if (id === undefined) fields.fail("id", "is missing");
  if (typeof id !== "string" || id === "") return fields.fail("id", `must be a string, not ${show(id)}`);
  if (/[#/\s]/u.test(id)) fields.fail("id", `must have no "#", "/" or space in it, as ${show(id)} has`);
  return id;
}

/** Other kinds have no event loop and no memory of their own. */
function ofThreadOrProcess<T>(fields: Fields, name: string, start: ChildStart, value: T): T {
  if (value === undefined || "process" in start || "thread" in start) return value;
  return fields.fail(name, "is for processes and threads; others have no event loop and no memory of their own");
}

function checkShutdown(fields: Fields, fallback: Shutdown): Shutdown {
  const value = fields.take("shutdown") ?? fallback;
  if (value === "brutal" || value === "infinity") return value;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  return fields.fail("shutdown", `must be milliseconds, "brutal" or "infinity", not ${show(value)}`);
}

function checkLimit(fields: Fields, name: string, fallback: number): number | "infinity" {
  return fields.take(name) === "infinity" ? "infinity" : fields.number(name, fallback);
}

/** Undefined: not wanted. True stands for an object without fields. */
function part(fields: Fields, name: string): Fields | undefined {
  const value = fields.take(name);
  if (value === undefined || value === false) return undefined;
  return new Fields(value === true ? {} : value, fields.at(name));
}

function checkBackoff(fields: Fields): Backoff | undefined {
  const given = part(fields, "backoff");
  if (given === undefined) return undefined;
  const backoff: Backoff = {
    initial: given.number("initial", BACKOFF.initial),
    factor: given.number("factor", BACKOFF.factor, 1),
    max: given.number("max", BACKOFF.max),
    jitter: given.number("jitter", BACKOFF.jitter),
    resetAfter: given.number("resetAfter", BACKOFF.resetAfter),
  };
  if (backoff.jitter > 1) given.fail("jitter", "must be between 0 and 1");
  if (backoff.max < backoff.initial) given.fail("max", `must not be less than initial (${backoff.initial})`);
  given.done();
  return backoff;
}

function checkHealth(fields: Fields): HealthSpec | undefined {
  const given = part(fields, "health");
  if (given === undefined) return undefined;
  const health: HealthSpec = {
    interval: given.number("interval", HEALTH.interval, 10),
    timeout: given.number("timeout", HEALTH.timeout, 20),
    maxLag: given.number("maxLag", HEALTH.maxLag, 1),
    lagCount: given.integer("lagCount", HEALTH.lagCount, 1),
  };
  if (health.timeout < 2 * health.interval) given.fail("timeout", `must be at least twice the interval (${health.interval})`);
  given.done();
  return health;
}

function checkMemory(fields: Fields): MemorySpec | undefined {
  const value = fields.take("memory");
  if (value === undefined) return undefined;
  const given = new Fields(typeof value === "number" ? { limit: value } : value, fields.at("memory"));
  if (!given.has("limit")) given.fail("limit", "is missing");
  const limit = given.number("limit", 0, MiB);
  const memory: MemorySpec = {
    limit,
    hard: given.take("hard") === Infinity ? Infinity : given.number("hard", 2 * limit, limit),
    interval: given.number("interval", 1_000, 10),
  };
  given.done();
  return memory;
}

function checkQueue(fields: Fields): QueueSpec {
  const given = part(fields, "queue");
  if (given === undefined) return QUEUE;
  const queue: QueueSpec = {
    whileDown: given.oneOf("whileDown", ["wait", "fail"], QUEUE.whileDown),
    maxQueued: given.integer("maxQueued", QUEUE.maxQueued),
    maxQueuedBytes: given.number("maxQueuedBytes", QUEUE.maxQueuedBytes),
    maxQueuedTime: given.number("maxQueuedTime", QUEUE.maxQueuedTime),
    maxAttempts: given.integer("maxAttempts", QUEUE.maxAttempts, 1),
  };
  given.done();
  return queue;
}

function checkHandOver(fields: Fields): HandOverSpec | undefined {
  const given = part(fields, "handOver");
  if (given === undefined) return undefined;
  const from = given.text("from");
  const to = given.text("to");
  if (from === undefined) throw new SpecError(given.at("from"), "is missing: the member of the old run that gives the state");
  if (to === undefined) throw new SpecError(given.at("to"), "is missing: the member of the new run that takes the state");
  const handOver: HandOverSpec = {
    from,
    to,
    maxBytes: given.number("maxBytes", 16 * MiB),
    timeout: given.number("timeout", 5_000, 1),
  };
  given.done();
  return handOver;
}
