// One call on its way through the pool: what the scheduler orders it by, and what the core tells of it.
import type { Timer } from "../core/host.ts";
import type { RpcError } from "../core/errors.ts";
import type { RoutedCall } from "../core/router.ts";
import type { Flow } from "./flows.ts";
import type { Member } from "./member.ts";
import type { Waiter } from "./waiter.ts";

/** Who is told what becomes of calls. */
export interface CallWatcher {
  /** Its caller has an answer, or has given it up. */
  onSettled(job: PoolCall): void;
  /** The worker has done it, or is gone. */
  onDone(job: PoolCall): void;
  /** The worker is gone. True: it is made again. */
  onLost(job: PoolCall, error: RpcError, id: number): boolean;
}

export class PoolCall implements Waiter {
  place = -1;
  order = 0;
  flow: Flow | undefined = undefined;
  readonly exclusive = false;
  readonly canGoAhead: boolean;
  readonly canStandBy: boolean;
  readonly priority: number;
  readonly key: string | undefined;
  readonly call: RoutedCall;
  /** Who has it, or had it last. */
  member: Member | undefined = undefined;
  isRunning = false;
  /** It is for this worker and no other. */
  isPinned = false;
  /** It is counted among those that wait. */
  isQueued = false;
  waitsSince: number;
  /** When it was given to the worker, and whether that was ahead of its turn. */
  runsSince = 0;
  wasAhead = false;
  /** While it waits, of `queueTimeout`; once it was given up, of `killAfter`. */
  timer: Timer | undefined = undefined;
  readonly #watcher: CallWatcher;

  constructor(call: RoutedCall, now: number, watcher: CallWatcher) {
    const { options } = call;
    this.call = call;
    this.priority = options?.priority ?? 0;
    this.key = options?.affinity;
    // What is sent ahead may be taken back, and sent a second time.
    this.canGoAhead = call.repeatable && options?.oneWay !== true;
    // Its time begins when it is sent.
    this.canStandBy = this.canGoAhead && options?.timeout === undefined;
    this.waitsSince = now;
    this.#watcher = watcher;
    call.record = this;
    call.onNumbered = onNumbered;
    call.onSettled = onSettled;
    call.onDone = onDone;
    call.onLost = onLost;
  }

  numbered(id: number): void {
    if (!this.isPinned) this.member?.worker.offers?.offer(id);
  }

  settled(): void {
    this.#watcher.onSettled(this);
  }

  done(): void {
    this.#watcher.onDone(this);
  }

  lost(error: RpcError, id: number): boolean {
    return this.#watcher.onLost(this, error, id);
  }

  fail(error: unknown): void {
    this.call.reject(error);
  }

  stopTimer(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}

// The same functions for all calls: four for each would be most of what a call leaves behind.
function onNumbered(this: RoutedCall, id: number): void {
  (this.record as PoolCall).numbered(id);
}

function onSettled(this: RoutedCall): void {
  (this.record as PoolCall).settled();
}

function onDone(this: RoutedCall): void {
  (this.record as PoolCall).done();
}

function onLost(this: RoutedCall, error: RpcError, id: number): boolean {
  return (this.record as PoolCall).lost(error, id);
}
