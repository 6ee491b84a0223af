// What a user says of a value before it is sent: pass it by reference, or move these parts of it.
// The marks hang on the values themselves, in weak tables, and hold for every connection.

const marked = new WeakSet<object>();
const moves = new WeakMap<object, readonly object[]>();
/** Lets the encoder skip the tables in programs that never mark anything. */
let anyMark = false;

declare const markedBrand: unique symbol;
/** What `proxy()` returns: the same object, which types know to pass by reference. */
export type Marked<T> = T & { readonly [markedBrand]?: true };

/**
 * Marks an object to be passed by reference instead of being copied, from now on and on every
 * connection. Its methods and accessors can be called from afar, but not what it inherits from a class of the
 * language or of Node; it stays here.
 *
 * @example
 * const settings = proxy({ theme: "dark", setTheme(theme) { this.theme = theme; } });
 * await api.use(settings); // over there, `await settings.setTheme("light")` changes this object
 */
export function proxy<T extends object>(value: T): Marked<T> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    throw new TypeError("proxy() marks objects and functions; other values are copied");
  marked.add(value);
  anyMark = true;
  return value;
}

/**
 * Base class for objects that always pass by reference. To pass one is to give it away: when the last
 * remote holder lets go, its `Symbol.dispose` or `Symbol.asyncDispose` is called, once.
 *
 * @example
 * class Session extends RemoteObject {
 *   [Symbol.dispose]() { closeFile(); }
 * }
 */
export class RemoteObject {
  declare private readonly remoteObjectBrand: true;
}

/**
 * Moves the listed ArrayBuffers and MessagePorts instead of copying them, when `value` (or a part of
 * it) is sent. Only between threads; elsewhere the call rejects with `UnserializableError`.
 *
 * @param value what is sent
 * @param list the ArrayBuffers and MessagePorts in it that move; they are unusable here afterwards
 * @example
 * await api.invert(transfer(pixels, [pixels.buffer]));
 */
export function transfer<T extends object>(value: T, list: readonly object[]): T {
  moves.set(value, [...list]);
  anyMark = true;
  return value;
}

export function isMarked(value: object): boolean {
  return anyMark && marked.has(value);
}

/** What moves when `value` is sent. */
export function movesOf(value: object): readonly object[] | undefined {
  return anyMark ? moves.get(value) : undefined;
}
