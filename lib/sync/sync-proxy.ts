// What users hold of a far side whose calls block: a Proxy whose members are proxies or values, and whose calls answer
// at once with their results. What the language and the tools around it ask is answered here, as of any remote.
import type { MemberDescription } from "../core/describe.ts";
import { UnserializableError } from "../core/errors.ts";
import { Base } from "../core/imports.ts";
import type { MemberPath } from "../core/messages.ts";
import { type Origin, RemoteNode } from "../core/node.ts";
import type { CallOptions } from "../core/options.ts";
import { isLocalName, proxyWith, RemoteHandler } from "../core/proxy.ts";
import type { AnyFunction, Blocking } from "./blocking.ts";
import { type Describe, Place } from "./places.ts";

/** One blocking remote for each object of the far side, for as long as somebody holds it. */
const remotes = new WeakMap<Base, object>();

/** The proxy of an object of the far side: always the same one while it lives. */
export function syncRemoteOf(base: Base, client: Blocking): object {
  let remote = remotes.get(base);
  if (remote === undefined) {
    remote = syncProxy(new SyncNode(base, { names: [], interned: 0 }, undefined, client, new Place([])));
    remotes.set(base, remote);
  }
  return remote;
}

/** The blocking remote of the place where another kind of remote stands. */
export function syncRemoteAt({ origin, path, options }: RemoteNode, client: Blocking): object {
  if (origin instanceof Base && path.names.length === 0 && options === undefined) return syncRemoteOf(origin, client);
  return syncProxy(new SyncNode(origin, { names: path.names, interned: 0 }, options, client, new Place(path.names)));
}

function syncProxy(node: SyncNode): object {
  return proxyWith(node, new SyncHandler(node));
}

/** The members of a remote, without a promise. */
export function describeBlocking(node: SyncNode, from: AnyFunction): readonly MemberDescription[] {
  return node.client.call(node, "describe", [], from) as readonly MemberDescription[];
}

export class SyncNode extends RemoteNode {
  readonly client: Blocking;
  readonly place: Place;

  constructor(origin: Origin, path: MemberPath, options: CallOptions | undefined, client: Blocking, place: Place) {
    super(origin, path, options);
    this.client = client;
    this.place = place;
  }

  override with(options: CallOptions): SyncNode {
    return new SyncNode(this.origin, this.path, { ...this.options, ...options }, this.client, this.place);
  }

  override get show(): (node: RemoteNode) => object {
    return (node) => syncProxy(node as SyncNode);
  }

  child(name: string): SyncNode {
    return new SyncNode(this.origin, { names: [...this.path.names, name], interned: 0 }, this.options, this.client, this.place.child(name));
  }
}

class SyncHandler extends RemoteHandler {
  declare protected readonly node: SyncNode;
  /** Proxies of members; those that are values have none. */
  readonly #remotes = new Map<string, object>();
  readonly #nodes = new Map<string, SyncNode>();

  override get(_target: object, name: string | symbol, receiver: unknown): unknown {
    if (typeof name === "symbol")
      return name === Symbol.asyncIterator || name === Symbol.asyncDispose ? undefined : this.symbol(name, receiver as object);
    const known = this.#remotes.get(name);
    if (known !== undefined) return known;
    // Not a promise, and never taken for one.
    if (name === "then") return undefined;
    if (isLocalName(name)) return this.local(name);
    const { place } = this.node;
    return place.way(name, this.#describe) === "remote" ? this.#remote(name) : this.#value(name);
  }

  override apply(_target: object, _self: unknown, args: unknown[]): unknown {
    return this.node.client.call(this.node, "call", args, this.apply);
  }

  override construct(_target: object, args: unknown[]): object {
    return this.node.client.call(this.node, "construct", args, this.construct) as object;
  }

  override set(_target: object, name: string | symbol, value: unknown): boolean {
    if (typeof name === "symbol") return false;
    this.node.client.call(this.#child(name), "set", [value], this.set);
    this.#forget(name);
    return true;
  }

  override deleteProperty(_target: object, name: string | symbol): boolean {
    if (typeof name === "symbol") return false;
    this.node.client.call(this.#child(name), "delete", [], this.deleteProperty);
    this.#forget(name);
    return true;
  }

  #remote(name: string): object {
    const remote = syncProxy(this.#child(name));
    this.#remotes.set(name, remote);
    return remote;
  }

  #value(name: string): unknown {
    const { client, place } = this.node;
    try {
      return client.call(answered(this.#child(name)), "get", [], this.get);
    } catch (error) {
      // An instance of a class that only its module's path leads to.
      if (!(error instanceof UnserializableError) && !isUnserializable(error)) throw error;
      if (!place.isObject(name)) throw error;
      place.setWay(name, "remote");
      return this.#remote(name);
    }
  }

  #child(name: string): SyncNode {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = this.node.child(name);
      this.#nodes.set(name, node);
    }
    return node;
  }

  #forget(name: string): void {
    this.#remotes.delete(name);
    this.node.place.forget();
  }

  readonly #describe: Describe = (names) => {
    const { origin, options, client, place } = this.node;
    return describeBlocking(answered(new SyncNode(origin, { names, interned: 0 }, options, client, place)), this.get);
  };
}

/** To read is to want an answer, on remotes for one-way calls too. */
function answered(node: SyncNode): SyncNode {
  return node.options?.oneWay === true ? node.with({ oneWay: false }) : node;
}

function isUnserializable(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === "ERR_UNSERIALIZABLE";
}
