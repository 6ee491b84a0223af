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

/** Whether a class of the language or the platform has this prototype, in whatever realm, and none that extends one. */
export function isBuiltIn(prototype: object): boolean {
  const above: unknown = Object.getPrototypeOf(prototype);
  return above !== null && Object.getPrototypeOf(above) === null;
}

export type Brand = "Map" | "Set" | "Date" | "RegExp" | "URL" | "boxed" | undefined;

/** By what `Object.prototype.toString` says, what asks for the internal slot of such. */
const BRANDS: Readonly<Record<string, readonly [Brand, (this: never) => unknown]>> = {
  "[object Map]": ["Map", MapSize],
  "[object Set]": ["Set", SetSize],
  "[object Date]": ["Date", Date.prototype.getTime],
  "[object RegExp]": ["RegExp", regExpSource],
  "[object URL]": ["URL", urlHref],
  "[object Number]": ["boxed", Number.prototype.valueOf],
  "[object String]": ["boxed", String.prototype.valueOf],
  "[object Boolean]": ["boxed", Boolean.prototype.valueOf],
};

export function brandOf(value: object, prototype: object): Brand {
  const known = BRANDS[Object.prototype.toString.call(value)];
  return known !== undefined && isBuiltIn(prototype) && has(known[1], value) ? known[0] : undefined;
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
