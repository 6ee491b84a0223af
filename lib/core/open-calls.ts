// Calls of this side that have not settled. Each is settled exactly once: by an answer, an abort, a deadline, or the
// end of the connection.
import type { Outgoing } from "./codec.ts";
import { type CloseReason, titleOfCall } from "./connection.ts";
import { type CallPhase, TimeoutError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { InterceptedCalls } from "./intercepted-calls.ts";
import { lostCall } from "./lost-call.ts";
import type { Peer } from "./node.ts";
import { onAbort } from "./on-abort.ts";
import type { CallOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { PendingCall } from "./pending-call.ts";
import { PendingTable } from "./pending-table.ts";
import type { Presenter } from "./presenter.ts";
import { writeReason } from "./write-reason.ts";

export interface OpenCallsParts {
  readonly peer: Peer;
  readonly host: Host;
  readonly out: Outgoing;
  readonly outbox: Outbox;
  readonly intercepted: InterceptedCalls;
  /** Milliseconds that a call has which says nothing of them. */
  readonly timeout: number | undefined;
  /** Frames have arrived that were not acted upon: an answer may be among them. */
  readonly backlog: () => boolean;
  /** The first call became pending, or the last was settled. */
  readonly onBusy: () => void;
  /** Call `id` was given up. */
  readonly onGiveUp: ((id: number) => void) | undefined;
}

/** Numbers are 32 bits wide and go round; of two, the later is less than half a round ahead. */
const isLater = (id: number, than: number): boolean => ((id - than) | 0) > 0;

export class OpenCalls {
  /** How many there are, parked ones included. */
  count = 0;
  lateReplies = 0;
  /** Calls up to this number were taken in by the far side. */
  accepted = 0;
  /** The number of the last call that was written. */
  lastId = 0;
  readonly #parts: OpenCallsParts;
  readonly #table = new PendingTable<PendingCall>();
  /** Calls that wait on this side for a promise. */
  readonly #parked = new Set<PendingCall>();

  constructor(parts: OpenCallsParts) {
    this.#parts = parts;
    parts.out.nextCallId = () => {
      this.lastId = this.lastId === 0xffff_ffff ? 1 : this.lastId + 1;
      return this.lastId;
    };
  }

  hold(): void {
    this.count += 1;
    if (this.count === 1) this.#parts.onBusy();
  }

  release(): void {
    this.count -= 1;
    if (this.count === 0) this.#parts.onBusy();
  }

  /** It was written, and waits for its answer. */
  add(call: PendingCall): void {
    this.#table.add(call);
  }

  park(call: PendingCall): void {
    this.#parked.add(call);
  }

  /** False: it was settled while it was parked. */
  unpark(call: PendingCall): boolean {
    if (!this.#parked.delete(call)) return false;
    this.release();
    return true;
  }

  /** Listens to the caller's signal and starts the clock, once. A router watches its calls itself. */
  watch(call: PendingCall, options: CallOptions | undefined): void {
    if (call.isRouted || call.timer !== undefined || call.stopListening !== undefined) return;
    const signal = options?.signal;
    if (signal !== undefined) call.stopListening = onAbort(signal, (reason) => this.giveUp(call, reason, false));
    const timeout = options?.timeout ?? this.#parts.timeout;
    if (timeout !== undefined && Number.isFinite(timeout))
      call.timer = this.#parts.host.startTimer(timeout, () => this.expire(call, timeout));
  }

  /**
   * The far side answered.
   *
   * @param isHeavy the answer is large, or refers to objects: the far side should not keep it for longer than needed
   */
  settle(id: number, rejected: boolean, value: unknown, isHeavy: boolean): boolean {
    const call = this.#table.take(id);
    if (call === undefined) {
      if (id === 0 || isLater(id, this.lastId)) return false;
      this.lateReplies += 1;
      return true;
    }
    call.done();
    if (call.settled) {
      this.lateReplies += 1;
      return true;
    }
    this.release();
    if (rejected) call.reject(value, true);
    else call.fulfill(value);
    if (call.early && isHeavy) {
      this.#parts.out.forget(id);
      this.#parts.outbox.written();
    }
    return true;
  }

  /** Who shows what comes with the answer to `id`, if not the core. */
  presenterOf(id: number): Presenter | undefined {
    return this.#table.get(id)?.presenter;
  }

  /** Whether this thread stands still until call `id` is answered. */
  isStandingFor(id: number): boolean {
    return this.#table.get(id)?.isStanding === true;
  }

  /** Whether an answer to `id` would come to somebody. */
  isAwaited(id: number): boolean {
    const call = this.#table.get(id);
    return call !== undefined && !call.settled;
  }

  /** Forgets a call that the far side never began with, and knows that it is not to. */
  takeBack(call: PendingCall): void {
    if (this.#table.take(call.id) !== undefined && !call.settled) this.release();
  }

  /** Gives a call up on this side; the far side hears of it. */
  giveUp(call: PendingCall, reason: unknown, made: boolean): void {
    if (call.settled) return;
    const { out, outbox, intercepted, onGiveUp } = this.#parts;
    const written = call.id !== 0 && this.#table.get(call.id) === call;
    this.#parked.delete(call);
    if (written && !call.awaitsDone) this.#table.take(call.id);
    if (!intercepted.delete(call)) this.release();
    call.reject(reason, made);
    if (!written) return call.done();
    onGiveUp?.(call.id);
    // A reason that cannot be sent must not keep the far side from hearing of the abort.
    writeReason(reason, (sendable) => out.abort(call.id, Object.is(sendable, reason) ? reason : undefined));
    outbox.written();
  }

  /** The call's time is over. The answer may lie in a queue behind what kept this thread busy: it is looked for first. */
  expire(call: PendingCall, timeout: number): void {
    const { host, backlog, peer } = this.#parts;
    let turns = 2;
    const judge = (): void => {
      if (call.settled) return;
      if (turns > 0 || backlog()) {
        turns -= 1;
        host.nextTurn(judge);
        return;
      }
      this.giveUp(
        call,
        new TimeoutError(`${titleOfCall(call.op, call.path.names)} on ${peer.label} did not answer within ${timeout} ms.`, timeout),
        true,
      );
    };
    judge();
  }

  phaseOf(call: PendingCall): CallPhase {
    if (call.batch === -1 || call.batch >= this.#parts.outbox.given) return "unsent";
    return isLater(call.id, this.accepted) ? "sent" : "accepted";
  }

  /** The connection is over: rejects all of them. */
  end(reason: CloseReason): void {
    const { label } = this.#parts.peer;
    const written = this.#table.takeAll().map((call) => ({ call, phase: this.phaseOf(call) }));
    const parked = [...this.#parked].map((call) => ({ call, phase: "unsent" as const }));
    const intercepted = this.#parts.intercepted.takeAll();
    this.#parked.clear();
    this.count = 0;
    for (const { call, phase } of [...written, ...parked]) {
      call.done();
      if (!call.settled) call.lost(lostCall(label, call, reason, phase));
    }
    for (const { call, phase } of intercepted) call.lost(lostCall(label, call, reason, phase));
  }
}
