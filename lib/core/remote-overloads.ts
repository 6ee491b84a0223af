// Takes a function type apart into its overloads, and tells whether it is generic. Types only.
import type { IsSame } from "./remote-kinds.ts";

/** The last ten overloads of `F`, oldest first; a function with fewer repeats its first. */
export type Overloads<F> = F extends {
  (...args: infer A1): infer R1;
  (...args: infer A2): infer R2;
  (...args: infer A3): infer R3;
  (...args: infer A4): infer R4;
  (...args: infer A5): infer R5;
  (...args: infer A6): infer R6;
  (...args: infer A7): infer R7;
  (...args: infer A8): infer R8;
  (...args: infer A9): infer R9;
  (...args: infer A10): infer R10;
}
  ? [[A1, R1], [A2, R2], [A3, R3], [A4, R4], [A5, R5], [A6, R6], [A7, R7], [A8, R8], [A9, R9], [A10, R10]]
  : // Some generic functions resist; their last signature does not.
    F extends (...args: infer A) => infer R
    ? [[A, R]]
    : never;

/**
 * Whether taking `F` apart may lose something: its type parameters (TypeScript cannot infer through them),
 * or overloads, if there are more than the six that are compared. Not asked of functions with members of
 * their own, whose signatures cannot be compared alone.
 */
export type LosesTypes<F> = [keyof F] extends [never] ? (true extends Rebuilt<Overloads<F>, F> ? false : true) : false;

/** Has `true` in it when the last one to six of the overloads, put together again, are `F` exactly. */
type Rebuilt<O, F> = O extends [
  ...unknown[],
  Part<infer A1, infer R1>,
  Part<infer A2, infer R2>,
  Part<infer A3, infer R3>,
  Part<infer A4, infer R4>,
  Part<infer A5, infer R5>,
  Part<infer A6, infer R6>,
]
  ? | IsSame<F, { (...args: A6): R6 }>
    | IsSame<F, { (...args: A5): R5; (...args: A6): R6 }>
    | IsSame<F, { (...args: A4): R4; (...args: A5): R5; (...args: A6): R6 }>
    | IsSame<F, { (...args: A3): R3; (...args: A4): R4; (...args: A5): R5; (...args: A6): R6 }>
    | IsSame<F, { (...args: A2): R2; (...args: A3): R3; (...args: A4): R4; (...args: A5): R5; (...args: A6): R6 }>
    | IsSame<F, { (...args: A1): R1; (...args: A2): R2; (...args: A3): R3; (...args: A4): R4; (...args: A5): R5; (...args: A6): R6 }>
  : false;

type Part<A extends unknown[], R> = [A, R];

/** Its result can be awaited or iterated as it is, so that its own signature is right for a remote too. */
export type IsAsync<F> = F extends (...args: infer _A) => infer R
  ? [R] extends [never]
    ? false
    : [R] extends [PromiseLike<unknown> | AsyncIterable<unknown>]
      ? true
      : false
  : false;
