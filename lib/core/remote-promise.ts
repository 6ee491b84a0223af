// What a call returns: a promise whose members can be called before it settles. Its members are found
// at the end of its prototype chain, where a Proxy stands, so that making one costs no Proxy.
import type { RemoteCall } from "./node.ts";
import { RemoteNode } from "./node.ts";
import type { PendingCall } from "./pending-call.ts";
import { isLocalName, localMember, remoteProxy } from "./proxy.ts";
import { iterateRemote } from "./remote-iteration.ts";

export class RemotePromise implements RemoteCall {
  readonly #call: PendingCall;

  constructor(call: PendingCall) {
    this.#call = call;
  }

  /** The call behind a value, if that is such a promise. */
  static callOf(value: object): PendingCall | undefined {
    return #call in value ? value.#call : undefined;
  }

  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#call.native.then(onFulfilled, onRejected) as Promise<A | B>;
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.#call.native.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.#call.native.finally(onFinally);
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return iterateRemote(this.#call.native);
  }

  get [Symbol.toStringTag](): string {
    return "RemotePromise";
  }
}

Object.defineProperty(RemotePromise.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: RemotePromise): string {
    const call = RemotePromise.callOf(this);
    return call === undefined ? "RemotePromise" : `RemotePromise [${call.peer.label} ${call.name}] { <${call.state}> }`;
  },
});

/** Stands at the end of the chain: what is not a promise's own is a member of the result. */
const members = new Proxy(Object.create(Promise.prototype) as object, {
  get(_target, name, promise: unknown) {
    const call = typeof promise === "object" && promise !== null ? RemotePromise.callOf(promise) : undefined;
    if (call === undefined || typeof name === "symbol") return undefined;
    if (isLocalName(name)) return localMember(name, () => Object.prototype.toString.call(promise));
    // Whoever chains takes the result's place; a rejection shows at the end of the chain.
    call.handled = true;
    return remoteProxy(new RemoteNode(call, { names: [name], interned: 0 }, undefined));
  },
  has: () => false,
});
Object.setPrototypeOf(RemotePromise.prototype, members);
