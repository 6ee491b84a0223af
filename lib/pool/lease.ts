// A worker of one's own: asked for like a call, and out of rotation until it is given back.
import type { CloseReason } from "../core/connection.ts";
import { DisposedError } from "../core/errors.ts";
import type { Remote } from "../core/remote.ts";
import type { RoutedCall } from "../core/router.ts";
import type { Flow } from "./flows.ts";
import type { Member } from "./member.ts";
import type { Waiter } from "./waiter.ts";

/** How long, and for how long at most, a worker of one's own is waited for. */
export interface LeaseOptions {
  /** Stops waiting for a worker; rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long to wait for a worker, in ms, before it rejects with `TimeoutError`. @defaultValue the pool's */
  readonly queueTimeout?: number;
  /** Higher goes first. @defaultValue 0 */
  readonly priority?: number;
}

/**
 * A worker that takes nobody else's calls, until it is given back.
 *
 * @example
 * await using worker = await pool.lease();
 * await worker.remote.open(file);
 * await worker.remote.edit(change); // the same worker, and nobody in between
 */
export interface PoolLease<T = unknown> extends AsyncDisposable {
  readonly remote: Remote<T>;
  /** `worker#3`, `pid 812` */
  readonly label: string;
  /** Resolves when the worker is gone. Never rejects. */
  readonly closed: Promise<CloseReason>;
  /** Gives the worker back when its calls are done. Later calls reject with `DisposedError`. */
  release(): Promise<void>;
  /** Ends the worker, where it is better not used again. The pool starts another. */
  destroy(reason?: string): void;
}

/** Somebody who waits for a worker of his own. */
export class LeaseRequest implements Waiter {
  place = -1;
  order = 0;
  flow: Flow | undefined = undefined;
  readonly key: undefined = undefined;
  readonly exclusive = true;
  readonly canGoAhead = false;
  readonly canStandBy = false;
  readonly priority: number;
  readonly member: Promise<Member>;
  grant!: (member: Member) => void;
  fail!: (error: unknown) => void;

  constructor(priority: number) {
    this.priority = priority;
    this.member = new Promise((resolve, reject) => {
      this.grant = resolve;
      this.fail = reject;
    });
  }
}

export interface LeaseParts {
  readonly member: Member;
  /** Makes the remote whose calls go through `route`. */
  readonly makeRemote: (route: (call: RoutedCall) => void) => object;
  readonly send: (call: RoutedCall) => void;
  readonly kill: (reason: string) => void;
  readonly giveBack: () => void;
}

export class Lease<T> implements PoolLease<T> {
  readonly remote: Remote<T>;
  readonly label: string;
  readonly closed: Promise<CloseReason>;
  readonly #parts: LeaseParts;
  #released: Promise<void> | undefined;

  constructor(parts: LeaseParts) {
    const { member, makeRemote, send } = parts;
    this.#parts = parts;
    this.label = member.worker.label;
    this.closed = member.worker.ended;
    this.remote = makeRemote((call) => {
      if (this.#released === undefined) send(call);
      else call.reject(new DisposedError(`The lease of ${this.label} was given back; ask pool.lease() for another.`));
    }) as Remote<T>;
  }

  release(): Promise<void> {
    return (this.#released ??= this.#giveBack());
  }

  destroy(reason = "destroyed"): void {
    this.#released ??= Promise.resolve();
    this.#parts.kill(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #giveBack(): Promise<void> {
    const { member, giveBack } = this.#parts;
    if (member.occupant.load !== 0 && !member.isGone) await new Promise<void>((resolve) => (member.onQuiet = resolve));
    member.onQuiet = undefined;
    giveBack();
  }
}
