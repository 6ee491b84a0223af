// Members that are called get numbers on their connection, as long as there is room: their names are sent once.
import type { MemberPath } from "../core/messages.ts";
import { MAX_NAMES, MAX_NAMES_SIZE } from "./frame.ts";
import { isNameable } from "./frame-parts.ts";

export class MemberNumbers {
  readonly #numbers = new Map<string, number>();
  /** By number. */
  readonly #named: (readonly string[])[] = [[]];
  #size = 0;

  /** The number of the path; 0 if it has none yet. */
  find(path: MemberPath): number {
    const { names, interned } = path;
    // What a path carries may be its number on another connection, where it would call something else.
    if (interned !== 0 && interned < this.#named.length && isSame(this.#named[interned]!, names)) return interned;
    return (path.interned = this.#numbers.get(keyOf(names)) ?? 0);
  }

  /** A number for a path that has none; 0 when there is no room for more. */
  add(path: MemberPath): number {
    const { names } = path;
    const key = keyOf(names);
    const number = this.#named.length;
    if (number >= MAX_NAMES || this.#size + key.length > MAX_NAMES_SIZE) return 0;
    if (!isNameable(names) || names.some((name) => name.includes(SEPARATOR))) return 0;
    this.#size += key.length;
    this.#numbers.set(key, number);
    this.#named.push(names);
    return (path.interned = number);
  }
}

const SEPARATOR = "\0";

/** Told apart: no name, one that is empty, two that are. */
function keyOf(names: readonly string[]): string {
  return names.length === 0 ? "" : SEPARATOR + names.join(SEPARATOR);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
