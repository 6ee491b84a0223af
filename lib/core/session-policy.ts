// How one session decides what is reached: the machine's answers, the connection's options, and what is marked.
import type { Exports } from "./exports.ts";
import type { Host } from "./host.ts";
import type { InvokePolicy } from "./invoke.ts";
import { isMarked, RemoteObject } from "./marks.ts";
import { nodeOf } from "./node.ts";
import type { ConnectionOptions } from "./options.ts";
import type { Passing } from "./passing.ts";

export class SessionPolicy implements InvokePolicy {
  writable: boolean;
  fields: boolean;
  readonly #host: Host;
  readonly #exports: Exports;
  readonly #passing: Passing;
  readonly #references: readonly (abstract new (...args: never[]) => object)[];

  constructor(host: Host, exports: Exports, passing: Passing, options: ConnectionOptions) {
    this.#host = host;
    this.#exports = exports;
    this.#passing = passing;
    this.#references = options.references ?? [];
    this.writable = options.writable ?? false;
    this.fields = options.fields ?? false;
  }

  isPlatformPrototype(prototype: object): boolean {
    return this.#host.isPlatformPrototype(prototype);
  }

  isModule(value: object): boolean {
    return this.#host.isModule(value);
  }

  isMarked(value: object): boolean {
    if (isMarked(value) || this.#exports.has(value) || this.#passing.owns(value)) return true;
    if (this.#host.isProxy(value)) return nodeOf(value) !== undefined;
    return value instanceof RemoteObject || this.#references.some((Class) => value instanceof Class);
  }

  isEmitter(value: object): boolean {
    return this.isMarked(value) && this.#host.isEmitter(value);
  }

  constructed(value: object): void {
    this.#passing.own(value);
  }
}
