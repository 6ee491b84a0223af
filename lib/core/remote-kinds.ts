// What the types of remotes need to know of any type before they turn it into what crosses: which names
// can be reached, which values are copied as they are, and which cannot be sent at all. Types only.
import type { Marked } from "./marks.ts";

declare const farBrand: unique symbol;

/**
 * Anything that stands for a `T` of the far side: a remote, or the promise of a call. Goes wherever a
 * member over there takes a `T`.
 */
export interface RemoteValue<out T> {
  readonly [farBrand]: T;
}

/**
 * The instance types of classes that are copied with `classCodec`, so that types know. Add yours:
 *
 * @example
 * declare module "nearcall" {
 *   interface CopiedClasses { point: Point }
 * }
 */
export interface CopiedClasses {}

export type CopiedInstance = CopiedClasses[keyof CopiedClasses];

export type Primitive = string | number | bigint | boolean | null | undefined | void;

export type AnyFunction = (...args: never[]) => unknown;
export type AnyConstructor = abstract new (...args: never[]) => unknown;

/** `any` and `unknown` stay what they are. */
export type IsLoose<T> = unknown extends T ? true : false;
export type IsNever<T> = [T] extends [never] ? true : false;
/** A tuple, and not an array of any length. */
export type IsTuple<T extends readonly unknown[]> = T[number][] extends T ? false : true;
export type IsSame<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

type NeverReached =
  | "constructor"
  | "prototype"
  | "then"
  | "toString"
  | "toLocaleString"
  | "valueOf"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable"
  // Asked by tools of any value, and answered on this side.
  | "toJSON"
  | "asymmetricMatch"
  | "$$typeof"
  | "nodeType";

/** Node's EventEmitter, told by what no other thing has. Of it `on`, `once` and `off` are reached. */
interface EmitterLike {
  setMaxListeners(count: number): unknown;
  rawListeners(name: string): unknown;
}
export type ListenerKey = "on" | "once" | "off";
type EmitterInternals =
  | "addListener"
  | "removeListener"
  | "removeAllListeners"
  | "setMaxListeners"
  | "getMaxListeners"
  | "listeners"
  | "rawListeners"
  | "emit"
  | "listenerCount"
  | "prependListener"
  | "prependOnceListener"
  | "eventNames";

/** `K`, if it is a name of `T` that can be reached from afar. */
export type ReachableKey<K, T> = K extends string
  ? K extends NeverReached | `_${string}` | (T extends EmitterLike ? EmitterInternals : never)
    ? never
    : K
  : never;

/**
 * Member `K` of `T`. Typed emitters tell events apart by a type parameter, which is lost when a function is taken apart:
 * their `on`, `once` and `off` stay whole, and return `This` by having `this` be that too.
 */
export type Declared<T, K extends keyof T, This> = [K, T] extends [ListenerKey, EmitterLike] ? (This & T)[K] : T[K];

/** A key that is copied with its object. */
export type CopiedKey<K> = K extends symbol ? never : K;

type MarkKey = Exclude<keyof Marked<object>, keyof object>;
/** Whether `proxy()` marked it. */
export type IsMarkedType<T> = [MarkKey] extends [keyof T] ? true : false;

/** Node's streams, told by what they have, since the core knows no module of Node's. */
interface NodeStreamLike {
  on(event: "error", listener: (error: Error) => void): unknown;
  destroy(error?: Error): unknown;
  readonly destroyed: boolean;
}
interface MessagePortLike {
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

type BuiltIn =
  | Date
  | RegExp
  | URL
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | AbortSignal
  | WritableStream
  | NodeStreamLike
  | MessagePortLike;

/** Copied, streamed or moved whole: the same type on both sides. Plain data may have a name and a message too; a stack makes an error. */
export type IsBuiltIn<T> = T extends BuiltIn ? true : T extends Error ? ("stack" extends keyof T ? true : false) : false;

/** What TypeScript can tell cannot be sent, as the text of an error. */
export type WhyNotSent<T> = [T] extends [never]
  ? never
  : [T] extends [symbol]
    ? "nearcall: a symbol cannot be sent"
    : [T] extends [WeakMap<WeakKey, unknown>]
      ? "nearcall: a WeakMap cannot be sent; mark it with proxy() to pass it by reference"
      : [T] extends [WeakSet<WeakKey>]
        ? "nearcall: a WeakSet cannot be sent; mark it with proxy() to pass it by reference"
        : [T] extends [WeakRef<WeakKey>]
          ? "nearcall: a WeakRef cannot be sent; send what it points to"
          : never;
