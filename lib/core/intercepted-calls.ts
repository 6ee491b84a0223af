// Calls that an outgoing interceptor has in hand. It may wait for whatever it likes, and make its call never, once or
// often; its signal, its time and the end of the connection end the call that was made all the same.
import type { CallPhase } from "./errors.ts";
import type { Host } from "./host.ts";
import { type Intercepted, interceptOutgoing } from "./interception.ts";
import type { Peer, RemoteNode } from "./node.ts";
import type { CallOptions, Interceptor } from "./options.ts";
import { PendingCall } from "./pending-call.ts";

export interface InterceptedParts {
  readonly peer: Peer;
  readonly host: Host;
  /** Sends a call that the interceptor went on with. */
  readonly begin: (call: PendingCall, node: RemoteNode, options: CallOptions, args: readonly unknown[]) => void;
  /** How far a call has come that was sent. */
  readonly phaseOf: (call: PendingCall) => CallPhase;
}

export class InterceptedCalls {
  readonly #parts: InterceptedParts;
  /** Each with what the interceptor made of it last. Only the latter is pending for the caller. */
  readonly #made = new Map<PendingCall, PendingCall | undefined>();

  constructor(parts: InterceptedParts) {
    this.#parts = parts;
  }

  /** @param timeout ms from now in which `call` must be settled, whatever the interceptor does */
  start(interceptor: Interceptor, call: PendingCall, node: RemoteNode, args: readonly unknown[], timeout: number | undefined): void {
    const { peer, host } = this.#parts;
    this.#made.set(call, undefined);
    const deadline = timeout === undefined ? undefined : host.now() + timeout;
    void interceptOutgoing(interceptor, call, node, args, peer.label, (changed) => this.#goOn(call, node, changed, deadline)).finally(() =>
      this.#made.delete(call),
    );
  }

  /** True when it was one of these, which it is no longer. */
  delete(call: PendingCall): boolean {
    return this.#made.delete(call);
  }

  /** All of them, and how far each has come. */
  takeAll(): { readonly call: PendingCall; readonly phase: CallPhase }[] {
    const all = [...this.#made].map(([call, made]) => ({ call, phase: this.#phaseOf(made) }));
    this.#made.clear();
    return all;
  }

  #phaseOf(made: PendingCall | undefined): CallPhase {
    if (made === undefined) return "unsent";
    return made.settled ? "accepted" : this.#parts.phaseOf(made);
  }

  #goOn(outer: PendingCall, node: RemoteNode, { args, meta }: Intercepted, deadline: number | undefined): Promise<unknown> {
    // Nobody waits for it any more.
    if (outer.settled) return outer.promise;
    const { peer, host, begin } = this.#parts;
    const options = {
      ...node.options,
      ...(meta !== undefined && { meta }),
      // Time counts from the call.
      ...(deadline !== undefined && { timeout: Math.max(0, deadline - host.now()) }),
    };
    const call = new PendingCall(peer, node.origin, outer.op, node.path, options);
    this.#made.set(outer, call);
    begin(call, node, options, args);
    return call.promise;
  }
}
