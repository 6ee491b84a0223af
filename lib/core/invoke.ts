// Does to a member what a call asks for, by the rules of reach. Knows nothing of messages.
import { describeMembers } from "./describe.ts";
import { NotExposedError } from "./errors.ts";
import { titleOfCall } from "./connection.ts";
import { listenFromAfar } from "./listen-from-afar.ts";
import type { CallOp } from "./messages.ts";
import { explainStop } from "./not-exposed.ts";
import { reach, reachHolder } from "./reach.ts";
import { canReach, canWalk, canWrite, EMITTER_NAMES, isObject, type ReachPolicy } from "./reach-rules.ts";
import { reachableNames } from "./reachable-names.ts";

export interface InvokePolicy extends ReachPolicy {
  /** `set` and `delete` are allowed. */
  readonly writable: boolean;
  /** The peer made this object. */
  constructed(value: object): void;
}

/** What the member gives; a promise where it does. Throws what the member throws, and refusals. */
export function invoke(start: object, op: CallOp, path: readonly string[], args: readonly unknown[], policy: InvokePolicy): unknown {
  switch (op) {
    case "call":
      return callMember(start, path, args, policy);
    case "get":
      return path.length === 0 ? start : reach(start, path, policy).value;
    case "construct":
      return construct(start, path, args, policy);
    case "set":
    case "delete":
      return write(start, op, path, args[0], policy);
    case "has":
      return path.length === 0 || canReach(reachHolder(start, path, policy), lastOf(path), policy);
    case "keys":
      return reachableNames(reachTarget(start, path, policy), policy);
    case "describe":
      return describeMembers(reachTarget(start, path, policy), policy);
  }
}

function callMember(start: object, path: readonly string[], args: readonly unknown[], policy: InvokePolicy): unknown {
  if (path.length === 0) {
    if (typeof start === "function") return Reflect.apply(start, undefined, args);
    // So objects listen to events. Whoever tells of them cannot see which remotes are functions.
    if (!canReach(start, "handleEvent", policy)) throw notFunction("call", path);
    path = ["handleEvent"];
  }
  const { holder, value } = reach(start, path, policy);
  if (typeof value !== "function") throw notFunction("call", path);
  const name = lastOf(path);
  const listened = EMITTER_NAMES.includes(name) && policy.isEmitter(holder) ? listenFromAfar(holder, name, args) : undefined;
  return listened === undefined ? Reflect.apply(value, holder, args) : listened.result;
}

function construct(start: object, path: readonly string[], args: readonly unknown[], policy: InvokePolicy): unknown {
  const Class = path.length === 0 ? start : reach(start, path, policy).value;
  if (typeof Class !== "function") throw notFunction("construct", path);
  const made: unknown = Reflect.construct(Class, args);
  if (isObject(made) && isInstance(made, Class)) policy.constructed(made);
  return made;
}

/** What a function gives that is no class was not made for the caller. No trap and no `Symbol.hasInstance` runs. */
function isInstance(made: object, Class: object): boolean {
  const prototype: unknown = Object.getOwnPropertyDescriptor(Class, "prototype")?.value;
  return isObject(prototype) && Object.prototype.isPrototypeOf.call(prototype, made);
}

function write(start: object, op: "set" | "delete", path: readonly string[], value: unknown, policy: InvokePolicy): boolean {
  const name = path.join(".");
  if (!policy.writable)
    throw new NotExposedError(
      `${name} cannot be ${op === "set" ? "set" : "deleted"}: what is exposed is read-only. Expose it with writable: true.`,
    );
  const holder = reachHolder(start, path, policy);
  const last = lastOf(path);
  if (!canWrite(holder, last, policy))
    throw new NotExposedError(`${name} cannot be ${op === "set" ? "set" : "deleted"}: it is not a writable member of what is exposed.`);
  if (op === "delete") return Reflect.deleteProperty(holder, last);
  (holder as Record<string, unknown>)[last] = value;
  return true;
}

/** An object whose members are listed. */
function reachTarget(start: object, path: readonly string[], policy: InvokePolicy): object {
  if (path.length === 0) return start;
  const { holder, value } = reach(start, path, policy);
  if (canWalk(value, policy) || (isObject(value) && policy.isModule(holder))) return value;
  throw explainStop(value, path, path.length - 1);
}

function lastOf(path: readonly string[]): string {
  return path[path.length - 1] ?? "";
}

function notFunction(op: CallOp, path: readonly string[]): TypeError {
  const title = titleOfCall(op, path);
  const name = path.length === 0 ? "what is exposed" : path.join(".");
  return new TypeError(op === "construct" ? `${title}: ${name} is not a class` : `${title}: ${name} is not a function`);
}
