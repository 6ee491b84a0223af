// Whether a copy is what the original is: kinds, members, order, holes, -0 and NaN, and which objects are
// one and the same. Answers the path to the first difference.

export function difference(copy: unknown, original: unknown): string | undefined {
  return compare(copy, original, "value", new Map(), new Map());
}

type Pairs = Map<object, object>;

function compare(copy: unknown, original: unknown, path: string, there: Pairs, back: Pairs): string | undefined {
  if (typeof original !== "object" || original === null || typeof copy !== "object" || copy === null) {
    return Object.is(copy, original) ? undefined : `${path}: ${show(copy)} in place of ${show(original)}`;
  }
  if (there.has(original) || back.has(copy)) {
    return there.get(original) === copy && back.get(copy) === original ? undefined : `${path}: not the same object as elsewhere`;
  }
  there.set(original, copy);
  back.set(copy, original);
  if (Object.getPrototypeOf(copy) !== Object.getPrototypeOf(original)) return `${path}: another prototype`;
  return compareInside(copy, original, path, there, back);
}

function compareInside(copy: object, original: object, path: string, there: Pairs, back: Pairs): string | undefined {
  if (ArrayBuffer.isView(original) || original instanceof ArrayBuffer) {
    return Buffer.compare(bytesOf(copy), bytesOf(original)) === 0 ? undefined : `${path}: other bytes`;
  }
  if (original instanceof Map) return compareLists([...(copy as Map<unknown, unknown>)].flat(), [...original].flat(), path, there, back);
  if (original instanceof Set) return compareLists([...(copy as Set<unknown>)], [...original], path, there, back);
  if (original instanceof Date) return Object.is(Number(copy), Number(original)) ? undefined : `${path}: another time`;
  if (original instanceof RegExp || original instanceof URL)
    return (copy as URL).toString() === original.toString() ? undefined : `${path}: ${(copy as URL).toString()}`;
  if (original instanceof Number || original instanceof String || original instanceof Boolean) {
    return Object.is(copy.valueOf(), original.valueOf()) ? undefined : `${path}: another value in the box`;
  }
  if (Array.isArray(original) && (copy as unknown[]).length !== original.length) return `${path}: length ${(copy as unknown[]).length}`;
  const keys = keysOf(original);
  if (keysOf(copy).join() !== keys.join()) return `${path}: members ${keysOf(copy).join()} in place of ${keys.join()}`;
  for (const key of keys) {
    const found = compare(
      (copy as Record<string, unknown>)[key],
      (original as Record<string, unknown>)[key],
      `${path}.${key}`,
      there,
      back,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function compareLists(copy: unknown[], original: unknown[], path: string, there: Pairs, back: Pairs): string | undefined {
  if (copy.length !== original.length) return `${path}: ${copy.length} items`;
  for (const [index, item] of original.entries()) {
    const found = compare(copy[index], item, `${path}<${index}>`, there, back);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of errors, those that are hidden too; their order says nothing. */
function keysOf(value: object): string[] {
  return value instanceof Error ? Object.getOwnPropertyNames(value).sort() : Object.keys(value);
}

function bytesOf(value: object): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value as ArrayBuffer);
}

function show(value: unknown): string {
  return typeof value === "object" && value !== null
    ? Object.prototype.toString.call(value)
    : `${Object.is(value, -0) ? "-0" : String(value)}`.slice(0, 40);
}
