// The small decisions: is this child started again, whom does its failure concern, does its end end the supervisor.
import type { Entry } from "./entry.ts";
import type { AutoShutdown, ChildRule, RuleExit, Strategy } from "./types.ts";

export function isStartedAgain({ restart }: ChildRule, { clean }: RuleExit): boolean {
  return restart === "permanent" || (restart === "transient" && !clean);
}

/** Whether children depend on each other, so that they start and stop one after the other. */
export function isOrdered(strategy: Strategy): boolean {
  return strategy === "one-for-all" || strategy === "rest-for-one";
}

/** The children that are started anew with `failed`, itself included, in the order in which they start. */
export function affectedBy(strategy: Strategy, entries: ReadonlyMap<string, Entry>, failed: Entry): readonly Entry[] {
  if (!isOrdered(strategy)) return [failed];
  const all = [...entries.values()];
  return strategy === "one-for-all" ? all : all.slice(all.indexOf(failed));
}

/** Called when `ended` ended by itself, is not started again, and is stopped. */
export function endsSupervisor(autoShutdown: AutoShutdown, entries: Iterable<Entry>, ended: Entry): boolean {
  if (autoShutdown === "never" || !ended.rule.significant) return false;
  if (autoShutdown === "any") return true;
  for (const entry of entries) {
    if (entry.rule.significant && entry.state !== "stopped") return false;
  }
  return true;
}
