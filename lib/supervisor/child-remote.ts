// The remote of a child that outlives its runs: a router in front of the sessions of those that are up. Calls made
// while there is none wait or fail; calls that a run had when it ended are made again, or reject with its report.
import { type CloseReason, titleOfCall } from "../core/connection.ts";
import { type CallPhase, PeerLostError, QueueFullError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { type RoutedCall, Router } from "../core/router.ts";
import { SessionConnection } from "../core/session-connection.ts";
import type { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { CallQueue } from "../socket/call-queue.ts";
import { mayResend } from "../socket/resend.ts";
import { sumOfStats } from "../socket/stats.ts";
import { wireCodec } from "../wire/codec.ts";
import { CallMeter } from "./call-meter.ts";
import { ChildDownError, ChildLostError } from "./errors.ts";
import { describeExit, type ExitReport } from "./exit-report.ts";
import type { QueueSpec } from "./spec.ts";

export interface ChildRemoteParts {
  /** The child's id, or that of all its instances. */
  readonly id: string;
  /** Names it in errors: `root/store`. */
  readonly label: string;
  readonly queue: QueueSpec;
  readonly options: ConnectionOptions;
  /** Stops the child, for those who close its connection. */
  readonly stop: () => Promise<void>;
}

const ADVICE: Readonly<Record<CallPhase, string>> = {
  unsent: "It was never sent, so it may be made again",
  sent: "It was sent, so it may have run",
  accepted: "The child had taken it in, so it probably ran",
};

export class ChildRemote {
  readonly connection: SessionConnection;
  readonly meter: CallMeter = new CallMeter();
  readonly #parts: ChildRemoteParts;
  /** Take new calls, by the child or instance that they lead to. */
  readonly #sessions = new Map<string, Session>();
  readonly #queue = new CallQueue<RoutedCall>();
  /** What sessions had when they ended; their reports come with the news of the child's end. */
  readonly #lost = new Map<Session, { readonly call: RoutedCall; readonly phase: CallPhase }[]>();
  /** Calls wait for a moment, also where they would fail: state is being handed over. */
  #isHeld = false;
  /** Nobody will take calls, until the child is started again. */
  #down: { readonly why: string; readonly report: ExitReport | undefined } | undefined;
  readonly #reports = new WeakMap<Session, ExitReport>();
  readonly #known = new WeakSet<Session>();
  #lastOrder = 0;
  #turn = 0;

  constructor(parts: ChildRemoteParts) {
    this.#parts = parts;
    const { label, options } = parts;
    const router = new Router({
      label,
      host: nodeHost,
      codec: wireCodec,
      options,
      timeoutFrom: "call",
      connection: () => this.connection,
      route: (call) => this.#route(call),
    });
    this.connection = new SessionConnection({
      label,
      root: router.remote,
      stats: () => {
        const stats = sumOfStats([...this.#sessions.values()].map(({ connection }) => connection.stats()));
        return { ...stats, pendingCalls: stats.pendingCalls + this.#queue.size };
      },
      close: () => parts.stop(),
      destroy: () => void parts.stop(),
      // The supervisor holds the process as long as there are children.
      hold: () => {},
      warn: (error) => nodeHost.warn(`A listener of a connection threw: ${String(error)}`, "NEARCALL_LISTENER"),
    });
    this.connection.become("waiting");
  }

  get id(): string {
    return this.#parts.id;
  }

  /** Calls that wait for a child to be up. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** It will be up, sooner or later: calls wait. */
  expect(): void {
    this.#down = undefined;
  }

  /** `session` takes calls from now on, in place of the one before it. */
  up(id: string, session: Session): void {
    this.#down = undefined;
    this.#isHeld = false;
    const isKnown = this.#known.has(session);
    this.#sessions.set(id, session);
    this.connection.become("ready");
    for (const { call, order } of this.#queue.takeAll()) this.#send(call, order, session);
    if (isKnown) return;
    this.#known.add(session);
    session.markReplaceable();
    session.connection.on("error", (error) => {
      if (!this.connection.report(error))
        nodeHost.warn(`${this.#parts.label}: something failed that nobody awaits: ${String(error)}`, "NEARCALL_UNAWAITED");
    });
  }

  /** It takes no new calls until its state was handed over. */
  hold(id: string, session: Session): void {
    this.leave(id, session);
    this.#isHeld = true;
  }

  /** It takes no new calls: it is being stopped. */
  leave(id: string, session: Session): void {
    if (this.#sessions.get(id) !== session) return;
    this.#sessions.delete(id);
    if (this.#sessions.size === 0) this.connection.become("waiting");
  }

  /** The run with that session has ended. */
  exited(id: string, session: Session, report: ExitReport): void {
    this.leave(id, session);
    this.#reports.set(session, report);
    const lost = this.#lost.get(session) ?? [];
    this.#lost.delete(session);
    for (const { call, phase } of lost) call.reject(this.#lostError(call, phase, report));
  }

  /** There will be none: calls fail at once. */
  shut(why: string, report: ExitReport | undefined): void {
    if (this.#sessions.size > 0) return;
    this.#down = { why, report };
    for (const { call } of this.#queue.takeAll()) call.reject(this.#downError(call, why, report));
  }

  /** The supervisor begins to end: what is under way may finish, new calls fail at once. */
  refuse(why: string): void {
    this.#sessions.clear();
    this.shut(why, undefined);
  }

  /** The supervisor has ended; the remote with it. */
  end(reason: CloseReason): void {
    this.shut(reason.reason, undefined);
    this.connection.fail(new ChildDownError(this.#parts.id, `"${this.#parts.label}" is gone: ${reason.reason}`, undefined));
    this.connection.end(reason);
  }

  #route(call: RoutedCall): void {
    const madeAt = performance.now();
    this.#lastOrder += 1;
    const order = this.#lastOrder;
    call.onSettled = () => this.meter.record(performance.now() - madeAt);
    const session = this.#pick();
    if (session !== undefined) this.#send(call, order, session);
    else if (this.#down !== undefined) call.reject(this.#downError(call, this.#down.why, this.#down.report));
    else if (this.#parts.queue.whileDown === "fail" && !this.#isHeld)
      call.reject(this.#downError(call, 'it is down at the moment (queue.whileDown is "fail")', undefined));
    else if (!this.#enqueue(call, order)) call.reject(this.#fullError(call));
  }

  /** The least busy one; among equals each in its turn. */
  #pick(): Session | undefined {
    let best: Session | undefined;
    const sessions = [...this.#sessions.values()];
    this.#turn += 1;
    for (let at = 0; at < sessions.length; at++) {
      const session = sessions[(at + this.#turn) % sessions.length] as Session;
      if (session.ended || session.connection.state !== "ready") continue;
      if (best === undefined || session.pendingCalls < best.pendingCalls) best = session;
    }
    return best;
  }

  #send(call: RoutedCall, order: number, session: Session): void {
    call.onLost = (error) => this.#takeBack(call, order, session, error);
    call.sendOn(session);
  }

  /** The call's session has ended. True: it is dealt with here. */
  #takeBack(call: RoutedCall, order: number, session: Session, error: unknown): boolean {
    if (mayResend(call, error, this.#parts.queue.maxAttempts)) {
      const next = this.#pick();
      if (next !== undefined) {
        this.#send(call, order, next);
        return true;
      }
      if (this.#down === undefined && this.#parts.queue.whileDown === "wait" && this.#enqueue(call, order)) return true;
    }
    if (!(error instanceof PeerLostError) || error.remote) return false;
    const report = this.#reports.get(session);
    if (report !== undefined) {
      call.reject(this.#lostError(call, error.phase, report));
      return true;
    }
    // How the child ended will be known in a moment.
    const lost = this.#lost.get(session) ?? [];
    this.#lost.set(session, lost);
    lost.push({ call, phase: error.phase });
    return true;
  }

  /** False: there is no room. */
  #enqueue(call: RoutedCall, order: number): boolean {
    const { maxQueued, maxQueuedBytes, maxQueuedTime } = this.#parts.queue;
    if (!this.#queue.hasRoom(call.size, maxQueued, maxQueuedBytes)) return false;
    const patience = call.options?.queueTimeout ?? maxQueuedTime;
    const timer = nodeHost.startTimer(patience, () => {
      if (this.#queue.remove(call))
        call.reject(this.#downError(call, `it was not up again within ${patience} ms (queueTimeout)`, undefined));
    });
    const settled = call.onSettled;
    call.onSettled = () => {
      timer.cancel();
      this.#queue.remove(call);
      settled?.call(call);
    };
    this.#queue.add(call, order);
    return true;
  }

  #lostError(call: RoutedCall, phase: CallPhase, report: ExitReport): ChildLostError {
    const reason = `"${report.id}" ${describeExit(report)}`;
    const message = `${this.#titleOf(call)} was lost: ${reason}. ${ADVICE[phase]}.`;
    const { code, signal, lastError } = report;
    const loss = { reason, exitCode: code, signal, phase, ...(lastError !== undefined && { cause: lastError }) };
    return withoutStack(() => new ChildLostError(message, loss, report));
  }

  #downError(call: RoutedCall, why: string, report: ExitReport | undefined): ChildDownError {
    return withoutStack(() => new ChildDownError(this.#parts.id, `${this.#titleOf(call)} was not sent: ${why}`, report));
  }

  #fullError(call: RoutedCall): QueueFullError {
    const { size, bytes } = this.#queue;
    return new QueueFullError(
      `${this.#titleOf(call)}: ${size} calls with ${bytes} bytes wait for the child already (queue.maxQueued, maxQueuedBytes)`,
    );
  }

  #titleOf(call: RoutedCall): string {
    return `${titleOfCall(call.op, call.path.names)} on ${this.#parts.label}`;
  }
}

/** Nothing of use is on the stack, and there may be thousands. */
function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
