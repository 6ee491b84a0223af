// The names of children: `web` alone, `web#1` and on for instances, dynamic children and partitions.
import type { NewChild } from "./driver.ts";
import type { CheckedChild, CheckedSupervisor } from "./checked-spec.ts";

/** The children that a supervisor starts with. */
export function firstChildren(spec: CheckedSupervisor): readonly NewChild[] {
  if (spec.rule.strategy === "dynamic") return [];
  const { template } = spec;
  if (spec.rule.strategy === "partition" && template !== undefined) {
    return Array.from({ length: spec.partitions }, (_, at) => numbered(template, at, [at]));
  }
  return spec.children.flatMap(instancesOf);
}

/** The children that one spec makes. */
export function instancesOf(spec: CheckedChild): readonly NewChild[] {
  if (spec.instances === 1) return [{ id: spec.id, group: spec.id, spec, args: [] }];
  return Array.from({ length: spec.instances }, (_, at) => numbered(spec, at + 1, []));
}

export function numbered(spec: CheckedChild, number: number, args: readonly unknown[]): NewChild {
  return { id: `${spec.id}#${number}`, group: spec.id, spec, args };
}

/** Which of `partitions` a key belongs to: FNV-1a of its text, so that it is the same in every process. */
export function partitionOf(key: string | number, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(String(key))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0) % partitions;
}
