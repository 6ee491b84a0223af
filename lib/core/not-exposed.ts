// Says why a path does not lead where the caller wanted, and what to do about it. Only asked once
// `reach` has refused, so it may take its time; it reads names and descriptors, never a member.
import { closeName } from "./close-name.ts";
import { NotExposedError } from "./errors.ts";
import { declaration, EMITTER_NAMES, FUNCTION_NAMES, isPublicName, prototypesOf, type ReachPolicy } from "./reach-rules.ts";
import { reachableNames } from "./reachable-names.ts";

/** `path[index]` cannot be read on `holder`. */
export function explainPath(holder: object, path: readonly string[], index: number, policy: ReachPolicy): NotExposedError {
  const name = path[index] as string;
  return new NotExposedError(`${titleOf(path, index)} is not exposed: ${reasonFor(holder, name, policy)}`);
}

/** `path[index]` was read, and nothing behind it is reached. */
export function explainStop(value: unknown, path: readonly string[], index: number): NotExposedError {
  const next = titleOf(path, index + 1);
  const at = titleOf(path, index);
  if (value === null || value === undefined) return new NotExposedError(`${next} is not exposed: ${at} is ${String(value)}.`);
  if (typeof value !== "object")
    return new NotExposedError(`${next} is not exposed: ${at} is a ${typeof value}, and has no members. Await ${at} to have its value.`);
  if (value instanceof Promise)
    return new NotExposedError(
      `${next} is not exposed: ${at} is a promise, and paths do not wait. Make it a method, and call ${at}().${shorten(path[index + 1] ?? "")} instead.`,
    );
  return new NotExposedError(
    `${next} is not exposed: ${at} is an instance of ${classNameOf(value)}, and a path leads through instances only where they are marked. ` +
      `Mark it with proxy(), let its class extend RemoteObject, or add a method to the object that holds it.`,
  );
}

function reasonFor(holder: object, name: string, policy: ReachPolicy): string {
  if (name.startsWith("_")) return `names that begin with "_" stay private. Rename the member, or add a method that gives what is needed.`;
  if (!isPublicName(name)) return `${quote(name)} is never reached, on no object. Give the member another name.`;
  if (typeof holder === "function" && name in Function.prototype)
    return `${quote(name)} belongs to every function and not to the api. ${FUNCTION_NAMES.has(name) ? "Give the member another name." : "Call the member itself."}`;
  if (Object.hasOwn(holder, name))
    return `it is an own field of ${article(holder)}, and only methods and accessors of instances are reached. ${fieldAdvice(name)}`;
  if (declaration(holder, name, policy) !== undefined)
    return `it is a value on the prototype of ${article(holder)}, and only methods and accessors of instances are reached. ${fieldAdvice(name)}`;
  const close = closeName(name, reachableNames(holder, policy));
  if (close !== undefined) return `there is no such member. Did you mean ${quote(close)}?`;
  if (isInherited(holder, name, policy)) return inheritedReason(holder, name);
  return "there is no such member. describe(remote) lists those that there are.";
}

function fieldAdvice(name: string): string {
  return `Add a getter (get ${shorten(name)}() { … }) or a method, or expose with fields: true.`;
}

/** The language or Node has the name somewhere above the user's own prototypes. */
function isInherited(holder: object, name: string, policy: ReachPolicy): boolean {
  const own = prototypesOf(holder, policy);
  const platform: unknown = Object.getPrototypeOf(own[own.length - 1] ?? holder);
  return typeof platform === "object" && platform !== null && name in platform;
}

function inheritedReason(holder: object, name: string): string {
  const mark = EMITTER_NAMES.includes(name)
    ? "Mark the emitter with proxy(): on, once and off of marked emitters are reached."
    : `Add a method of your own that calls it.`;
  return `${quote(name)} comes from a class of the language or of Node, which is not reached through ${article(holder)}. ${mark}`;
}

function article(holder: object): string {
  return `an instance of ${classNameOf(holder)}`;
}

function classNameOf(value: object): string {
  try {
    for (
      let prototype: unknown = Object.getPrototypeOf(value), depth = 0;
      typeof prototype === "object" && prototype !== null && depth < 100;
      prototype = Object.getPrototypeOf(prototype), depth += 1
    ) {
      const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
      if (typeof constructor !== "function") continue;
      const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
      if (typeof name === "string" && name !== "") return shorten(name);
    }
  } catch {
    // A Proxy that does not want to be asked: its class is not worth an error of another kind.
  }
  return "a class without a name";
}

/** `math.nested.twice`, up to the name at `index`. */
function titleOf(path: readonly string[], index: number): string {
  const shown = path.slice(0, index + 1);
  const names = shown.length > MAX_SHOWN ? ["…", ...shown.slice(-MAX_SHOWN)] : shown;
  return names.map(shorten).join(".");
}

function quote(name: string): string {
  return JSON.stringify(shorten(name));
}

/** A peer chooses its names, and their length. */
function shorten(name: string): string {
  return name.length > MAX_SHOWN_NAME ? `${name.slice(0, MAX_SHOWN_NAME)}…` : name;
}

const MAX_SHOWN = 8;
const MAX_SHOWN_NAME = 60;
