// Calls on their way out: admits them, and writes them. A call that starts at the result of another one travels in
// the same batch where it can; where it cannot, it waits for that result, and holds back no other.
import { callAtValue } from "./call-at-value.ts";
import { currentCall, type IncomingCall } from "./call-context.ts";
import type { Outgoing } from "./codec.ts";
import { type CloseReason, titleOfCall } from "./connection.ts";
import { LimitError } from "./errors.ts";
import { Base } from "./imports.ts";
import type { InterceptedCalls } from "./intercepted-calls.ts";
import { callAfterEnd, lostCall, staleReference } from "./lost-call.ts";
import { CallFlag, type CallHeaders, type CallOp, type MemberPath, type Parcel, type TargetKind } from "./messages.ts";
import { type Origin, type Peer, RemoteNode } from "./node.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { CallOptions, ConnectionOptions, Limits, SentOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import { PendingCall } from "./pending-call.ts";
import type { ReachPolicy } from "./reach-rules.ts";
import { RemotePromise } from "./remote-promise.ts";

export interface CallerParts {
  readonly peer: Peer;
  readonly calls: OpenCalls;
  readonly intercepted: InterceptedCalls;
  readonly out: Outgoing;
  readonly outbox: Outbox;
  readonly limits: Limits;
  readonly options: ConnectionOptions;
  /** Arguments as they are now, for a call that is sent later. */
  readonly parcelOf: (args: readonly unknown[]) => Parcel;
  /** How members of results are reached that are here already. */
  readonly policy: ReachPolicy;
  /** What failed and nobody awaits. */
  readonly onError: (error: unknown) => void;
}

export class Caller {
  #end: { readonly reason: CloseReason; readonly here: boolean } | undefined;
  #isOver = false;
  /** Whoever ends this side's connection has another for those who call: to them it is the far side that is gone. */
  isReplaceable = false;
  readonly #parts: CallerParts;
  readonly #out: Outgoing;
  readonly #outbox: Outbox;
  readonly #calls: OpenCalls;
  /** The last call that left as it was made. The far side keeps its result for those that start at it. */
  #lastEarly = 0;
  /** Calls of the batch that is being filled whose results the far side keeps for others of the batch. */
  #kept: number[] = [];

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#out = parts.out;
    this.#outbox = parts.outbox;
    this.#calls = parts.calls;
  }

  makeCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    const call = new PendingCall(this.#parts.peer, node.origin, op, node.path, node.options);
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
    const { timeout, intercept } = this.#parts.options;
    const outgoing = intercept?.outgoing;
    if (outgoing === undefined) return this.begin(call, node.origin, node.options, args);
    if (!this.#admit(call, node.options)) return;
    this.#calls.watch(call, node.options);
    this.#parts.intercepted.start(outgoing, call, node, args, node.options?.timeout ?? timeout);
  }

  /** Sends a call that no interceptor has in hand any more. */
  begin(call: PendingCall, origin: Origin, options: CallOptions | undefined, args: readonly unknown[]): void {
    if (this.#end !== undefined && (!this.#end.here || this.isReplaceable) && origin instanceof Base && origin.record.id !== 0) {
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
    this.#calls.hold();
    this.#write(call, "reference", record.id, call.path, options, args);
  }

  /** Starts a call whose arguments were encoded before. */
  startParcel(call: PendingCall, path: MemberPath, base: Base | undefined, options: CallOptions | undefined, parcel: Parcel): void {
    if (!this.#admit(call, options)) return;
    this.#calls.hold();
    this.#writeParcel(call, "reference", base?.record.id ?? 0, path, options, parcel);
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

  /** The connection is over: nothing leaves any more. */
  end(reason: CloseReason, here: boolean): void {
    this.#end = { reason, here };
    this.#isOver = true;
  }

  /** From now on calls of this side are refused; those that are open go on. */
  refuseNew(reason: CloseReason, here: boolean): void {
    this.#end ??= { reason, here };
  }

  #admit(call: PendingCall, options: CallOptions | undefined): boolean {
    const { limits, peer } = this.#parts;
    if (options?.signal?.aborted === true) {
      call.reject(options.signal.reason, false);
    } else if (this.#end !== undefined) {
      call.done();
      call.lost(callAfterEnd(peer.label, titleOfCall(call.op, call.path.names), this.#end.reason, this.#end.here));
      return false;
    } else if (this.#calls.count >= limits.pendingCalls) {
      call.reject(
        new LimitError(
          `${this.#calls.count} calls to ${peer.label} are pending (limits.pendingCalls). Await some before you make more.`,
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
    this.#calls.hold();
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
    this.#calls.watch(call, options);
    this.#calls.park(call);
    origin.promise.then(
      (value) => this.#calls.unpark(call) && this.#beginAtValue(call, value, options, args, parcel),
      (reason: unknown) => this.#calls.unpark(call) && call.reject(reason, false),
    );
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
      this.#calls.hold();
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
    const atOnce = outbox.leavesAtOnce(this.#calls.count === 1, call.isStanding || isForStanding);
    // What a thread stands still for is nothing that others could start at.
    let flags: number = atOnce && !call.isStanding ? CallFlag.early : 0;
    if (options?.oneWay === true) flags = CallFlag.oneWay;
    if (call.isStanding) flags |= CallFlag.standing;
    try {
      let headers =
        options === undefined && this.#parts.options.timeout === undefined ? undefined : headersOf(options, this.#parts.options);
      if (isForStanding) headers = { ...headers, for: running.id };
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
    const running = currentCall();
    const flags = options?.oneWay === true ? CallFlag.oneWay : 0;
    try {
      const headers = options === undefined ? undefined : headersOf(options, this.#parts.options);
      this.#out.callParcel(0, call.op, kind, target, path, flags, headers, depthIn(running), parcel);
    } catch (error) {
      return this.#abandon(call, error);
    }
    this.#written(call, flags, options, !call.gathers && outbox.leavesAtOnce(this.#calls.count === 1));
  }

  #written(call: PendingCall, flags: number, options: CallOptions | undefined, atOnce: boolean): void {
    const outbox = this.#outbox;
    if (this.#isOver) return this.#lostWhileWritten(call);
    if ((flags & CallFlag.oneWay) !== 0) {
      outbox.written(atOnce);
      this.#calls.release();
      call.fulfill(undefined);
      return call.done();
    }
    call.id = this.#calls.lastId;
    call.batch = outbox.batch;
    call.frameAt = this.#out.lastCallAt;
    call.early = (flags & CallFlag.early) !== 0;
    if (call.early) this.#lastEarly = call.id;
    this.#calls.add(call);
    if (options !== undefined || this.#parts.options.timeout !== undefined) this.#calls.watch(call, options);
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
    if (!this.#isOver) this.#calls.release();
    call.reject(error, false);
    call.done();
  }
}

function depthIn(call: IncomingCall | undefined): number {
  return call === undefined ? 0 : call.depth + 1;
}

function headersOf(options: SentOptions | undefined, { timeout: usual }: ConnectionOptions): CallHeaders | undefined {
  const timeout = options?.timeout ?? usual;
  const { meta, key } = options ?? {};
  if (timeout === undefined && meta === undefined && key === undefined) return undefined;
  // The far side would take them for a breach of the protocol.
  if (timeout !== undefined && (typeof timeout !== "number" || Number.isNaN(timeout)))
    throw new TypeError(`The option \`timeout\` must be a number of milliseconds, not ${String(timeout)}`);
  if (meta !== undefined && (typeof meta !== "object" || meta === null || Array.isArray(meta)))
    throw new TypeError(`The option \`meta\` must be an object, not ${String(meta)}`);
  return {
    ...(timeout !== undefined && { timeout: Math.max(0, timeout) }),
    ...(meta !== undefined && { meta }),
    ...(key !== undefined && { key }),
  };
}
