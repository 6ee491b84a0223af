// Where in a value something stands that turned out only later not to be sendable: what is moved,
// shared or streamed is decided on when everything else is written already.
import { UnserializableError } from "../core/errors.ts";
import { type Path, refuse } from "./unserializable.ts";

/** Objects that are searched at most. */
const LONGEST_SEARCH = 10_000;

/** The error, with the path to `culprit` in it if it is of the kind that names one and does not yet. */
export function withPath(error: unknown, root: unknown, rootName: string, culprit: unknown): unknown {
  if (!(error instanceof UnserializableError) || error.path !== "" || culprit === undefined) return error;
  const path = pathTo(root, rootName, culprit);
  if (path === undefined) return error;
  const named = refuse(path, path.length - 1, error.message);
  if (error.cause !== undefined) named.cause = error.cause;
  return named;
}

/** Level by level, so that the shortest way is found, and without running an accessor. */
function pathTo(root: unknown, rootName: string, culprit: unknown): Path | undefined {
  const waiting: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: [rootName] }];
  const seen = new Set<unknown>();
  for (const { value, path } of waiting) {
    if (value === culprit) return path;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    if (seen.add(value).size > LONGEST_SEARCH) return undefined;
    for (const [key, member] of membersOf(value)) waiting.push({ value: member, path: [...path, key] });
  }
  return undefined;
}

function membersOf(value: object): [string | number, unknown][] {
  if (value instanceof Map) return [...value].map(([key, item], index) => [typeof key === "string" ? key : `<value ${index}>`, item]);
  if (value instanceof Set) return [...value].map((item, index) => [index, item]);
  const members: [string | number, unknown][] = [];
  for (const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (member !== null && (typeof member === "object" || typeof member === "function"))
      members.push([Array.isArray(value) ? Number(key) : key, member]);
  }
  return members;
}
