// A policy as Node's host would make it, small enough to see through.
import { EventEmitter } from "node:events";
import { types } from "node:util";
import { constants, runInThisContext } from "node:vm";
import type { ReachPolicy } from "../../lib/core/reach-rules.ts";

const platform = new Set<object>(
  [
    Object,
    Function,
    Array,
    Map,
    Set,
    WeakMap,
    Date,
    RegExp,
    Promise,
    Error,
    Uint8Array,
    Object.getPrototypeOf(Uint8Array),
    Buffer,
    EventEmitter,
    URL,
    ArrayBuffer,
  ].map((Class) => (Class as { prototype: object }).prototype),
);
platform.add(Object.getPrototypeOf(process) as object);

export function policyOf(marks: readonly object[] = [], fields = false): ReachPolicy {
  return {
    fields,
    isPlatformPrototype: (prototype) => platform.has(prototype),
    isModule: (value) => types.isModuleNamespaceObject(value),
    isMarked: (value) => marks.includes(value),
    isEmitter: (value) => marks.includes(value) && value instanceof EventEmitter,
  };
}

/** A module as users write them: functions, an instance, a binding that changes, a default export. */
const SOURCE = `
  export class Counter { hidden = 1; count() { return 1; } }
  export const counter = new Counter();
  export const holder = { counter };
  export let live = 0;
  export function advance() { live += 1; }
  export function add(left, right) { return left + right; }
  export default { only: 1 };
`;

export interface SampleModule {
  readonly counter: { count(): number };
  readonly live: number;
  readonly default: { readonly only: number };
  advance(): void;
  add(left: number, right: number): number;
}

/** A real module namespace: what a test runner loads from a file is an object of its own making. */
export function loadSampleModule(): Promise<SampleModule> {
  const load = runInThisContext("(url) => import(url)", { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }) as (
    url: string,
  ) => Promise<SampleModule>;
  return load(`data:text/javascript,${encodeURIComponent(SOURCE)}`);
}
