// Answers `describe(remote)` on the side that has the object: the members that can be reached, and what they are.
import { isPlain, prototypesOf, type ReachPolicy } from "./reach-rules.ts";
import { reachableNames } from "./reachable-names.ts";

/**
 * What a member is. `object`: its own members can be reached through it. `value`: data, to be read.
 * `getter`: an accessor; it was not asked what it gives.
 */
export type MemberKind = "method" | "class" | "object" | "value" | "getter";

/** One member of an exposed object. */
export interface MemberDescription {
  readonly name: string;
  readonly kind: MemberKind;
  /** How many parameters a method or a constructor declares (`Function.length`). */
  readonly arity?: number;
  /** Of an object: to read it gives a remote, as it passes by reference; others are copied. */
  readonly byReference?: true;
}

/** The members of `target` that can be reached, own ones first. No getter runs. */
export function describeMembers(target: object, policy: ReachPolicy): MemberDescription[] {
  return reachableNames(target, policy).map((name) => describeMember(target, name, policy));
}

function describeMember(target: object, name: string, policy: ReachPolicy): MemberDescription {
  const descriptor = descriptorOf(target, name, policy);
  if (descriptor.get !== undefined || descriptor.set !== undefined) return { name, kind: "getter" };
  const value: unknown = descriptor.value;
  if (typeof value === "function") return withArity(name, isClass(value) ? "class" : "method", value);
  if (!isWalkable(value, target, policy)) return { name, kind: "value" };
  return policy.isMarked(value) ? { name, kind: "object", byReference: true } : { name, kind: "object" };
}

function descriptorOf(target: object, name: string, policy: ReachPolicy): PropertyDescriptor {
  for (const holder of [target, ...prototypesOf(target, policy)]) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor !== undefined) return descriptor;
  }
  // `on`, `once` and `off` of a marked emitter, which are methods of Node's.
  return { value: (target as Record<string, unknown>)[name] };
}

function withArity(name: string, kind: MemberKind, value: object): MemberDescription {
  const arity: unknown = Object.getOwnPropertyDescriptor(value, "length")?.value;
  return typeof arity === "number" ? { name, kind, arity } : { name, kind };
}

/** A class, and only a class, has a `prototype` that cannot be replaced and cannot be called without `new`. */
function isClass(value: object): boolean {
  const prototype = Object.getOwnPropertyDescriptor(value, "prototype");
  // Generators have a `prototype` too, which can be replaced.
  return prototype !== undefined && prototype.writable === false;
}

function isWalkable(value: unknown, holder: object, policy: ReachPolicy): value is object {
  if (typeof value !== "object" || value === null) return false;
  return isPlain(value) || policy.isMarked(value) || policy.isModule(holder);
}
