// Lists what can be reached of an object, for `describe` and for the errors that suggest a name.
import { canReach, EMITTER_NAMES, prototypesOf, isPlain, type ReachPolicy } from "./reach-rules.ts";

/** The names that `canReach` agrees to, own ones first. Items of arrays are no members. */
export function reachableNames(holder: object, policy: ReachPolicy): string[] {
  if (Array.isArray(holder)) return [];
  const names = new Set(Object.getOwnPropertyNames(holder));
  if (!isPlain(holder) && typeof holder !== "function") {
    for (const prototype of prototypesOf(holder, policy)) for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
    for (const name of EMITTER_NAMES) names.add(name);
  }
  return [...names].filter((name) => canReach(holder, name, policy));
}
