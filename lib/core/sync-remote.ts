// What an object of the far side looks like to a thread that waits for its answers. Types only: the
// blocking calls themselves are made by nearcall/sync.
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
import type { AcceptedAll } from "./remote.ts";

/**
 * An object, function, class or module of the far side whose members block until they have answered:
 * promises are unwrapped, streams are iterated in place, properties are plain values.
 *
 * Methods with type parameters stay generic unless they are async.
 *
 * @example
 * const math: SyncRemote<typeof import("./math.js")> = spawnThreadSync(new URL("./math.js", import.meta.url)).remote;
 * const sum: number = math.add(1, 2);
 */
export type SyncRemote<T> =
  IsLoose<T> extends true ? T : T extends AnyFunction | AnyConstructor ? SyncFunction<T> & SyncHandle<T> : SyncMembers<T> & SyncHandle<T>;

/** Held until it is released: by `release()`, `using`, garbage collection, or the end of the connection. */
export interface SyncHandle<out T> extends RemoteValue<T>, Disposable {}

/** The members of `T` that can be reached from afar. */
export type SyncMembers<T> = { readonly [K in keyof T as ReachableKey<K, T>]-?: SyncMember<Declared<T, K, SyncListened<T>>, T> };

/** What `on`, `once` and `off` of an emitter give: its remote, whose members stand before those of the emitter itself. */
type SyncListened<T> = SyncHandle<T> & {
  readonly [K in Exclude<keyof T, ListenerKey>]: K extends ReachableKey<K, T> ? SyncMember<T[K], T> : never;
};

type SyncMember<V, Self> =
  IsLoose<V> extends true
    ? V
    : [NonNullable<V>] extends [AnyFunction | AnyConstructor]
      ? SyncFunction<NonNullable<V>, Self>
      : SyncReceived<Awaited<V>>;

type SyncFunction<F, Self = unknown> = (F extends AnyFunction ? SyncSignatures<F, Self> : unknown) & SyncConstructor<F> & SyncMembers<F>;

type SyncSignatures<F extends AnyFunction, Self> =
  LosesTypes<F> extends true ? (IsAsync<F> extends true ? SyncOverloads<Overloads<F>, Self> : F) : SyncOverloads<Overloads<F>, Self>;

type SyncOverloads<O, Self> = O extends [[infer A extends readonly unknown[], infer R], ...infer Rest]
  ? ((...args: AcceptedAll<A>) => SyncResult<R, Self>) & SyncOverloads<Rest, Self>
  : unknown;

/** A method that returns its own object (`return this`) returns the remote again. */
type SyncResult<R, Self> =
  IsLoose<R> extends true
    ? R
    : IsNever<R> extends true
      ? never
      : IsSame<Awaited<R>, Self> extends true
        ? SyncRemote<Self>
        : SyncReceived<Awaited<R>>;

type SyncConstructor<C> = C extends new (...args: infer A) => infer I ? new (...args: AcceptedAll<A>) => SyncRemote<I> : unknown;

/** What a value of the far side is once it is here, for a thread that waits. */
export type SyncReceived<V> =
  IsLoose<V> extends true ? V : IsNever<V> extends true ? never : IsNever<WhyNotSent<V>> extends true ? SyncPart<V> : WhyNotSent<V>;

type SyncPart<V> = V extends Primitive
  ? V
  : V extends RemoteValue<unknown>
    ? V
    : V extends CopiedInstance
      ? V
      : V extends AnyFunction | AnyConstructor | RemoteObject
        ? SyncRemote<V>
        : IsMarkedType<V> extends true
          ? SyncRemote<V>
          : IsBuiltIn<V> extends true
            ? V
            : V extends Promise<infer X>
              ? SyncReceived<X>
              : V extends ReadableStream<infer X>
                ? Iterable<SyncReceived<X>>
                : V extends AsyncIterable<infer Y, infer R, infer N>
                  ? Generator<SyncReceived<Y>, SyncReceived<R>, N>
                  : V extends Iterator<infer Y, infer R, infer N>
                    ? Generator<SyncReceived<Y>, SyncReceived<R>, N>
                    : V extends Map<infer K, infer X>
                      ? Map<SyncReceived<K>, SyncReceived<X>>
                      : V extends Set<infer X>
                        ? Set<SyncReceived<X>>
                        : V extends ReadonlyMap<infer K, infer X>
                          ? ReadonlyMap<SyncReceived<K>, SyncReceived<X>>
                          : V extends ReadonlySet<infer X>
                            ? ReadonlySet<SyncReceived<X>>
                            : V extends readonly unknown[]
                              ? SyncItems<V>
                              : IsNever<keyof V> extends true
                                ? V
                                : { [K in keyof V as CopiedKey<K>]: SyncReceived<V[K]> };

type SyncItems<V extends readonly unknown[]> =
  IsTuple<V> extends true
    ? { [I in keyof V]: SyncReceived<V[I]> }
    : V extends unknown[]
      ? SyncReceived<V[number]>[]
      : readonly SyncReceived<V[number]>[];
