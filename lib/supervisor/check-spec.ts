// Checks a supervisor's spec as soon as it is given, and fills in the defaults. Pure: starts nothing.
import { availableParallelism, constants } from "node:os";
import { checkChild } from "./check-child.ts";
import type { CheckedChild, CheckedSupervisor } from "./checked-spec.ts";
import { SpecError } from "./errors.ts";
import { Fields, show } from "./fields.ts";
import type { AutoShutdown, Strategy, SupervisorRule } from "./rules/types.ts";

const STRATEGIES: readonly Strategy[] = ["one-for-one", "one-for-all", "rest-for-one", "dynamic", "partition"];
/** Where the fields of the topmost supervisor are. */
const TOP = "spec";
const AUTO_SHUTDOWNS: readonly AutoShutdown[] = ["never", "any", "all"];

/** @throws SpecError with the `field` that is wrong */
export function checkSpec(given: unknown, path: string = TOP): CheckedSupervisor {
  const fields = new Fields(given, path);
  for (const name of ["forwardSignals", "closeOn"]) {
    if (path !== TOP && fields.has(name)) fields.fail(name, "belongs to the topmost supervisor, which passes signals on to all below");
  }
  const name = fields.text("name") ?? "supervisor";
  const strategy = fields.oneOf("strategy", STRATEGIES, "one-for-one");
  const rule = checkRule(fields, strategy, {});
  const isMade = strategy === "dynamic" || strategy === "partition";
  const list = fields.list("children");
  if (isMade && list !== undefined) fields.fail("children", `cannot be given with strategy "${strategy}": give a template`);
  if (!isMade && fields.has("template")) fields.fail("template", `is for "dynamic" and "partition"; with "${strategy}" give children`);
  const children = (list ?? []).map((child, at) => checkOneChild(child, fields.at(`children[${at}]`), rule));
  refuseTwice(children, path);
  const template = isMade ? checkTemplate(fields, strategy, rule) : undefined;
  if (strategy !== "partition" && fields.has("partitions")) fields.fail("partitions", `is for "partition", not for "${strategy}"`);
  const checked = {
    name,
    rule,
    children,
    template,
    partitions: fields.integer("partitions", availableParallelism(), 1),
    forwardSignals: checkSignals(fields, "forwardSignals"),
    closeOn: checkSignals(fields, "closeOn"),
  };
  fields.done();
  return checked;
}

/** @throws SpecError with the `field` that is wrong */
export function checkChange(given: unknown, now: SupervisorRule): SupervisorRule {
  const fields = new Fields(given, "change");
  const rule = checkRule(fields, now.strategy, now);
  fields.done();
  return rule;
}

/** Checks a child that is added later. @throws SpecError with the `field` that is wrong */
export function checkOneChild(given: unknown, path: string, { autoShutdown }: SupervisorRule): CheckedChild {
  return checkChild(given, path, { autoShutdown, checkNested: checkSpec });
}

function checkRule(fields: Fields, strategy: Strategy, now: Partial<SupervisorRule>): SupervisorRule {
  const rule: SupervisorRule = {
    strategy,
    intensity: fields.integer("intensity", now.intensity ?? 3),
    period: fields.number("period", now.period ?? 5_000),
    autoShutdown: fields.oneOf("autoShutdown", AUTO_SHUTDOWNS, now.autoShutdown ?? "never"),
    maxChildren: fields.integer("maxChildren", now.maxChildren ?? Infinity),
  };
  if (rule.period <= 0) fields.fail("period", "must be more than 0");
  if (rule.autoShutdown !== "never" && (strategy === "dynamic" || strategy === "partition")) {
    fields.fail("autoShutdown", `must be "never" with strategy "${strategy}"`);
  }
  if (strategy === "partition" && rule.maxChildren !== Infinity) fields.fail("maxChildren", 'has no meaning with strategy "partition"');
  return rule;
}

function checkTemplate(fields: Fields, strategy: Strategy, rule: SupervisorRule): CheckedChild {
  const given = fields.take("template");
  const path = fields.at("template");
  if (given === undefined) throw new SpecError(path, `is missing: strategy "${strategy}" makes its children from it`);
  if (typeof given === "object" && given !== null && "instances" in given) {
    throw new SpecError(`${path}.instances`, "cannot be given in a template");
  }
  const named = typeof given === "object" && given !== null && !Array.isArray(given) ? { id: "child", ...given } : given;
  return checkOneChild(named, path, rule);
}

function refuseTwice(children: readonly CheckedChild[], path: string): void {
  const seen = new Map<string, number>();
  children.forEach(({ id }, at) => {
    const before = seen.get(id);
    if (before !== undefined) throw new SpecError(`${path}.children[${at}].id`, `is "${id}", as that of children[${before}]`);
    seen.set(id, at);
  });
}

function checkSignals(fields: Fields, name: string): readonly NodeJS.Signals[] {
  const list = fields.list(name) ?? [];
  list.forEach((signal, at) => {
    if (typeof signal === "string" && Object.hasOwn(constants.signals, signal) && signal !== "SIGKILL" && signal !== "SIGSTOP") return;
    fields.fail(`${name}[${at}]`, `must be a signal that a process can receive, not ${show(signal)}`);
  });
  return list as NodeJS.Signals[];
}
