// What an object of the far side looks like from here. The types follow the values: `Received` is what
// becomes of a value on its way here, `Accepted` what may be given where a member over there takes a
// value, `Remote` what is called. Types only; the proxies that behave like this are made in proxy.ts.
import type { RemoteObject } from "./marks.ts";
import type {
  AnyConstructor,
  AnyFunction,
  CopiedInstance,
  CopiedKey,
  Declared,
  IsBuiltIn,
  IsLoose,
  IsMarkedType,
  IsNever,
  IsSame,
  IsTuple,
  ListenerKey,
  Primitive,
  ReachableKey,
  RemoteValue,
  WhyNotSent,
} from "./remote-kinds.ts";
import type { IsAsync, LosesTypes, Overloads } from "./remote-overloads.ts";

/**
 * An object, function, class or module of the far side, called as if it were local: methods return
 * promises, properties are awaited, classes are constructed with `await new`.
 *
 * Give methods with type parameters a result that is a promise (declare them `async`), and they stay
 * generic; TypeScript cannot wrap the result of a generic function in a promise.
 *
 * @example
 * const math: Remote<typeof import("./math.js")> = connection.remote;
 * const sum: number = await math.add(1, 2);
 */
export type Remote<T> =
  IsLoose<T> extends true
    ? T
    : T extends AnyFunction | AnyConstructor
      ? RemoteFunction<T> & RemoteHandle<T>
      : RemoteMembers<T> & RemoteHandle<T>;

/** Held until it is released: by `release()`, `using`, garbage collection, or the end of the connection. */
export interface RemoteHandle<out T> extends RemoteValue<T>, Disposable, AsyncDisposable {}

/**
 * What a call returns: a promise whose members can be called before it settles, in the same round trip.
 * `T` is what the member returns over there; iterable where that is.
 *
 * @example
 * const head = await api.open(name).read(10); // one round trip
 */
export type RemotePromise<T, Settled = Received<Awaited<T>>> = Promise<Settled> &
  RemoteValue<Awaited<T>> &
  Iteration<Awaited<T>> &
  Pipelined<Awaited<T>>;

/** The members of `T` that can be reached from afar. */
export type RemoteMembers<T> = { readonly [K in keyof T as ReachableKey<K, T>]-?: MemberOf<T, K> };

type MemberOf<T, K extends keyof T> = RemoteMember<Declared<T, K, Listened<T>>, T>;

/** What `on`, `once` and `off` of an emitter give: its promise, whose members stand before those of the emitter itself. */
type Listened<T> = Promise<Remote<T>> &
  RemoteValue<T> & { readonly [K in Exclude<keyof T, ListenerKey>]: K extends ReachableKey<K, T> ? RemoteMember<T[K], T> : never };

/** A member: methods and classes can be called, everything else is awaited. */
export type RemoteMember<V, Self = unknown> =
  IsLoose<V> extends true
    ? IsAny<V> extends true
      ? V
      : PromiseLike<V>
    : [NonNullable<V>] extends [AnyFunction | AnyConstructor]
      ? RemoteFunction<NonNullable<V>, Self>
      : PromiseLike<Received<Awaited<V>>> & Iteration<V> & Pipelined<V>;

/** A function or class of the far side, with its own members. `Self` is what it is a member of. */
export type RemoteFunction<F, Self = unknown> = (F extends AnyFunction ? RemoteSignatures<F, Self> : unknown) &
  RemoteConstructor<F> &
  RemoteMembers<F>;

type RemoteSignatures<F extends AnyFunction, Self> =
  LosesTypes<F> extends true ? (IsAsync<F> extends true ? F : RemoteOverloads<Overloads<F>, Self>) : RemoteOverloads<Overloads<F>, Self>;

type RemoteOverloads<O, Self> = O extends [[infer A extends readonly unknown[], infer R], ...infer Rest]
  ? ((...args: AcceptedAll<A>) => RemoteResult<R, Self>) & RemoteOverloads<Rest, Self>
  : unknown;

/** A method that returns its own object (`return this`) returns the remote again. */
type RemoteResult<R, Self> =
  IsAny<R> extends true
    ? Promise<R>
    : IsNever<R> extends true
      ? Promise<never>
      : IsSame<Awaited<R>, Self> extends true
        ? RemotePromise<R, Remote<Self>>
        : RemotePromise<R>;

type RemoteConstructor<C> = C extends new (...args: infer A) => infer I
  ? new (...args: AcceptedAll<A>) => RemotePromise<I, Remote<I>>
  : unknown;

/** Members that can be called on what has not arrived yet: those of one object that is surely there. */
type Pipelined<T> =
  IsLoose<T> extends true
    ? unknown
    : IsNever<T> extends true
      ? unknown
      : [T] extends [AnyFunction | AnyConstructor | Primitive | Streamed | Collected | symbol]
        ? unknown
        : true extends IsBuiltIn<T>
          ? unknown
          : [T] extends [object]
            ? { readonly [K in keyof T as Exclude<ReachableKey<K, T>, "catch" | "finally">]-?: MemberOf<T, K> }
            : unknown;

/** Async-iterable where the value will be iterable. */
type Iteration<T> =
  IsLoose<T> extends true
    ? unknown
    : IsNever<T> extends true
      ? unknown
      : [T] extends [string]
        ? unknown
        : [T] extends [AsyncIterable<infer Y, infer R, infer N>]
          ? AsyncIteration<Y, R, N>
          : [T] extends [Iterable<infer Y, infer R, infer N>]
            ? AsyncIteration<Y, R, N>
            : unknown;

interface AsyncIteration<Y, R, N> {
  [Symbol.asyncIterator](): AsyncGenerator<Received<Y>, Received<R>, N>;
}

type Streamed = AsyncIterable<unknown, unknown, never> | Iterator<unknown, unknown, never>;
type Collected = readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;

/** What a value of the far side is once it is here. */
export type Received<V> =
  IsLoose<V> extends true ? V : IsNever<V> extends true ? never : IsNever<WhyNotSent<V>> extends true ? ReceivedPart<V> : WhyNotSent<V>;

type ReceivedPart<V> = V extends Primitive
  ? V
  : V extends RemoteValue<unknown>
    ? V
    : V extends CopiedInstance
      ? V
      : V extends AnyFunction | AnyConstructor | RemoteObject
        ? Remote<V>
        : IsMarkedType<V> extends true
          ? Remote<V>
          : IsBuiltIn<V> extends true
            ? V
            : V extends Promise<infer X>
              ? Promise<Received<X>>
              : V extends ReadableStream<infer X>
                ? ReadableStream<Received<X>>
                : V extends AsyncIterable<infer Y, infer R, infer N>
                  ? AsyncGenerator<Received<Y>, Received<R>, N>
                  : V extends Iterator<infer Y, infer R, infer N>
                    ? AsyncGenerator<Received<Y>, Received<R>, N>
                    : V extends Map<infer K, infer X>
                      ? Map<Received<K>, Received<X>>
                      : V extends Set<infer X>
                        ? Set<Received<X>>
                        : V extends ReadonlyMap<infer K, infer X>
                          ? ReadonlyMap<Received<K>, Received<X>>
                          : V extends ReadonlySet<infer X>
                            ? ReadonlySet<Received<X>>
                            : V extends readonly unknown[]
                              ? ReceivedItems<V>
                              : V extends Iterable<infer Y>
                                ? keyof V extends typeof Symbol.iterator
                                  ? Iterable<Received<Y>> | AsyncIterable<Received<Y>>
                                  : ReceivedMembers<V>
                                : ReceivedMembers<V>;

/** Tuples item by item; arrays in a form that TypeScript unfolds only when asked, so that they may contain themselves. */
type ReceivedItems<V extends readonly unknown[]> =
  IsTuple<V> extends true ? ReceivedAll<V> : V extends unknown[] ? Received<V[number]>[] : readonly Received<V[number]>[];

/** A type without keys (`object`, `{}`) says nothing that could be taken apart. */
type ReceivedMembers<V> = IsNever<keyof V> extends true ? V : { [K in keyof V as CopiedKey<K>]: Received<V[K]> };

export type ReceivedAll<A extends readonly unknown[]> = { [I in keyof A]: Received<A[I]> };

/**
 * What may be given where a member of the far side takes a `V`: the value, a promise of an earlier call
 * that will give one, or a remote that is one.
 */
export type Accepted<V> =
  IsLoose<V> extends true
    ? V
    : IsNever<V> extends true
      ? never
      : IsNever<WhyNotSent<V>> extends true
        ? AcceptedPart<V> | RemoteValue<V>
        : WhyNotSent<V>;

type AcceptedPart<V> = V extends Primitive | CopiedInstance | RemoteObject
  ? V
  : V extends RemoteValue<infer X>
    ? AcceptedPart<X> | RemoteValue<X>
    : V extends AnyConstructor
      ? V
      : IsBuiltIn<V> extends true
        ? V
        : V extends AnyFunction
          ? AcceptedFunction<V>
          : IsMarkedType<V> extends true
            ? V
            : V extends Promise<infer X>
              ? Promise<Accepted<X>>
              : V extends ReadableStream<infer X>
                ? ReadableStream<AcceptedPart<X>>
                : V extends AsyncGenerator<infer Y, infer R, infer N>
                  ? AsyncGenerator<Accepted<Y>, Accepted<R>, N> | Generator<Accepted<Y>, Accepted<R>, N>
                  : V extends AsyncIterable<infer Y>
                    ? AsyncIterable<Accepted<Y>> | Generator<Accepted<Y>>
                    : V extends Map<infer K, infer X>
                      ? Map<AcceptedPart<K>, AcceptedPart<X>>
                      : V extends Set<infer X>
                        ? Set<AcceptedPart<X>>
                        : V extends ReadonlyMap<infer K, infer X>
                          ? ReadonlyMap<Accepted<K>, Accepted<X>>
                          : V extends ReadonlySet<infer X>
                            ? ReadonlySet<Accepted<X>>
                            : V extends readonly unknown[]
                              ? AcceptedItems<V>
                              : V extends Iterable<infer Y>
                                ? keyof V extends typeof Symbol.iterator
                                  ? readonly Accepted<Y>[] | ReadonlySet<Accepted<Y>>
                                  : AcceptedMembers<V>
                                : AcceptedMembers<V>;

type AcceptedItems<V extends readonly unknown[]> =
  IsTuple<V> extends true ? AcceptedAll<V> : V extends unknown[] ? Accepted<V[number]>[] : readonly Accepted<V[number]>[];

type AcceptedMembers<V> = IsNever<keyof V> extends true ? V : { [K in keyof V as CopiedKey<K>]: Accepted<V[K]> };

export type AcceptedAll<A extends readonly unknown[]> = { [I in keyof A]: Accepted<A[I]> };

/** A local function, which is called with what really arrives here, and may take its time. */
type AcceptedFunction<F extends AnyFunction> = F extends (...args: infer A) => infer R
  ? (...args: ReceivedAll<A>) => AcceptedResult<R>
  : never;

/** Whatever a function returns is welcome where nothing is expected. */
type AcceptedResult<R> =
  IsLoose<R> extends true ? R : [Awaited<R>] extends [void] ? unknown : Accepted<Awaited<R>> | Promise<Accepted<Awaited<R>>>;

type IsAny<T> = 0 extends 1 & T ? true : false;
