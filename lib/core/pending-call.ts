// A call of this side that waits for its answer: what is known of it, and the promise that users see.
import { appendLocalStack, isError } from "./error-record.ts";
import type { RpcError } from "./errors.ts";
import type { Timer } from "./host.ts";
import type { CallOp, MemberPath } from "./messages.ts";
import type { Origin, Peer } from "./node.ts";
import type { CallOptions } from "./options.ts";
import type { Presenter } from "./presenter.ts";

const UNSENT = -1;
const settled: Promise<void> = Promise.resolve();

export class PendingCall implements Origin {
  /** Whose remote the call was made on. */
  readonly peer: Peer;
  /** Who carries it: the same, unless that is a router. */
  carrier: Peer | undefined;
  readonly op: CallOp;
  /** Held until the call settles, so that its target is not released underneath it. */
  origin: Origin | undefined;
  readonly path: MemberPath;
  /** Those it was made with, which calls of its result have too. */
  readonly options: CallOptions | undefined;
  /** Its number; 0 until it is encoded. */
  id = 0;
  /** The batch that it is in; -1 while it waits for something on this side. */
  batch: number = UNSENT;
  /** The tick in which it was made, and whether it left ahead of its batch. */
  tick = 0;
  early = false;
  /** Where its frame begins in the batch, as long as that is being filled. */
  frameAt = -1;
  kept = false;

  state: "pending" | "fulfilled" | "rejected" = "pending";
  value: unknown = undefined;

  timer: Timer | undefined = undefined;
  /** Stops listening to the caller's signal. */
  stopListening: (() => void) | undefined = undefined;
  #promise: Promise<unknown> | undefined = undefined;
  #resolve: ((value: unknown) => void) | undefined = undefined;
  #handled = false;

  constructor(peer: Peer, origin: Origin, op: CallOp, path: MemberPath, options: CallOptions | undefined) {
    this.peer = peer;
    this.carrier = peer;
    this.origin = origin;
    this.op = op;
    this.path = path;
    this.options = options;
  }

  get name(): string {
    return `${this.path.names.join(".")}()`;
  }

  get settled(): boolean {
    return this.state !== "pending";
  }

  /** The promise that users hold, or one that is made now, for a call that nobody was given one of. */
  get promise(): Promise<unknown> {
    return (this.#promise ??= new Promise((resolve) => this.settleInto(undefined, resolve)));
  }

  /** The promise that is settled as the call is. */
  settleInto(promise: Promise<unknown> | undefined, resolve: (value: unknown) => void): void {
    this.#promise = promise;
    if (this.state === "fulfilled") resolve(this.value);
    else if (this.state === "rejected") resolve(Promise.reject(this.value));
    else this.#resolve = resolve;
    if (this.#handled) promise?.catch(ignore);
  }

  /** Somebody else shows its failure: a call that was chained on it, or whose argument it is. */
  markHandled(): void {
    this.#handled = true;
    this.#promise?.catch(ignore);
  }

  fulfill(value: unknown): void {
    if (this.state !== "pending") return;
    this.#finish("fulfilled", value);
    this.#resolve?.(value);
  }

  /**
   * @param made the error was made for this call, so that the stack of whoever awaits may be added to it
   */
  reject(reason: unknown, made: boolean): void {
    if (this.state !== "pending") return;
    this.#finish("rejected", reason);
    // One that nobody looks at follows Node's rule for unhandled rejections.
    this.#resolve?.(made && isError(reason) ? withStackOfCaller(reason) : Promise.reject(reason));
  }

  /** The connection that carried it is gone. */
  lost(error: RpcError): void {
    this.reject(error, true);
  }

  /** The far side is done with it: it answered, late perhaps, or is gone. For routers. */
  done(): void {}

  /** Whether the far side's answer is of interest even after the call was given up. */
  get awaitsDone(): boolean {
    return false;
  }

  /** It need not leave at once: its answer comes as soon if it goes with what follows in the tick. */
  get gathers(): boolean {
    return false;
  }

  /** It has its number, and leaves in a moment. For routers. */
  numbered(): void {}

  /** A router watches its signal and its time. */
  get isRouted(): boolean {
    return false;
  }

  /** This thread stands still until it is answered. */
  get isStanding(): boolean {
    return false;
  }

  /** Shows what its answer contains, if that is not done in the ordinary way. */
  get presenter(): Presenter | undefined {
    return undefined;
  }

  protected afterSettled(): void {}

  #finish(state: "fulfilled" | "rejected", value: unknown): void {
    this.state = state;
    this.value = value;
    this.origin = undefined;
    this.timer?.cancel();
    this.timer = undefined;
    this.stopListening?.();
    this.stopListening = undefined;
    this.afterSettled();
  }
}

function ignore(): void {}

/**
 * Rejects with the error once its stack shows who awaits the call as well. V8 keeps who awaits what, but tells
 * it only from within an async function that is being awaited itself: which this one is two turns later, when
 * the call's promise has taken it up. A stack captured at each call would cost 2 µs of every call.
 */
async function withStackOfCaller(error: Error): Promise<never> {
  await settled;
  await settled;
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, withStackOfCaller);
  const { stack } = here;
  if (stack !== undefined && stack.includes("\n    at ")) appendLocalStack(error, stack);
  throw error;
}
