// Calls on their way in: finds the object and the member, runs it, and answers. Each call is answered once, by
// its result or by what was thrown, unless it was one-way.
import { Admission, type AdmissionRules, type Turn } from "./admission.ts";
import { enterCall, IncomingCall } from "./call-context.ts";
import type { Outgoing } from "./codec.ts";
import { titleOfCall } from "./connection.ts";
import { DeferredArguments } from "./deferred.ts";
import { LimitError, NotExposedError, ProtocolError, RpcError, StaleReferenceError } from "./errors.ts";
import type { ExportRecord, Exports } from "./exports.ts";
import type { Host } from "./host.ts";
import { interceptIncoming } from "./interception.ts";
import { invoke, type InvokePolicy } from "./invoke.ts";
import { CallFlag, type CallHeaders, type CallOp, type MemberPath, type TargetKind } from "./messages.ts";
import type { ConnectionOptions, Limits } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import { Outcome } from "./outcome.ts";
import type { Pace } from "./pace.ts";
import { ParkedCalls } from "./parked-calls.ts";
import type { Replays } from "./replays.ts";
import { isObject } from "./reach-rules.ts";
import { writeReason } from "./write-reason.ts";

export interface DispatcherParts {
  /** Names the caller. */
  readonly label: string;
  readonly host: Host;
  readonly out: Outgoing;
  readonly outbox: Outbox;
  readonly pace: Pace;
  /** Bytes that the call at hand took. */
  readonly frameLength: () => number;
  readonly exports: Exports;
  readonly policy: InvokePolicy;
  readonly limits: Limits;
  readonly options: ConnectionOptions;
  /** The live values of the frame under way are not wanted: what they introduced is given back. */
  readonly dropLives: () => void;
  /** Whether this side stands still and waits for a call that waits for the one at hand, so that a promise would never settle. */
  readonly isStuck: (madeFor: number, target: ExportRecord | undefined) => boolean;
  /** Tells at any time whether the caller gave call `id` up, where something does. */
  readonly abortFlag: ((id: number) => boolean) | undefined;
  /** Whether some calls wait for their turn. */
  readonly admission: AdmissionRules | undefined;
  /** What calls with a key were answered, where that is remembered. */
  readonly replays: (() => Replays | undefined) | undefined;
  /** The last running call has ended. */
  readonly onIdle: () => void;
  /** The peer asks for more and more, and does not read what it is answered. */
  readonly onUnread: (error: Error) => void;
  readonly onError: (error: unknown) => void;
}

/** Answers above so many bytes are not remembered for those who might ask again. */
const LARGEST_REPLAY = 64 * 1024;

/** One call, on its way from its frame to its answer. */
interface Dispatched {
  readonly context: IncomingCall;
  readonly op: CallOp;
  readonly path: readonly string[];
  readonly oneWay: boolean;
  readonly outcome: Outcome | undefined;
  /** If it had to wait for its turn, and others wait for its end. */
  turn: Turn | undefined;
  /** By which it is known when it is sent again. */
  key?: string;
  /** If it has a key, and runs here. */
  replay?: { readonly outcome: Outcome; readonly forget: () => void };
}

export class Dispatcher {
  /** The number of the last call that was taken in. */
  taken = 0;
  readonly #parts: DispatcherParts;
  /** Calls that have not been answered, by number; one-way calls have none. */
  readonly #running = new Map<number, Dispatched>();
  readonly #oneWay = new Set<Dispatched>();
  /** The call whose frame is being acted upon, until its member runs. */
  #arriving: Dispatched | undefined;
  /** What calls answered that others start at. */
  readonly #kept = new Map<number, Outcome>();
  /** The same for the last call that was sent ahead of its batch. */
  #earlyId = 0;
  #early: Outcome | undefined;
  readonly #parked: ParkedCalls;
  #isUnread = false;
  readonly #admission: Admission | undefined;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#parked = new ParkedCalls(parts.pace);
    if (parts.admission !== undefined) this.#admission = new Admission(parts.admission, parts.outbox, parts.host);
  }

  get running(): number {
    return this.#running.size + this.#oneWay.size + this.#parked.size + (this.#admission?.waiting ?? 0);
  }

  call(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    args: readonly unknown[] | DeferredArguments,
  ): void {
    const { label, limits, outbox } = this.#parts;
    if (id !== 0) this.taken = id;
    const context = new IncomingCall(id, label, depth);
    if ((flags & CallFlag.standing) !== 0) context.standingAt = outbox;
    if (headers !== undefined) this.#readHeaders(context, headers);
    const outcome = (flags & (CallFlag.keep | CallFlag.early)) === 0 ? undefined : this.#keep(id, flags);
    const call: Dispatched = { context, op, path: path.names, oneWay: (flags & CallFlag.oneWay) !== 0, outcome, turn: undefined };
    const { abortFlag } = this.#parts;
    if (abortFlag !== undefined) context.flag = () => abortFlag(id);
    this.#arriving = call;
    if (depth > limits.nesting)
      return this.#refuse(
        call,
        new LimitError(`${titleOfCall(op, path.names)}: calls are nested ${depth} deep (limits.nesting)`, "nesting", limits.nesting),
      );
    if (this.running >= limits.pendingCalls)
      return this.#refuse(
        call,
        new LimitError(
          `${label} has ${this.running} calls running here already (limits.pendingCalls)`,
          "pendingCalls",
          limits.pendingCalls,
        ),
      );
    if (headers?.key !== undefined) call.key = headers.key;
    if (this.#parked.size !== 0 || outbox.congested) this.#park(call, () => this.#enter(call, kind, target, path, args));
    else this.#enter(call, kind, target, path, args);
    this.#arriving = undefined;
  }

  /** The caller gave up. The member goes on until it has seen its signal. */
  abort(id: number, reason: unknown): void {
    if (this.#parked.size !== 0) this.#parked.giveUp(id, reason);
    const call = this.#running.get(id);
    if (call === undefined) return;
    call.context.abort(reason);
    // What starts at its result is not to wait for a member that ignores its signal: its caller has been told already.
    call.outcome?.settle(true, call.context.signal.reason);
  }

  forget(id: number): void {
    this.#kept.delete(id);
    if (this.#earlyId === id) this.#early = undefined;
  }

  /** What the peer's call `id` answers, for calls that use it. */
  resultOf(id: number): Promise<unknown> {
    const outcome = this.#outcomeOf(id);
    return outcome === undefined ? Promise.reject(unknownResult(id)) : outcome.promise;
  }

  /** The connection is over: the work that runs hears of it. */
  end(error: Error): void {
    this.#parked.clear();
    this.#admission?.clear();
    const running = [...this.#running.values(), ...this.#oneWay];
    this.#running.clear();
    this.#oneWay.clear();
    this.#kept.clear();
    this.#early = undefined;
    for (const { context } of running) context.abort(error);
  }

  /** Begins with the call, unless one with that key came before, which gives the answer to this one too. */
  #beginOnce(call: Dispatched, key: string, begin: () => void): void {
    const replays = this.#parts.replays?.();
    const known = replays?.get(key);
    if (known === undefined) {
      if (replays !== undefined) call.replay = { outcome: replays.begin(key), forget: () => replays.forget(key) };
      return begin();
    }
    this.#track(call);
    known.whenSettled(({ state, value }) => {
      // Its first run was broken off, since the connection of that was lost; so may be this one's by now.
      if (call.context.aborted) this.#fail(call, call.context.signal.reason, undefined);
      else if (state === "pending") this.#beginOnce(call, key, begin);
      else if (state === "rejected") this.#fail(call, value, undefined);
      else this.#succeed(call, value, undefined);
    });
  }

  #park(call: Dispatched, enter: () => void): void {
    const { limits, frameLength } = this.#parts;
    const drop = (reason: unknown): void => {
      call.context.abort(reason);
      this.#fail(call, reason, undefined);
    };
    this.#parked.add(call.context.id, { size: frameLength(), enter, drop });
    if (this.#parked.bytes > limits.queuedBytes) this.#giveUpOnReader();
  }

  #answered(context: IncomingCall): void {
    const { outbox, limits } = this.#parts;
    outbox.written(outbox.leavesAtOnce(false, context.standingAt !== undefined));
    // Calls of this side are refused from the limit on; answers have as much again.
    if (outbox.queuedBytes > 2 * limits.queuedBytes) this.#giveUpOnReader();
  }

  #giveUpOnReader(): void {
    if (this.#isUnread) return;
    this.#isUnread = true;
    const { host, label, limits, onUnread } = this.#parts;
    const error = new LimitError(
      `${label} does not read what it is answered: more than ${limits.queuedBytes} bytes wait for it (limits.queuedBytes)`,
      "queuedBytes",
      limits.queuedBytes,
    );
    host.nextTurn(() => onUnread(error));
  }

  #readHeaders(context: IncomingCall, { timeout, meta, for: madeFor }: CallHeaders): void {
    if (madeFor !== undefined) context.madeFor = madeFor;
    if (timeout !== undefined) context.deadline = this.#parts.host.now() + timeout;
    if (meta !== undefined) context.meta = Object.freeze(meta);
  }

  #keep(id: number, flags: number): Outcome {
    const outcome = new Outcome();
    if ((flags & CallFlag.keep) !== 0) {
      if (this.#kept.size >= this.#parts.limits.pendingCalls)
        throw new ProtocolError("More results are to be kept than calls may be pending");
      this.#kept.set(id, outcome);
    } else {
      this.#earlyId = id;
      this.#early = outcome;
    }
    return outcome;
  }

  #outcomeOf(id: number): Outcome | undefined {
    return this.#kept.get(id) ?? (id === this.#earlyId ? this.#early : undefined);
  }

  #enter(call: Dispatched, kind: TargetKind, target: number, path: MemberPath, args: readonly unknown[] | DeferredArguments): void {
    if (call.key !== undefined) return this.#beginOnce(call, call.key, () => this.#begin(call, kind, target, args));
    const admission = this.#admission;
    if (admission === undefined || !admission.isOffered(call.context.id)) return this.#begin(call, kind, target, args);
    admission.enter(call.context.id, path, (turn) => {
      call.turn = turn;
      this.#begin(call, kind, target, args);
    });
  }

  #begin(call: Dispatched, kind: TargetKind, target: number, args: readonly unknown[] | DeferredArguments): void {
    if (kind === "result") return this.#beginAtResult(call, target, args);
    const record = target === 0 ? this.#parts.exports.root : this.#parts.exports.get(target);
    if (record === undefined) return this.#refuse(call, target === 0 ? nothingExposed(call) : staleTarget(call, target));
    this.#prepare(call, record.value, args, record);
  }

  #beginAtResult(call: Dispatched, target: number, args: readonly unknown[] | DeferredArguments): void {
    const outcome = this.#outcomeOf(target);
    if (outcome === undefined) return this.#refuse(call, unknownResult(target));
    const start = ({ state, value }: Outcome): void => {
      if (state === "rejected") this.#refuse(call, value);
      else if (isObject(value)) this.#prepare(call, value, args, undefined);
      else this.#refuse(call, new TypeError(`${titleOfCall(call.op, call.path)}: what it is called on is ${String(value)}`));
    };
    if (outcome.state === "pending") this.#track(call);
    outcome.whenSettled(start);
  }

  #prepare(call: Dispatched, start: object, args: readonly unknown[] | DeferredArguments, record: ExportRecord | undefined): void {
    if (record !== undefined && record.id !== 0) record.running += 1;
    if (!(args instanceof DeferredArguments)) return this.#run(call, start, args, record);
    this.#track(call);
    args.ready.then(
      (values) => this.#run(call, start, values, record),
      (error: unknown) => this.#fail(call, error, record),
    );
  }

  #run(call: Dispatched, start: object, args: readonly unknown[], record: ExportRecord | undefined): void {
    const { context, op, path } = call;
    const { options, policy, host } = this.#parts;
    this.#arriving = undefined;
    const previous = enterCall(context);
    let value: unknown;
    try {
      const incoming = options.intercept?.incoming;
      if (incoming !== undefined) {
        value = interceptIncoming(incoming, context, op, path, args, (changed) =>
          this.#within(context, () => invoke(start, op, path, changed, policy)),
        );
      } else if (options.asyncContext === true) {
        value = host.runInCall(context, true, () => invoke(start, op, path, args, policy));
      } else {
        value = invoke(start, op, path, args, policy);
      }
    } catch (error) {
      enterCall(previous);
      return this.#fail(call, error, record);
    }
    enterCall(previous);
    if (isThenable(value)) this.#settleLater(call, value, record);
    else this.#succeed(call, value, record);
  }

  #within<T>(context: IncomingCall, fn: () => T): T {
    const previous = enterCall(context);
    try {
      return this.#parts.options.asyncContext === true ? this.#parts.host.runInCall(context, true, fn) : fn();
    } finally {
      enterCall(previous);
    }
  }

  #settleLater(call: Dispatched, value: PromiseLike<unknown>, record: ExportRecord | undefined): void {
    if (this.#parts.isStuck(call.context.madeFor, record)) {
      disown(value);
      return this.#fail(call, stuckPromise(call), record);
    }
    this.#track(call);
    try {
      value.then(
        (result) => this.#succeed(call, result, record),
        (error: unknown) => this.#fail(call, error, record),
      );
    } catch (error) {
      this.#fail(call, error, record);
    }
  }

  /** From now on the call is one that runs. */
  #track(call: Dispatched): void {
    if (call.oneWay) this.#oneWay.add(call);
    else this.#running.set(call.context.id, call);
  }

  #succeed(call: Dispatched, value: unknown, record: ExportRecord | undefined): void {
    const { out } = this.#parts;
    const { context, outcome } = call;
    const before = out.length;
    if (!call.oneWay) {
      try {
        // Nobody waits any more: what the value would introduce is not worth introducing.
        out.result(context.id, context.aborted ? undefined : value);
      } catch (error) {
        return this.#fail(call, error, record);
      }
      if (call.replay !== undefined && out.length - before > LARGEST_REPLAY) call.replay.forget();
      this.#answered(context);
    }
    outcome?.settle(false, value);
    call.replay?.outcome.settle(false, value);
    this.#finish(call, record);
  }

  #fail(call: Dispatched, error: unknown, record: ExportRecord | undefined): void {
    const { out, onError } = this.#parts;
    if (call.oneWay) {
      onError(error);
    } else {
      // An error always arrives; what else was thrown and cannot be sent arrives as an error that says so. Where nobody
      // waits any more, that it failed is enough.
      writeReason(call.context.aborted ? undefined : error, (reason) => out.failure(call.context.id, reason));
      this.#answered(call.context);
    }
    call.outcome?.settle(true, error);
    if (call.replay !== undefined) this.#failReplay(call.replay, error, call.context);
    this.#finish(call, record);
  }

  #failReplay({ outcome, forget }: NonNullable<Dispatched["replay"]>, error: unknown, context: IncomingCall): void {
    if (!context.aborted || !isAbort(error, context.signal.reason)) return outcome.settle(true, error);
    forget();
    outcome.breakOff();
  }

  /** The call does not run. */
  #refuse(call: Dispatched, error: unknown): void {
    if (call === this.#arriving) this.#parts.dropLives();
    this.#fail(call, error, undefined);
  }

  #finish(call: Dispatched, record: ExportRecord | undefined): void {
    if (record !== undefined && record.id !== 0) this.#parts.exports.settled(record);
    if (call.oneWay) this.#oneWay.delete(call);
    else if (this.#running.size !== 0) this.#running.delete(call.context.id);
    if (call.turn !== undefined) this.#admission!.end(call.turn);
    if (this.running === 0) this.#parts.onIdle();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  return isObject(value) && typeof (value as { then?: unknown }).then === "function";
}

/** Whether that was thrown because the call was aborted with `reason`. */
function isAbort(error: unknown, reason: unknown): boolean {
  return error === reason || (error instanceof Error && (error.name === "AbortError" || error.cause === reason));
}

/** What becomes of it is nobody's concern any more. */
function disown(value: PromiseLike<unknown>): void {
  Promise.resolve(value).catch(() => {});
}

function nothingExposed({ op, path }: Dispatched): NotExposedError {
  return new NotExposedError(`${titleOfCall(op, path)}: this side exposes nothing on the connection. Call expose(api, endpoint) there.`);
}

function staleTarget({ op, path }: Dispatched, target: number): StaleReferenceError {
  return new StaleReferenceError(`${titleOfCall(op, path)}: reference ${target} was released. Ask for the object again.`);
}

function unknownResult(id: number): StaleReferenceError {
  return new StaleReferenceError(`The result of call ${id} is not kept any more. Await it, then call its member.`);
}

function stuckPromise({ op, path }: Dispatched): RpcError {
  return new RpcError(
    "ERR_BLOCKED",
    `${path.length === 0 ? "A callback" : titleOfCall(op, path)} returned a promise while its thread stands in a blocking call, so it could never settle. Pass a function that returns its value at once, or make the outer call asynchronously.`,
  );
}
