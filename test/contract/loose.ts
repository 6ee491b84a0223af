// Remotes as the contract suite uses them: every name that it uses is there on every remote, and what comes of it is
// looked at when it is here. What types promise, the type tests check.
import type { createApi } from "../fixtures/contract-api.mjs";

type Name =
  | keyof ReturnType<typeof createApi>
  | "add"
  | "again"
  | "b"
  | "busyUntil"
  | "constructor"
  | "count"
  | "deep"
  | "greet"
  | "greeting"
  | "holder"
  | "instance"
  | "items"
  | "list"
  | "missing"
  | "none"
  | "raise"
  | "rename"
  | "self"
  | "title"
  | "version"
  | "a";

type Members = { readonly [name in Name]: LooseMember };
export type LoosePromise = Promise<unknown> & AsyncIterable<unknown> & Members;
export type Loose = Members & ((...args: unknown[]) => LoosePromise) & (new (...args: unknown[]) => LoosePromise) & AsyncIterable<unknown>;
export type LooseMember = Loose & PromiseLike<unknown>;
