// The dispatcher comes here with every path that arrives: walks it by the rules, from the root or a
// reference to the member, and refuses with an error that says what to do.
import { explainPath, explainStop } from "./not-exposed.ts";
import { canReach, canWalk, isObject, type ReachPolicy } from "./reach-rules.ts";

/** A member that was reached: `holder[name]` was read once and gave `value`. */
export interface Reached {
  readonly holder: object;
  readonly name: string;
  readonly value: unknown;
}

/**
 * Walks `path` (one name or more) from the root or a reference. What a getter throws passes through.
 *
 * @throws NotExposedError that says which member, why, and what to do
 */
export function reach(start: object, path: readonly string[], policy: ReachPolicy): Reached {
  const holder = reachHolder(start, path, policy);
  const name = path[path.length - 1] as string;
  if (!canReach(holder, name, policy)) throw explainPath(holder, path, path.length - 1, policy);
  return { holder, name, value: (holder as Record<string, unknown>)[name] };
}

/**
 * Walks to the object that has, or would have, the last name of `path`. The last name itself is not looked at.
 *
 * @throws NotExposedError
 */
export function reachHolder(start: object, path: readonly string[], policy: ReachPolicy): object {
  let holder = start;
  for (let index = 0; index < path.length - 1; index += 1) {
    const name = path[index] as string;
    if (!canReach(holder, name, policy)) throw explainPath(holder, path, index, policy);
    const value = (holder as Record<string, unknown>)[name];
    if (!canWalk(value, policy) && !(isObject(value) && policy.isModule(holder))) throw explainStop(value, path, index);
    holder = value as object;
  }
  return holder;
}
