// What users hold: a Proxy whose members are proxies and whose calls travel. What the language and the
// tools around it ask of any value (printing, converting, matching, `await`) is answered here.
import type { Peer, RemoteCall } from "./node.ts";
import type { Base } from "./imports.ts";
import { nodeOf, RemoteNode, setNode } from "./node.ts";
import { iterateRemote } from "./remote-iteration.ts";

const INSPECT: symbol = Symbol.for("nodejs.util.inspect.custom");

/** Asked by tools of whatever they are handed; answered here at any depth, never over there. */
const LOCAL_NAMES: ReadonlySet<string> = new Set([
  "constructor",
  "toString",
  "toLocaleString",
  "valueOf",
  "toJSON",
  "asymmetricMatch",
  "$$typeof",
  "nodeType",
  "prototype",
  "__proto__",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
]);

export function isLocalName(name: string): boolean {
  return LOCAL_NAMES.has(name);
}

/** What such a name gives. */
export function localMember(name: string, text: () => string): unknown {
  switch (name) {
    case "constructor":
      return Object;
    case "toString":
    case "toLocaleString":
    case "valueOf":
    case "toJSON":
      return text;
    case "hasOwnProperty":
    case "isPrototypeOf":
    case "propertyIsEnumerable":
      return () => false;
    default:
      return undefined;
  }
}

/** The proxy of an object of the peer: always the same one while it lives. */
export function proxyOf(base: Base): object {
  // A path of its own for each connection, since the codec hangs its number there.
  return (base.proxy ??= remoteProxy(new RemoteNode(base, { names: [], interned: 0 }, undefined)));
}

export function remoteProxy(node: RemoteNode): object {
  return proxyWith(node, new RemoteHandler(node));
}

/** The same with a handler of one's own. */
export function proxyWith(node: RemoteNode, handler: RemoteHandler): object {
  // Bound, so that it can be called and constructed and has no properties of its own that get in the way.
  const target: object = Function.prototype.bind.call(nothing, undefined);
  Object.setPrototypeOf(target, targetPrototype);
  const proxy = new Proxy(target, handler);
  setNode(proxy, node);
  // `util.inspect` looks past a Proxy at its target.
  setNode(target, node);
  return proxy;
}

function nothing(this: unknown): void {}

const targetPrototype: object = Object.create(null, {
  [INSPECT]: {
    value(this: object) {
      return textOf(nodeOf(this));
    },
  },
});

/** `[Remote worker#3 math.nested]` */
function textOf(node: RemoteNode | undefined): string {
  if (node === undefined) return "[Remote]";
  const { title } = node;
  return title === "" ? `[Remote ${node.origin.peer.label}]` : `[Remote ${node.origin.peer.label} ${title}]`;
}

export class RemoteHandler implements ProxyHandler<object> {
  protected readonly node: RemoteNode;
  readonly #peer: Peer;

  constructor(node: RemoteNode) {
    this.node = node;
    this.#peer = node.origin.peer;
  }

  get(_target: object, name: string | symbol, receiver: unknown): unknown {
    const { node } = this;
    if (typeof name === "symbol") return this.symbol(name, receiver as object);
    const known = node.children?.get(name);
    if (known !== undefined) return known;
    if (name === "then") return this.#then();
    if (isLocalName(name)) return this.local(name);
    const child = remoteProxy(childNode(node, name));
    (node.children ??= new Map()).set(name, child);
    return child;
  }

  apply(_target: object, _self: unknown, args: unknown[]): unknown {
    return this.#peer.makeCall(this.node, "call", args);
  }

  construct(_target: object, args: unknown[]): object {
    return this.#peer.makeCall(this.node, "construct", args);
  }

  set(_target: object, name: string | symbol, value: unknown): boolean {
    if (typeof name === "symbol") return false;
    this.#peer.sendCall(childNode(this.node, name), "set", [value]);
    return true;
  }

  deleteProperty(_target: object, name: string | symbol): boolean {
    if (typeof name === "symbol") return false;
    this.#peer.sendCall(childNode(this.node, name), "delete", []);
    return true;
  }

  has(): boolean {
    return false;
  }

  ownKeys(target: object): (string | symbol)[] {
    // Those of the bound function that cannot be denied: none may be hidden that is not configurable.
    return Reflect.ownKeys(target).filter((key) => Reflect.getOwnPropertyDescriptor(target, key)?.configurable === false);
  }

  getOwnPropertyDescriptor(): undefined {
    return undefined;
  }

  defineProperty(): boolean {
    return false;
  }

  getPrototypeOf(): object | null {
    return Function.prototype;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  isExtensible(): boolean {
    return true;
  }

  preventExtensions(): boolean {
    return false;
  }

  /** A member can be awaited, which reads it; the root and references are no promises. */
  #then(): unknown {
    if (this.node.path.names.length === 0) return undefined;
    return (onFulfilled?: (value: unknown) => unknown, onRejected?: (reason: unknown) => unknown) =>
      this.#read().then(onFulfilled, onRejected);
  }

  #read(): RemoteCall {
    return this.#peer.makeCall(this.node, "get", []);
  }

  protected local(name: string): unknown {
    return localMember(name, () => textOf(this.node));
  }

  protected symbol(name: symbol, receiver: object): unknown {
    const { node } = this;
    switch (name) {
      case Symbol.toPrimitive:
        return () => textOf(node);
      case Symbol.toStringTag:
        return "Remote";
      case INSPECT:
        return () => textOf(node);
      case Symbol.asyncIterator:
        return () => iterateRemote(node.path.names.length === 0 ? Promise.resolve(receiver).then(notIterable) : this.#read());
      case Symbol.dispose:
        return () => this.#peer.release(node.origin);
      case Symbol.asyncDispose:
        return async () => this.#peer.release(node.origin);
      default:
        return undefined;
    }
  }
}

function notIterable(): never {
  throw new TypeError("A remote object is not iterable; call the member that returns the items");
}

function childNode(node: RemoteNode, name: string): RemoteNode {
  return new RemoteNode(node.origin, { names: [...node.path.names, name], interned: 0 }, node.options);
}
