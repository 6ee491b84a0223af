// What was thrown is what is caught: an error becomes a record of plain parts, and a record becomes
// an error of the same class again. Both directions are pure; the wire writes the parts.
import {
  AlreadyOwnedError,
  DisposedError,
  LimitError,
  NotExposedError,
  PeerLostError,
  ProtocolError,
  QueueFullError,
  RpcError,
  StaleReferenceError,
  TimeoutError,
  UnserializableError,
  ValidationError,
} from "./errors.ts";
import { trimStack } from "./trim-stack.ts";

/**
 * The parts of an error, in the order in which they cross. `own` holds cause, errors, code and every
 * other own property; its values may be anything that can cross, errors among them.
 */
export type ErrorRecord = [className: string, name: string, message: string, stack: string, own: Record<string, unknown>];

/** The record of an error. Never throws: what cannot be read is left out, and named in `own.unsent`. */
export function errorToRecord(error: object): ErrorRecord {
  const className = classNameOf(error);
  const name = textOf(error, "name") ?? className;
  const message = textOf(error, "message") ?? "(the error's message could not be read)";
  return [className, name, message, trimStack(textOf(error, "stack") ?? ""), ownOf(error)];
}

/** What a peer gets to see that is not the owner's: name, message and code. */
export function publicRecord(error: object): ErrorRecord {
  const className = classNameOf(error);
  const code = partOf(error, "code");
  const own: Record<string, unknown> = typeof code === "string" || typeof code === "number" ? { code } : {};
  return [className, textOf(error, "name") ?? className, textOf(error, "message") ?? "", "", own];
}

/** The same record without the own properties that turned out not to be sendable; `own.unsent` names them. */
export function withoutProperties(record: ErrorRecord, names: readonly string[]): ErrorRecord {
  const [className, name, message, stack, own] = record;
  const before = Array.isArray(own["unsent"]) ? (own["unsent"] as unknown[]) : [];
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(own)) if (!names.includes(key)) kept[key] = own[key];
  kept["unsent"] = [...before, ...names.filter((key) => !before.includes(key))];
  return [className, name, message, stack, kept];
}

/** What goes for the error where something that it holds cannot be sent: it keeps what is plain, and errors of such. */
export function plainly(error: Error, made: Map<Error, Error> = new Map()): Error {
  const known = made.get(error);
  if (known !== undefined) return known;
  const [, name, message, stack, { unsent: before, ...own }] = errorToRecord(error);
  const plain = Object.create(Object.getPrototypeOf(error) as object) as Error;
  made.set(error, plain);
  const unsent: unknown[] = Array.isArray(before) ? [...(before as unknown[])] : [];
  const within = (inner: Error): Error => plainly(inner, made);
  for (const [key, value] of Object.entries({ name, message, stack })) define(plain, key, value, false);
  for (const [key, value] of Object.entries(own)) {
    if (isError(value)) define(plain, key, within(value), false);
    else if (Array.isArray(value) && value.every(isError)) define(plain, key, value.map(within), false);
    else if ((typeof value === "object" && value !== null) || typeof value === "function") unsent.push(key);
    else define(plain, key, value, true);
  }
  if (unsent.length > 0) define(plain, "unsent", unsent, true);
  return plain;
}

/** Whether what a peer sent is a record at all. */
export function isErrorRecord(value: unknown): value is ErrorRecord {
  if (!Array.isArray(value) || value.length !== 5) return false;
  for (let index = 0; index < 4; index += 1) if (typeof value[index] !== "string") return false;
  return typeof value[4] === "object" && value[4] !== null && !Array.isArray(value[4]);
}

/** The error of a record, whose stack is the far one. The record may come from a peer that means harm. */
export function recordToError(record: ErrorRecord): Error {
  const error = bareError(record);
  assignOwn(error, record[4]);
  return error;
}

/**
 * The error without its own properties, for values that contain themselves: make it, then decode `own`,
 * then `assignOwn`. An error of nearcall's own takes its code from `own` at once if it is there.
 */
export function bareError(record: ErrorRecord): Error {
  const [className, name, message, stack, own] = record;
  const error = construct(className, message, name, own);
  if (error.name !== name && !(className === "RpcError" && ownClassNames.has(name))) define(error, "name", name, false);
  define(error, "stack", stack === "" ? `${name}: ${message}` : stack, false);
  return error;
}

/** Gives a revived error its own properties, by definition only: no setter runs, no prototype changes. */
export function assignOwn(error: Error, own: Record<string, unknown>): void {
  const isOurs = error instanceof RpcError;
  for (const key of Object.keys(own)) {
    if (FORBIDDEN.has(key) || WRITTEN_APART.has(key)) continue;
    // `code` was checked when the error was made, and a peer does not decide whether it is remote.
    if (isOurs && (key === "code" || key === "remote" || !isLike(own[key], (error as unknown as Record<string, unknown>)[key]))) continue;
    if (key === "errors" && error instanceof AggregateError && !Array.isArray(own[key])) continue;
    define(error, key, own[key], !HIDDEN.has(key));
  }
}

/** What a peer says takes the place of what stands there only if it is of that kind. */
function isLike(value: unknown, before: unknown): boolean {
  return before === undefined || (typeof value === typeof before && Array.isArray(value) === Array.isArray(before));
}

/** Adds where the call was made to the far stack. */
export function appendLocalStack(error: Error, localStack: string): void {
  const frames = localStack.indexOf("\n    at ");
  const far: unknown = error.stack;
  // Says false, and nothing else, where the error is frozen: the far stack is better than none.
  Reflect.set(
    error,
    "stack",
    `${typeof far === "string" ? far : ""}\n    at <called from here>${frames === -1 ? "" : localStack.slice(frames)}`,
  );
}

/** Told by brand, so that errors of other realms count, and what only looks like an error does not. */
export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  try {
    if (value instanceof Error) return true;
    const tag = toTag.call(value);
    // The brand of an error gives way to a tag, which anything can carry.
    if (tag === "[object Error]") return !(Symbol.toStringTag in value);
    return tag === "[object DOMException]" && !Object.hasOwn(value, Symbol.toStringTag) && "code" in value;
  } catch {
    // A hostile Proxy's trap.
    return false;
  }
}

const toTag = Object.prototype.toString;

/** Never own properties of a revived error: they change what an object is, or break whoever prints it. */
const FORBIDDEN: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype", "then"]);
/** Parts of the record themselves. */
const WRITTEN_APART: ReadonlySet<string> = new Set(["name", "message", "stack"]);
/** Own properties that the language makes non-enumerable. */
const HIDDEN: ReadonlySet<string> = new Set(["cause", "errors", "error", "suppressed"]);

type BuiltIn = (message: string, name: string) => Error;

/** Every class that is revived as itself. Nothing is looked up by a name that a peer sent but here. */
const builtIns: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ["Error", (message) => new Error(message)],
  ["TypeError", (message) => new TypeError(message)],
  ["RangeError", (message) => new RangeError(message)],
  ["ReferenceError", (message) => new ReferenceError(message)],
  ["SyntaxError", (message) => new SyntaxError(message)],
  ["EvalError", (message) => new EvalError(message)],
  ["URIError", (message) => new URIError(message)],
  ["AggregateError", (message) => new AggregateError([], message)],
  ["DOMException", (message, name) => new DOMException(message, name)],
]);

const builtInPrototypes = new Map<object, string>([
  [Error.prototype, "Error"],
  [TypeError.prototype, "TypeError"],
  [RangeError.prototype, "RangeError"],
  [ReferenceError.prototype, "ReferenceError"],
  [SyntaxError.prototype, "SyntaxError"],
  [EvalError.prototype, "EvalError"],
  [URIError.prototype, "URIError"],
  [AggregateError.prototype, "AggregateError"],
  [DOMException.prototype, "DOMException"],
]);

/** All of them cross under one name; which of them is revived, their code decides. */
const ownClassNames: ReadonlySet<string> = new Set(
  [
    RpcError,
    PeerLostError,
    TimeoutError,
    UnserializableError,
    NotExposedError,
    StaleReferenceError,
    DisposedError,
    LimitError,
    QueueFullError,
    ValidationError,
    AlreadyOwnedError,
    ProtocolError,
  ].map((Class) => Class.name),
);

/** The class as which the error is revived: its own, or the nearest above it that both sides have. */
function classNameOf(error: object): string {
  try {
    if (error instanceof RpcError) return "RpcError";
    for (
      let prototype: unknown = Object.getPrototypeOf(error);
      typeof prototype === "object" && prototype !== null;
      prototype = Object.getPrototypeOf(prototype)
    ) {
      const known = builtInPrototypes.get(prototype) ?? foreignClassName(prototype);
      if (known !== undefined) return known;
    }
  } catch {
    // A hostile Proxy's trap.
  }
  return "Error";
}

/** The same class of another realm, which has prototypes of its own. */
function foreignClassName(prototype: object): string | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function" || !builtIns.has(constructor.name)) return undefined;
  return constructor.name;
}

function construct(className: string, message: string, name: string, own: Record<string, unknown>): Error {
  const limit = Error.stackTraceLimit;
  // To capture a stack costs eight times as much as the rest, and it is replaced by the far one.
  Error.stackTraceLimit = 0;
  try {
    if (className === "RpcError") {
      const code: unknown = Object.hasOwn(own, "code") ? own["code"] : undefined;
      return ownError(typeof code === "string" ? code : "ERR_REMOTE", message);
    }
    return (builtIns.get(className) ?? plainError)(message, name);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * An error of nearcall's that the far side made. Those classes are revived as themselves that say what is wrong
 * with the call; never those by which retries are decided, since a peer could make them.
 */
function ownError(code: string, message: string): RpcError {
  const error = ownClasses.get(code)?.(message);
  if (error === undefined) return new RpcError(code, message, { remote: true });
  Object.defineProperty(error, "remote", { value: true, enumerable: false });
  return error;
}

const ownClasses: ReadonlyMap<string, (message: string) => RpcError> = new Map<string, (message: string) => RpcError>([
  ["ERR_NOT_EXPOSED", (message) => new NotExposedError(message)],
  ["ERR_UNSERIALIZABLE", (message) => new UnserializableError(message, "")],
  ["ERR_STALE_REFERENCE", (message) => new StaleReferenceError(message)],
  ["ERR_LIMIT", (message) => new LimitError(message, "", 0)],
  ["ERR_VALIDATION", (message) => new ValidationError(message, [])],
]);

function plainError(message: string): Error {
  return new Error(message);
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

function partOf(error: object, key: string): unknown {
  try {
    return (error as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function textOf(error: object, key: string): string | undefined {
  const part = partOf(error, key);
  return typeof part === "string" ? part : undefined;
}

/** Own properties: those that can be listed, and those that the language hides. */
function ownOf(error: object): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  const unsent: string[] = [];
  for (const key of ownKeysOf(error)) {
    if (WRITTEN_APART.has(key) || Object.hasOwn(own, key)) continue;
    if (FORBIDDEN.has(key)) unsent.push(key);
    else read(error, key, own, unsent);
  }
  if (unsent.length > 0) own["unsent"] = unsent;
  return own;
}

function ownKeysOf(error: object): string[] {
  try {
    const keys = Object.keys(error);
    for (const key of HIDDEN) if (Object.hasOwn(error, key)) keys.push(key);
    return keys;
  } catch {
    return [];
  }
}

function read(error: object, key: string, own: Record<string, unknown>, unsent: string[]): void {
  try {
    own[key] = (error as Record<string, unknown>)[key];
  } catch {
    unsent.push(key);
  }
}
