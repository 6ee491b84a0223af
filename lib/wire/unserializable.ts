// How a value that cannot cross is named: where it stands, what it is, and what to do about it.
import { UnserializableError } from "../core/errors.ts";

/** Levels of nesting that are sent at most; what is deeper would overflow somebody's stack. */
export const MAX_DEPTH = 1000;

/** The names on the way to the value that is being written, the root's first. */
export type Path = (string | number)[];

/** `args[0].rows[3].handle`. Only the first `depth` names after the root count. */
export function formatPath(path: Path, depth: number): string {
  let text = "";
  for (let index = 0; index <= depth; index += 1) {
    const name = path[index];
    if (typeof name === "number") text += `[${name}]`;
    else if (index === 0) text += name;
    else text += /^[A-Za-z_$][\w$]*$/.test(name ?? "") ? `.${name}` : `[${JSON.stringify(name)}]`;
  }
  return text;
}

export function tooDeep(path: Path): UnserializableError {
  const text = formatPath(path, 5);
  return new UnserializableError(`${text}…: nested more than ${MAX_DEPTH} levels deep; send a flat list, or pass a part by reference with proxy()`, text);
}

/** The error for `value`, which stands at `path`. */
export function unserializable(value: unknown, path: Path, depth: number): UnserializableError {
  const text = formatPath(path, depth);
  return new UnserializableError(`${text}: ${describe(value)}`, text);
}

export function refuse(path: Path, depth: number, what: string): UnserializableError {
  const text = formatPath(path, depth);
  return new UnserializableError(`${text}: ${what}`, text);
}

function describe(value: unknown): string {
  if (typeof value === "symbol") return `a symbol (${String(value)}) cannot be sent; send a string`;
  if (typeof value === "function") return "this function cannot be sent here";
  const name = classNameOf(value as object);
  if (name === "WeakMap" || name === "WeakSet" || name === "WeakRef") return `a ${name} cannot be sent; pass it by reference with proxy()`;
  return `an instance of ${name} cannot be copied; pass it by reference with proxy(value), extend RemoteObject, or register it with classCodec()`;
}

function classNameOf(value: object): string {
  try {
    const name: unknown = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
    return typeof name === "string" && name !== "" ? name : "an unnamed class";
  } catch {
    return "a class that does not let itself be looked at";
  }
}
