// How a value that cannot be sent is named: where it stands, what it is, and what to do about it.
import { UnserializableError } from "../core/errors.ts";

/** The names on the way to the value that is being written, the root's first. What stands behind its depth is stale. */
export type Path = (string | number)[];

export const THEN = "an own method `then` would make whoever awaits the value wait for it; rename it";
export const PROTO = "an own property `__proto__` cannot be sent; rename it, or send a Map";
export const MOVED_AWAY = "its memory was moved away; send it before it is transferred, or send a copy";
export const CHANGED = "it changed while it was being sent";

/** The error for a value at `path`, and what is wrong with it. */
export function refuse(path: Path, depth: number, reason: string): UnserializableError {
  const place = formatPath(path, depth);
  return new UnserializableError(`${place}: ${reason}`, place);
}

/** The error for a value of a kind that cannot be sent. */
export function unserializable(value: unknown, path: Path, depth: number): UnserializableError {
  return refuse(path, depth, describe(value));
}

export function tooDeep(path: Path, limit: number): UnserializableError {
  const place = formatPath(path, Math.min(limit, 5));
  return new UnserializableError(
    `${place}…: nested more than ${limit} levels deep (limits.depth); send a flat list, or pass a part by reference with proxy()`,
    place,
  );
}

/** `args[0].rows[3].handle` */
function formatPath(path: Path, depth: number): string {
  let place = "";
  for (let index = 0; index <= depth; index += 1) {
    const name = path[index] ?? "";
    if (typeof name === "number") place += `[${name}]`;
    else if (index === 0) place += name;
    else place += /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  }
  return place;
}

function describe(value: unknown): string {
  if (typeof value === "symbol") return `${String(value)} cannot be sent; send a string`;
  if (typeof value === "function") return "a function cannot be sent here";
  const name = classNameOf(value as object);
  if (name === "WeakMap" || name === "WeakSet" || name === "WeakRef")
    return `a ${name} cannot be copied; pass it by reference with proxy()`;
  if (name === "MessagePort") return "a MessagePort cannot be copied; list it in transfer()";
  return `an instance of ${name} cannot be copied; pass it by reference with proxy(), extend RemoteObject, or register its class with classCodec()`;
}

function classNameOf(value: object): string {
  try {
    const name: unknown = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
    return typeof name === "string" && name !== "" ? name : "an unnamed class";
  } catch {
    return "a class that does not let itself be looked at";
  }
}
