// Where reach stops: the prototypes of the language, of the Web interfaces and of Node's own classes.
import { builtinModules, createRequire } from "node:module";
import { isProxy } from "node:util/types";

/**
 * Answers whether a prototype is the platform's. What it is cannot change: a prototype of Node's exists only
 * after its module was loaded, so each answer is kept, and only modules that are loaded already are looked into.
 */
export function createPlatformPrototypes(): (prototype: object) => boolean {
  const answers = new WeakMap<object, boolean>();
  const ofNode = createLoadedPrototypes();
  return (prototype) => {
    let answer = answers.get(prototype);
    if (answer === undefined) {
      answer = hasPlatformConstructor(prototype) || ofNode(prototype);
      answers.set(prototype, answer);
    }
    return answer;
  };
}

/** Tells the prototypes of the language by their constructors, whichever realm they are of. */
function hasPlatformConstructor(prototype: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  // A Proxy around a user's class reads as native code too.
  if (typeof constructor !== "function" || isProxy(constructor) || constructor.prototype !== prototype) return false;
  if (Function.prototype.toString.call(constructor).endsWith("{ [native code] }")) return true;
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
  return typeof name === "string" && WEB_INTERFACES.has(name) && Reflect.get(globalThis, name) === constructor;
}

function createLoadedPrototypes(): (prototype: object) => boolean {
  const known = new Set<object>(anonymousPrototypes());
  const seen = new Set<string>();
  const require = createRequire(import.meta.url);
  const publicModules = new Set(builtinModules);
  let lengthSeen = 0;

  const look = (): void => {
    const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
    if (moduleLoadList.length === lengthSeen) return;
    lengthSeen = moduleLoadList.length;
    for (const entry of moduleLoadList) {
      const name = entry.startsWith(LOADED) ? entry.slice(LOADED.length) : "";
      if (seen.has(name) || !publicModules.has(name) || name.startsWith("_")) continue;
      seen.add(name);
      const exports: unknown = require(`node:${name}`);
      for (const value of dataProperties(exports)) addChain(known, value);
    }
  };
  return (prototype) => {
    look();
    return known.has(prototype);
  };
}

/** How `process.moduleLoadList` marks modules in JavaScript. */
const LOADED = "NativeModule ";

function* dataProperties(exports: unknown): Iterable<unknown> {
  if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) return;
  yield exports;
  // Getters are not run: what they give loads with the class that is asked about.
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(exports))) yield value;
}

/** The prototype of a class, and those that it inherits, which modules often do not export. */
function addChain(known: Set<object>, value: unknown): void {
  let prototype: unknown = typeof value === "function" ? value.prototype : undefined;
  while (typeof prototype === "object" && prototype !== null && !known.has(prototype)) {
    known.add(prototype);
    prototype = Object.getPrototypeOf(prototype);
  }
}

/** Prototypes that no name leads to. */
function* anonymousPrototypes(): Iterable<object> {
  const instances = [
    [][Symbol.iterator](),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    ""[Symbol.iterator](),
    "".matchAll(/./g),
    (function* () {})(),
    (async function* () {})(),
    process,
    new Uint8Array(),
  ];
  for (const instance of instances) {
    // The prototype of one generator function's objects is that function's own; above it begins what all share.
    let prototype: unknown = Object.getPrototypeOf(instance);
    while (typeof prototype === "object" && prototype !== null) {
      yield prototype;
      prototype = Object.getPrototypeOf(prototype);
    }
  }
}

/** Globals that Node writes in JavaScript, some loaded only when asked for. */
const WEB_INTERFACES = new Set(
  (
    "AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CloseEvent CompressionStream CountQueuingStrategy " +
    "Crypto CryptoKey CustomEvent DecompressionStream DOMException Event EventSource EventTarget File FormData Headers MessageChannel " +
    "MessageEvent MessagePort Navigator Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver " +
    "PerformanceObserverEntryList PerformanceResourceTiming ReadableByteStreamController ReadableStream ReadableStreamBYOBReader " +
    "ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response Storage SubtleCrypto " +
    "TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL " +
    "URLSearchParams WebSocket WritableStream WritableStreamDefaultController WritableStreamDefaultWriter Buffer"
  ).split(" "),
);
