// Calls on their way out. Numbers them, writes them, and settles each exactly once: by an answer, an abort, a
// deadline, or the end of the connection. A call that starts at the result of another one travels in the same
// batch where it can; where it cannot, it waits for that result, and holds back no other.
import { callAtValue } from "./call-at-value.ts";
import { currentCall, type IncomingCall } from "./call-context.ts";
import type { Outgoing } from "./codec.ts";
import { type CloseReason, titleOfCall } from "./connection.ts";
import { type CallPhase, LimitError, TimeoutError } from "./errors.ts";
import type { Host } from "./host.ts";
import { Base } from "./imports.ts";
import { InterceptedCalls } from "./intercepted-calls.ts";
import { callAfterEnd, lostCall, staleReference } from "./lost-call.ts";
import { CallFlag, type CallHeaders, type CallOp, type MemberPath, type Parcel, type TargetKind } from "./messages.ts";
import { type Origin, type Peer, RemoteNode } from "./node.ts";
import { onAbort } from "./on-abort.ts";
import type { CallOptions, ConnectionOptions, Limits, SentOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import { PendingCall } from "./pending-call.ts";
import { PendingTable } from "./pending-table.ts";
import type { Presenter } from "./presenter.ts";
import type { ReachPolicy } from "./reach-rules.ts";
import { RemotePromise } from "./remote-promise.ts";
import { writeReason } from "./write-reason.ts";

export interface CallerParts {
  readonly peer: Peer;
  readonly host: Host;
  readonly out: Outgoing;
  readonly outbox: Outbox;
  readonly limits: Limits;
  readonly options: ConnectionOptions;
  /** Arguments as they are now, for a call that is sent later. */
  readonly parcelOf: (args: readonly unknown[]) => Parcel;
  /** How members of results are reached that are here already. */
  readonly policy: ReachPolicy;
  /** Frames have arrived that were not acted upon: an answer may be among them. */
  readonly backlog: () => boolean;
  /** The first call became pending, or the last was settled. */
  readonly onBusy: () => void;
  /** Call `id` was given up. */
  readonly onGiveUp: ((id: number) => void) | undefined;
  /** What failed and nobody awaits. */
  readonly onError: (error: unknown) => void;
}

/** Numbers are 32 bits wide and go round; of two, the later is less than half a round ahead. */
const isLater = (id: number, than: number): boolean => ((id - than) | 0) > 0;

export class Caller {
  /** Calls that have not settled, parked ones included. */
  open = 0;
  lateReplies = 0;
  /** Calls up to this number were taken in by the far side. */
  accepted = 0;
  #lastId = 0;
  #end: { readonly reason: CloseReason; readonly here: boolean } | undefined;
  /** The connection is: nothing is pending any more, and nothing leaves. */
  #isOver = false;
  readonly #parts: CallerParts;
  readonly #out: Outgoing;
  readonly #outbox: Outbox;
  readonly #table = new PendingTable<PendingCall>();
  /** Calls that wait on this side for a promise. */
  readonly #parked = new Set<PendingCall>();
  readonly #intercepted: InterceptedCalls;
  /** The last call that left as it was made. The far side keeps its result for those that start at it. */
  #lastEarly = 0;
  /** Calls of the batch that is being filled whose results the far side keeps for others of the batch. */
  #kept: number[] = [];

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#out = parts.out;
    this.#outbox = parts.outbox;
    this.#intercepted = new InterceptedCalls({
      peer: parts.peer,
      host: parts.host,
      begin: (call, node, options, args) => this.#begin(call, node.origin, options, args),
      phaseOf: (call) => this.phaseOf(call),
    });
    parts.out.nextCallId = () => {
      this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
      return this.#lastId;
    };
  }

  makeCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    const call = new PendingCall(this.#parts.peer, node.origin, op, node.path);
    this.start(call, node, args);
    return new RemotePromise(call);
  }

  /** For assignments and deletions through a proxy, which give nothing that could be awaited. */
  sendCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): void {
    const call = this.makeCall(new RemoteNode(node.origin, node.path, { ...node.options, oneWay: true }), op, args);
    call.catch(this.#parts.onError);
  }

  /** Starts a call that was made here or by a router. */
  start(call: PendingCall, node: RemoteNode, args: readonly unknown[]): void {
    const outgoing = this.#parts.options.intercept?.outgoing;
    if (outgoing === undefined) return this.#begin(call, node.origin, node.options, args);
    if (!this.#admit(call, node.options)) return;
    this.#watch(call, node.options);
    this.#intercepted.start(outgoing, call, node, args, this.#timeoutOf(node.options));
  }

  /** Starts a call whose arguments were encoded before. */
  startParcel(call: PendingCall, path: MemberPath, base: Base | undefined, options: CallOptions | undefined, parcel: Parcel): void {
    if (!this.#admit(call, options)) return;
    this.#hold();
    this.#writeParcel(call, "reference", base?.record.id ?? 0, path, options, parcel);
  }

  /**
   * The far side answered.
   *
   * @param isHeavy the answer is large, or refers to objects: the far side should not keep it for longer than needed
   */
  settle(id: number, rejected: boolean, value: unknown, isHeavy: boolean): boolean {
    const call = this.#table.take(id);
    if (call === undefined) {
      if (this.#isUnknown(id)) return false;
      this.lateReplies += 1;
      return true;
    }
    call.done();
    if (call.settled) {
      this.lateReplies += 1;
      return true;
    }
    this.#release();
    if (rejected) call.reject(value, true);
    else call.fulfill(value);
    if (call.early && isHeavy) {
      this.#out.forget(id);
      this.#outbox.written();
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
    if (this.#table.take(call.id) !== undefined && !call.settled) this.#release();
  }

  /** Gives a call up on this side; the far side hears of it. */
  giveUp(call: PendingCall, reason: unknown, made: boolean): void {
    if (call.settled) return;
    const written = call.id !== 0 && this.#table.get(call.id) === call;
    this.#parked.delete(call);
    if (written && !call.awaitsDone) this.#table.take(call.id);
    if (!this.#intercepted.delete(call)) this.#release();
    call.reject(reason, made);
    if (!written) return call.done();
    this.#parts.onGiveUp?.(call.id);
    // A reason that cannot be sent must not keep the far side from hearing of the abort.
    writeReason(reason, (sendable) => this.#out.abort(call.id, Object.is(sendable, reason) ? reason : undefined));
    this.#outbox.written();
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

  /** Before a batch is taken: results that were kept for it are kept no longer. */
  forgetKept(): void {
    if (this.#kept.length === 0) return;
    for (const id of this.#kept) this.#out.forget(id);
    this.#kept = [];
  }

  /** Whether a call to be sent now may start at the result of `call`; if so, the far side keeps it. */
  pipeline(call: PendingCall): boolean {
    if (call.settled || call.id === 0 || call.carrier !== this.#parts.peer) return false;
    const outbox = this.#outbox;
    if (call.early) return call.id === this.#lastEarly && call.tick === outbox.tick && outbox.gathering;
    if (call.kept) return call.batch === outbox.batch;
    if (call.batch !== outbox.batch || call.frameAt < 0) return call.kept;
    this.#out.markKept(call.frameAt);
    call.kept = true;
    this.#kept.push(call.id);
    return true;
  }

  phaseOf(call: PendingCall): CallPhase {
    if (call.batch === -1 || call.batch >= this.#outbox.given) return "unsent";
    return isLater(call.id, this.accepted) ? "sent" : "accepted";
  }

  /** The connection is over: rejects everything that is pending, and whatever comes later. */
  end(reason: CloseReason, here: boolean): void {
    this.#end = { reason, here };
    this.#isOver = true;
    const { label } = this.#parts.peer;
    const written = this.#table.takeAll();
    const parked = [...this.#parked];
    this.#parked.clear();
    const phases = written.map((call) => this.phaseOf(call));
    const intercepted = this.#intercepted.takeAll();
    this.open = 0;
    for (const [index, call] of written.entries()) {
      call.done();
      if (!call.settled) call.lost(lostCall(label, call, reason, phases[index]!));
    }
    for (const call of parked) {
      call.done();
      call.lost(lostCall(label, call, reason, "unsent"));
    }
    for (const { call, phase } of intercepted) call.lost(lostCall(label, call, reason, phase));
  }

  /** From now on calls of this side are refused; those that are open go on. */
  refuseNew(reason: CloseReason, here: boolean): void {
    this.#end ??= { reason, here };
  }

  #timeoutOf(options: CallOptions | undefined): number | undefined {
    return options?.timeout ?? this.#parts.options.timeout;
  }

  #begin(call: PendingCall, origin: Origin, options: CallOptions | undefined, args: readonly unknown[]): void {
    if (this.#end?.here === false && origin instanceof Base && origin.record.id !== 0) {
      call.reject(staleReference(this.#parts.peer.label, call), true);
      return;
    }
    if (!this.#admit(call, options)) return;
    if (origin instanceof PendingCall) {
      this.#beginAtResult(call, origin, options, args);
      return;
    }
    const { record } = origin as Base;
    if (record.released) {
      call.reject(staleReference(this.#parts.peer.label, call), true);
      return;
    }
    this.#hold();
    this.#write(call, "reference", record.id, call.path, options, args);
  }

  #admit(call: PendingCall, options: CallOptions | undefined): boolean {
    const { limits, peer } = this.#parts;
    if (options?.signal?.aborted === true) {
      call.reject(options.signal.reason, false);
    } else if (this.#end !== undefined) {
      call.done();
      call.lost(callAfterEnd(peer.label, titleOfCall(call.op, call.path.names), this.#end.reason, this.#end.here));
      return false;
    } else if (this.open >= limits.pendingCalls) {
      call.reject(
        new LimitError(
          `${this.open} calls to ${peer.label} are pending (limits.pendingCalls). Await some before you make more.`,
          "pendingCalls",
          limits.pendingCalls,
        ),
        true,
      );
    } else if (this.#outbox.queuedBytes > limits.queuedBytes) {
      call.reject(
        new LimitError(
          `${this.#outbox.queuedBytes} bytes wait to be sent to ${peer.label} (limits.queuedBytes). Await some calls before you make more.`,
          "queuedBytes",
          limits.queuedBytes,
        ),
        true,
      );
    } else {
      return true;
    }
    call.done();
    return false;
  }

  /** The call starts at what another call answers. */
  #beginAtResult(call: PendingCall, origin: PendingCall, options: CallOptions | undefined, args: readonly unknown[]): void {
    if (origin.state === "rejected") {
      call.reject(origin.value, false);
      return;
    }
    if (origin.state === "fulfilled") {
      this.#beginAtValue(call, origin.value, options, args, undefined);
      return;
    }
    this.#hold();
    if (this.pipeline(origin)) {
      origin.markHandled();
      this.#write(call, "result", origin.id, call.path, options, args);
      return;
    }
    let parcel: Parcel;
    try {
      parcel = this.#parts.parcelOf(args);
    } catch (error) {
      this.#abandon(call, error);
      return;
    }
    this.#watch(call, options);
    this.#parked.add(call);
    origin.promise.then(
      (value) => this.#unpark(call) && this.#beginAtValue(call, value, options, args, parcel),
      (reason: unknown) => this.#unpark(call) && call.reject(reason, false),
    );
  }

  #unpark(call: PendingCall): boolean {
    if (!this.#parked.delete(call)) return false;
    this.#release();
    return true;
  }

  /** The result at which the call starts is here. */
  #beginAtValue(
    call: PendingCall,
    value: unknown,
    options: CallOptions | undefined,
    args: readonly unknown[],
    parcel: Parcel | undefined,
  ): void {
    const sendParcel = (base: Base, node: RemoteNode, encoded: Parcel): boolean => {
      if (base.peer !== this.#parts.peer) return false;
      call.origin = base;
      this.#hold();
      this.#writeParcel(call, "reference", base.record.id, node.path, options, encoded);
      return true;
    };
    callAtValue(value, { call, options, args, parcel, policy: this.#parts.policy, sendParcel });
  }

  #write(
    call: PendingCall,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    options: CallOptions | undefined,
    args: readonly unknown[],
  ): void {
    const outbox = this.#outbox;
    const running = currentCall();
    const isForStanding = running?.standingAt === outbox;
    const atOnce = outbox.leavesAtOnce(this.open === 1, call.isStanding || isForStanding);
    // What a thread stands still for is nothing that others could start at.
    let flags: number = atOnce && !call.isStanding ? CallFlag.early : 0;
    let headers: CallHeaders | undefined;
    if (options !== undefined || this.#parts.options.timeout !== undefined) {
      headers = headersOf(options, this.#parts.options);
      if (options?.oneWay === true) flags = CallFlag.oneWay;
    }
    if (call.isStanding) flags |= CallFlag.standing;
    if (isForStanding) headers = { ...headers, for: running.id };
    try {
      this.#out.call(0, call.op, kind, target, path, flags, headers, depthIn(running), args);
    } catch (error) {
      return this.#abandon(call, error);
    }
    this.#written(call, flags, options, atOnce);
  }

  #writeParcel(
    call: PendingCall,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    options: CallOptions | undefined,
    parcel: Parcel,
  ): void {
    const outbox = this.#outbox;
    const headers = options === undefined ? undefined : headersOf(options, this.#parts.options);
    const running = currentCall();
    const flags = options?.oneWay === true ? CallFlag.oneWay : 0;
    try {
      this.#out.callParcel(0, call.op, kind, target, path, flags, headers, depthIn(running), parcel);
    } catch (error) {
      return this.#abandon(call, error);
    }
    this.#written(call, flags, options, !call.gathers && outbox.leavesAtOnce(this.open === 1));
  }

  #written(call: PendingCall, flags: number, options: CallOptions | undefined, atOnce: boolean): void {
    const outbox = this.#outbox;
    if (this.#isOver) return this.#lostWhileWritten(call);
    if ((flags & CallFlag.oneWay) !== 0) {
      outbox.written(atOnce);
      this.#release();
      call.fulfill(undefined);
      return call.done();
    }
    call.id = this.#lastId;
    call.batch = outbox.batch;
    call.frameAt = this.#out.lastCallAt;
    call.early = (flags & CallFlag.early) !== 0;
    if (call.early) this.#lastEarly = call.id;
    this.#table.add(call);
    if (options !== undefined || this.#parts.options.timeout !== undefined) this.#watch(call, options);
    call.numbered();
    outbox.written(atOnce);
    call.tick = outbox.tick;
  }

  /** A getter that was read for it ended the connection. */
  #lostWhileWritten(call: PendingCall): void {
    call.done();
    call.lost(lostCall(this.#parts.peer.label, call, this.#end!.reason, "unsent"));
  }

  /** It could not be sent: the call never was. */
  #abandon(call: PendingCall, error: unknown): void {
    if (!this.#isOver) this.#release();
    call.reject(error, false);
    call.done();
  }

  /** Listens to the caller's signal and starts the clock, once. A router watches its calls itself. */
  #watch(call: PendingCall, options: CallOptions | undefined): void {
    if (call.isRouted || call.timer !== undefined || call.stopListening !== undefined) return;
    const signal = options?.signal;
    if (signal !== undefined) call.stopListening = onAbort(signal, (reason) => this.giveUp(call, reason, false));
    const timeout = this.#timeoutOf(options);
    if (timeout !== undefined && Number.isFinite(timeout))
      call.timer = this.#parts.host.startTimer(timeout, () => this.expire(call, timeout));
  }

  #hold(): void {
    this.open += 1;
    if (this.open === 1) this.#parts.onBusy();
  }

  #release(): void {
    this.open -= 1;
    if (this.open === 0) this.#parts.onBusy();
  }

  #isUnknown(id: number): boolean {
    return id === 0 || isLater(id, this.#lastId);
  }
}

function depthIn(call: IncomingCall | undefined): number {
  return call === undefined ? 0 : call.depth + 1;
}

function headersOf(options: SentOptions | undefined, { timeout: usual }: ConnectionOptions): CallHeaders | undefined {
  const timeout = options?.timeout ?? usual;
  const { meta, key } = options ?? {};
  if (timeout === undefined && meta === undefined && key === undefined) return undefined;
  return { ...(timeout !== undefined && { timeout }), ...(meta !== undefined && { meta }), ...(key !== undefined && { key }) };
}
