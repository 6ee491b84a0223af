// What is refused of devalue's text before it costs: the text is scanned before it is parsed, and what
// was parsed, a flat list of entries that name each other by number, is walked before it is revived.
import { ProtocolError } from "../core/errors.ts";
import type { ValueLimits } from "../core/values.ts";
import type { ByteReader } from "./bytes.ts";
import { nestedTooDeep, tooManyNodes } from "./refusals.ts";
import { SPARSE_LENGTH, SPARSE_RATIO } from "./tags.ts";

const SPARSE = -7;
/** What a special value begins with that is an instance of a class; also any other string like it. */
const INSTANCE = "C";
/** devalue's list, and in it one entry. */
const TEXT_DEPTH = 2;
/** All that we let devalue write by a name. Others would decode base64 or look up globals. */
const NAMES: ReadonlySet<unknown> = new Set(["S", "Map", "Set", "Date", "RegExp", "Object", "null"]);

/** The entries of a text, safe to be revived. */
export interface Checked {
  readonly flat: unknown[];
  /** An object in it has a member `then`, of which nobody knows yet what it is. */
  readonly hasThen: boolean;
}

/** Parses the text. */
export function checkText(text: string, limits: ValueLimits, reader: ByteReader): Checked {
  reader.nodes += countNodes(text);
  if (reader.nodes > limits.nodes) throw tooManyNodes(limits.nodes);
  const flat: unknown = JSON.parse(text);
  if (!Array.isArray(flat)) throw new ProtocolError("A value without its parts");
  let hasThen = false;
  let hasInstances = false;
  for (const entry of flat as unknown[]) {
    if (entry === INSTANCE) hasInstances = true;
    if (typeof entry !== "object" || entry === null) continue;
    if (Array.isArray(entry)) checkEntry(entry, flat.length);
    if (Array.isArray(entry) ? entry.includes("then") : Object.hasOwn(entry, "then")) hasThen = true;
  }
  // Nothing is nested deeper than there are entries, and only of instances does it matter what is made first.
  if (hasInstances || flat.length > mostLevels(limits)) checkNesting(flat, mostLevels(limits), limits);
  return { flat, hasThen };
}

/** A registered class takes three levels of the list for each of its own. */
function mostLevels(limits: ValueLimits): number {
  return limits.depth * 3 + 8;
}

/** Counts what the text would become, without parsing it. Both sides count so. */
export function countNodes(text: string): number {
  let depth = 0;
  let nodes = 1;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x22: // "
        index = endOfString(text, index + 1);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        nodes += 1;
        if (depth > TEXT_DEPTH) throw new ProtocolError("A value's text is nested too deeply");
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x2c: // ,
        nodes += 1;
        break;
    }
  }
  return nodes;
}

function endOfString(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

function checkEntry(entry: readonly unknown[], count: number): void {
  const [first, length] = entry;
  if (typeof first === "string" && !NAMES.has(first)) throw new ProtocolError("A value of a kind that is not sent");
  if (first === "S" && !(typeof length === "number" && Number.isInteger(length) && length > 0 && length < count))
    throw new ProtocolError("A special value without its parts");
  if (first !== SPARSE) return;
  const items = (entry.length - 2) / 2;
  if (typeof length !== "number" || (length > SPARSE_LENGTH && length > items * SPARSE_RATIO))
    throw new ProtocolError(`An array claims length ${String(length)} and has ${items} items`);
}

interface Open {
  readonly index: number;
  readonly parts: readonly unknown[];
  /** Which of those is next. */
  next: number;
  /** How many special values are open, this one included. */
  readonly specials: number;
}

const DONE = -1;

/** Follows the entries as devalue will, without its recursion. */
function checkNesting(flat: readonly unknown[], most: number, limits: ValueLimits): void {
  /** Of each entry that is open its level, counted from 1. */
  const levels = new Int32Array(flat.length);
  const open: Open[] = [];
  const visit = (index: number): void => {
    const entry = flat[index];
    if (typeof entry !== "object" || entry === null || levels[index] === DONE) return;
    const specials = open.at(-1)?.specials ?? 0;
    const level = levels[index]!;
    if (level > 0) {
      // What a special value is made of must be whole before it can be made.
      if (specials > open[level - 1]!.specials - isSpecial(entry)) throw new ProtocolError("A special value contains itself");
      return;
    }
    if (open.length >= most) throw nestedTooDeep(limits.depth);
    levels[index] = open.push({ index, parts: partsOf(entry), next: firstNamed(entry), specials: specials + isSpecial(entry) });
  };
  visit(0);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const part = top.parts[top.next];
    if (top.next < top.parts.length) {
      // Of a sparse array every other number is an index in it.
      top.next += top.parts[0] === SPARSE ? 2 : 1;
      if (typeof part === "number") visit(part);
    } else {
      levels[top.index] = DONE;
      open.pop();
    }
  }
}

function isSpecial(entry: object): 0 | 1 {
  return Array.isArray(entry) && entry[0] === "S" ? 1 : 0;
}

function partsOf(entry: object): readonly unknown[] {
  return Array.isArray(entry) ? entry : Object.values(entry);
}

/** Where the entries that it names begin: of a sparse array after its mark, its length and an index. */
function firstNamed(entry: object): number {
  return Array.isArray(entry) && entry[0] === SPARSE ? 3 : 0;
}
