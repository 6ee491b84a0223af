// The rules of reach: what of an object can be called, read or walked through from afar. Pure decisions
// over names and descriptors; `reach` walks by them, `describe` lists by them.
import { nodeOf } from "./node.ts";

/** What the rules need to know of the machine and of the connection. */
export interface ReachPolicy {
  /** Own fields of class instances can be reached too. */
  readonly fields: boolean;
  /** The prototype is the language's or Node's; nothing of it, or above it, is reached. */
  isPlatformPrototype(prototype: object): boolean;
  /** The value is a module namespace: what it exports directly can be walked through. */
  isModule(value: object): boolean;
  /** A path may lead through this instance: `proxy(x)`, `RemoteObject`, exposed or constructed by the peer. */
  isMarked(value: object): boolean;
  /** A marked event emitter: `on`, `once` and `off` are reached though they are Node's. */
  isEmitter(value: object): boolean;
}

/** Whether `name` may be read on `holder` at all. Reads nothing but descriptors. */
export function canReach(holder: object, name: string, policy: ReachPolicy): boolean {
  if (!isPublicName(name)) return false;
  if (typeof holder === "function") return (Object.hasOwn(holder, name) && !FUNCTION_NAMES.has(name)) || nodeOf(holder) !== undefined;
  const prototype: unknown = Object.getPrototypeOf(holder);
  // Nothing is inherited here, and modules, which are among these, answer `in` three times as fast as `hasOwn`.
  if (prototype === null) return name in holder;
  if (prototype === Object.prototype) return Object.hasOwn(holder, name);
  return canReachInstance(holder, prototype as object, name, policy);
}

/** Whether `name` may be assigned or deleted on `holder`, where the exposing side allows that at all. */
export function canWrite(holder: object, name: string, policy: ReachPolicy): boolean {
  if (!isPublicName(name) || (typeof holder === "function" && FUNCTION_NAMES.has(name))) return false;
  // A remote's own far side decides.
  if (nodeOf(holder) !== undefined) return true;
  if (isPlain(holder)) return true;
  // Not far beyond the end: a hole of four thousand million items hangs whoever walks over it.
  if (Array.isArray(holder)) return INDEX.test(name) && Number(name) <= holder.length;
  if (Object.hasOwn(holder, name)) return canReach(holder, name, policy) && (policy.fields || typeof holder === "function");
  return typeof holder !== "function" && declaration(holder, name, policy)?.set !== undefined;
}

/** Whether a path may lead on through `value`, however it was come by. */
export function canWalk(value: unknown, policy: ReachPolicy): value is object {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return isPlain(value) || isPlainArray(value, policy) || policy.isMarked(value);
}

/** Names that are never reached, on whatever object: what every object has, `then`, and what begins with `_`. */
export function isPublicName(name: string): boolean {
  return name.charCodeAt(0) !== UNDERSCORE && !NEVER.has(name);
}

/** What a prototype of the user's declares under `name`: a method, an accessor, or some other value. */
export function declaration(holder: object, name: string, policy: ReachPolicy): PropertyDescriptor | undefined {
  for (const prototype of prototypesOf(holder, policy)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** The prototypes of an instance up to, and without, the first that is the platform's. */
export function prototypesOf(holder: object, policy: ReachPolicy): object[] {
  const prototypes: object[] = [];
  let prototype: unknown = Object.getPrototypeOf(holder);
  // A Proxy can name itself as its prototype.
  while (isObject(prototype) && prototypes.length < MAX_PROTOTYPES && !policy.isPlatformPrototype(prototype)) {
    prototypes.push(prototype);
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototypes;
}

/** An object literal or a module: made of nothing but what was put into it. Of any realm. */
export function isPlain(value: object): boolean {
  if (typeof value === "function") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeignRoot(prototype as object);
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Own names of a function that say how it was written, and none of its members. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(["name", "length", "arguments", "caller", "prototype"]);

/** What of a marked emitter is reached. */
export const EMITTER_NAMES: readonly string[] = ["on", "once", "off", "addEventListener", "removeEventListener"];

const NEVER: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), "then", "prototype"]);
const UNDERSCORE = 95;
const MAX_PROTOTYPES = 100;
const INDEX = /^(?:0|[1-9]\d*)$/;

function canReachInstance(holder: object, prototype: object, name: string, policy: ReachPolicy): boolean {
  if (isForeignRoot(prototype)) return Object.hasOwn(holder, name);
  if (Array.isArray(holder) && INDEX.test(name)) return Object.hasOwn(holder, name);
  if (Object.hasOwn(holder, name)) return canReachField(holder, prototype, name, policy);
  for (
    let at: unknown = prototype, depth = 0;
    isObject(at) && depth < MAX_PROTOTYPES && !policy.isPlatformPrototype(at);
    at = Object.getPrototypeOf(at), depth += 1
  ) {
    if (Object.hasOwn(at, name)) return policy.fields || isMember(Object.getOwnPropertyDescriptor(at, name));
  }
  return EMITTER_NAMES.includes(name) && name in holder && policy.isEmitter(holder);
}

/** An own field: only where fields are reached, or where it is a method that was bound to its object. */
function canReachField(holder: object, prototype: object, name: string, policy: ReachPolicy): boolean {
  if (policy.fields) return !policy.isPlatformPrototype(prototype);
  const own: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
  return typeof own === "function" && typeof declaration(holder, name, policy)?.value === "function";
}

function isMember(descriptor: PropertyDescriptor | undefined): boolean {
  return (
    descriptor !== undefined && (descriptor.get !== undefined || descriptor.set !== undefined || typeof descriptor.value === "function")
  );
}

/** An array, and no instance of a class that extends it. */
function isPlainArray(value: object, policy: ReachPolicy): boolean {
  if (!Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return isObject(prototype) && policy.isPlatformPrototype(prototype);
}

/** `Object.prototype` of another realm (a vm context), told by what it has. */
function isForeignRoot(prototype: object): boolean {
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty") && Object.hasOwn(prototype, "isPrototypeOf")
  );
}
