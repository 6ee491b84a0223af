// What every far side serves, whatever carries the calls: the same work for nearcall, for raw Node and for the peers.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "acorn";

export const add = (left, right) => left + right;
export const echo = (value) => value;

export function fail(message) {
  throw new RangeError(message, { cause: { at: "the far side" } });
}

/** A call of a few milliseconds over a real file: read it, parse it, hash it. */
export function work(path) {
  const source = readFileSync(path, "utf8");
  const tree = parse(source, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
  return { statements: tree.body.length, hash: createHash("sha256").update(source).digest("hex") };
}

/** Calls back so many times, one after the other, and returns the sum of the answers. */
export async function withCallback(times, callback) {
  let sum = 0;
  for (let index = 0; index < times; index += 1) sum += await callback(index);
  return sum;
}

export async function* items(count) {
  for (let index = 0; index < count; index += 1) yield index;
}
