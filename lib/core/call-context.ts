// What a member can learn of the call that it answers.
import { RpcError } from "./errors.ts";
import type { Host } from "./host.ts";

/** The call that is being answered. */
export interface CallContext {
  /** Fires when the caller gave up, its deadline passed, or the connection ended. */
  readonly signal: AbortSignal;
  /** Whether `signal` has fired; in a pool's worker also when this thread's event loop could not hear of it yet. */
  readonly aborted: boolean;
  /** When the caller stops waiting, on the clock of `performance.now()`; undefined without a timeout. */
  readonly deadline: number | undefined;
  /** What the caller sent beside the arguments. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Names the caller: `worker#3`, `pid 812`. */
  readonly peer: string;
}

const NO_META: Readonly<Record<string, unknown>> = Object.freeze({});

/** One incoming call. The signal is made when somebody asks for it. */
export class IncomingCall implements CallContext {
  readonly id: number;
  readonly peer: string;
  readonly depth: number;
  /** The connection over which it came, if a thread stands still there until it is answered. */
  standingAt: object | undefined = undefined;
  /** The call of this side's that it is made for, if this thread stands still for that one; else 0. */
  madeFor = 0;
  deadline: number | undefined = undefined;
  meta: Readonly<Record<string, unknown>> = NO_META;
  /** Something that can be asked at any time whether the caller gave up, even while this thread is busy. */
  flag: (() => boolean) | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #abortReason: unknown = undefined;
  #aborted = false;

  constructor(id: number, peer: string, depth: number) {
    this.id = id;
    this.peer = peer;
    this.depth = depth;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#aborted || (this.flag !== undefined && this.flag());
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}

let current: IncomingCall | undefined;
/** Set by the first connection with `asyncContext`, since asking it costs. */
let asyncHost: Host | undefined;

/** The call that is being dispatched right now, in the synchronous part of its member. */
export function currentCall(): IncomingCall | undefined {
  return current;
}

/** Makes `call` the current one; answers what was before, to be given back to `leaveCall`. */
export function enterCall(call: IncomingCall | undefined): IncomingCall | undefined {
  const previous = current;
  current = call;
  return previous;
}

export function useAsyncContext(host: Host): void {
  asyncHost = host;
}

/**
 * What the running member can know of its call. Ask in the synchronous part of the member, before its
 * first `await`; with the connection's `asyncContext: true` at any time.
 *
 * @throws RpcError `ERR_NO_CALL` outside of a call
 * @example
 * export async function search(text: string) {
 *   const { signal, peer } = callContext();
 *   for (const file of files) { signal.throwIfAborted(); await scan(file, text); }
 * }
 */
export function callContext(): CallContext {
  const call = current ?? (asyncHost?.currentCall() as IncomingCall | undefined);
  if (call === undefined) {
    throw new RpcError(
      "ERR_NO_CALL",
      "callContext() was asked outside of a call. Ask before the member's first await, or set asyncContext: true on the connection.",
    );
  }
  return call;
}
