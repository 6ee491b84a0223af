// What a value is, told by its brand and not by `instanceof`: values of other realms (vm contexts) are
// what they are, and what only looks like a Map is none.

const MapSize = getter(Map.prototype, "size");
const SetSize = getter(Set.prototype, "size");
const regExpSource = getter(RegExp.prototype, "source");
const urlHref = getter(URL.prototype, "href");

function getter(prototype: object, name: string): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get!;
}

export function isPlainArray(value: object, prototype: unknown): value is unknown[] {
  if (!Array.isArray(value)) return false;
  // In every realm the prototype of arrays is an array itself, and that of a subclass is not.
  return prototype === Array.prototype || Array.isArray(prototype);
}

export function isPlainObject(value: object, prototype: unknown): boolean {
  if (prototype === null || prototype === Object.prototype) return true;
  // The same of another realm.
  return (
    typeof prototype === "object" &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf") &&
    !Array.isArray(value)
  );
}

export type Brand = "Map" | "Set" | "Date" | "RegExp" | "URL" | "boxed" | undefined;

export function brandOf(value: object): Brand {
  switch (Object.prototype.toString.call(value)) {
    case "[object Map]":
      return has(MapSize, value) ? "Map" : undefined;
    case "[object Set]":
      return has(SetSize, value) ? "Set" : undefined;
    case "[object Date]":
      return has(Date.prototype.getTime, value) ? "Date" : undefined;
    case "[object RegExp]":
      return value !== RegExp.prototype && has(regExpSource, value) ? "RegExp" : undefined;
    case "[object URL]":
      return has(urlHref, value) ? "URL" : undefined;
    case "[object Number]":
      return has(Number.prototype.valueOf, value) ? "boxed" : undefined;
    case "[object String]":
      return has(String.prototype.valueOf, value) ? "boxed" : undefined;
    case "[object Boolean]":
      return has(Boolean.prototype.valueOf, value) ? "boxed" : undefined;
    default:
      return undefined;
  }
}

/** Whether the internal slot that `read` asks for is there. */
function has(read: (this: never) => unknown, value: object): boolean {
  try {
    read.call(value as never);
    return true;
  } catch {
    return false;
  }
}

export function hrefOf(url: object): string {
  return urlHref.call(url) as string;
}
