// The parts of a session, made and joined. What they ask of the session itself is named in one interface; what they
// ask of each other is closed here, in one place.
import type { AdmissionRules } from "./admission.ts";
import { Barriers } from "./barriers.ts";
import { Caller } from "./caller.ts";
import type { Codec, Incoming, Outgoing } from "./codec.ts";
import type { CloseReason, ConnectionStats } from "./connection.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Exports } from "./exports.ts";
import { type Gate, Handshake } from "./handshake.ts";
import type { Host } from "./host.ts";
import { Base, Imports } from "./imports.ts";
import { Inbound } from "./inbound.ts";
import { Intake } from "./intake.ts";
import { InterceptedCalls } from "./intercepted-calls.ts";
import type { Hello } from "./messages.ts";
import type { Peer } from "./node.ts";
import type { ConnectionOptions, Limits } from "./options.ts";
import { OpenCalls } from "./open-calls.ts";
import { Outbox } from "./outbox.ts";
import { Pace } from "./pace.ts";
import { Passing } from "./passing.ts";
import type { Presenter } from "./presenter.ts";
import type { Replays } from "./replays.ts";
import { SentMessages } from "./sent-messages.ts";
import { SessionPolicy } from "./session-policy.ts";
import { StreamPassing } from "./stream-passing.ts";
import { StreamTable } from "./streams/stream-table.ts";
import type { Transport } from "./transport.ts";

export interface MachineryParts {
  readonly transport: Transport;
  readonly host: Host;
  readonly codec: Codec;
  readonly options: ConnectionOptions;
  readonly limits: Limits;
  readonly gate?: Gate;
  /** For a side that only makes blocking calls: shows what comes to it. */
  readonly presenter?: Presenter;
  /** Tells at any time whether the caller gave call `id` up, without an event loop. */
  readonly abortFlag?: (id: number) => boolean;
  /** Lets some calls of the far side wait for their turn. */
  readonly admission?: AdmissionRules;
  /** What calls of the far side with a key were answered. */
  readonly replays?: () => Replays | undefined;
  /** What the far side must hear of when a call of this side is given up, beside the message. */
  readonly onGiveUp?: (id: number) => void;
}

/** The session, as its parts see it. */
export interface SessionHooks {
  readonly peer: Peer;
  readonly isEnded: () => boolean;
  readonly isBlocked: () => boolean;
  readonly blockedBy: () => Presenter | undefined;
  /** Whether the process is to be held may have changed. */
  readonly onHold: () => void;
  /** The first call became pending or began to run, or the last one ended. */
  readonly onQuieter: () => void;
  /** Something was taken in. */
  readonly onTaken: () => void;
  /** What arrived cannot be taken in. */
  readonly onFailed: (error: unknown) => void;
  readonly onOpen: (hello: Hello) => void;
  readonly onRefused: (error: Error) => void;
  readonly onGoAway: () => void;
  readonly onBye: (error: unknown) => void;
  /** What failed and nobody awaits. */
  readonly onError: (error: unknown) => void;
}

/** What is accepted of a far side that has not said hello. */
const HELLO_LIMITS = { text: 4096, binary: 4096, depth: 8, nodes: 256 };

export class Machinery {
  readonly exports: Exports;
  readonly imports: Imports;
  readonly streams: StreamTable;
  readonly passing: Passing;
  readonly policy: SessionPolicy;
  readonly out: Outgoing;
  readonly incoming: Incoming;
  readonly outbox: Outbox;
  readonly calls: OpenCalls;
  readonly caller: Caller;
  readonly dispatcher: Dispatcher;
  readonly handshake: Handshake;
  readonly intake: Intake;
  readonly barriers: Barriers;
  readonly pace: Pace;
  readonly root: Base;
  readonly #sent = new SentMessages();
  readonly #parts: MachineryParts;

  constructor(parts: MachineryParts, session: SessionHooks) {
    const { transport, host, codec, options, limits } = parts;
    this.#parts = parts;
    this.exports = new Exports({ limit: limits.references, trace: options.traceReferences === true, onDisposeError: session.onError });
    this.imports = new Imports({
      limit: limits.references,
      trace: options.traceReferences === true,
      release: (id, count) => this.#sent.release(id, count),
    });
    this.streams = new StreamTable(this.#sent, limits.streams, session.onHold);
    this.root = new Base(session.peer, { id: 0, count: 0, released: false, trace: undefined }, "");
    this.passing = new Passing({
      peer: session.peer,
      host,
      exports: this.exports,
      imports: this.imports,
      streams: new StreamPassing(this.streams, host, { items: limits.streamItems, bytes: limits.streamBytes }, session.onError),
      options,
      limits,
      handles: () => transport.carries.handles && this.handshake.hello?.handles !== false,
      pipeline: (call) => this.caller.pipeline(call),
      resultOf: (id) => this.dispatcher.resultOf(id),
      fire: (id, reason) => this.#sent.fire(id, reason),
      never: (id) => this.#sent.never(id),
      settle: (id, rejected, value) => this.#sent.settle(id, rejected, value),
      root: () => this.root,
      isStanding: session.isBlocked,
      presenterOf: (what, id, sendersNumber) => {
        if (what === "answer") return this.calls.presenterOf(id);
        if (what === "item") return this.streams.presenterOf(id, sendersNumber);
        return parts.presenter ?? session.blockedBy();
      },
    });
    this.out = codec.outgoing(this.passing, this.passing);
    // Until the far side has said what it accepts, it is taken to be like this one.
    this.out.limits = limits;
    this.outbox = new Outbox(host, this.out);
    this.pace = new Pace(host, this.outbox, session.isBlocked);
    this.barriers = new Barriers(host, this.outbox);
    this.intake = new Intake({
      host,
      transport,
      incoming: () => this.incoming,
      outbox: this.outbox,
      window: limits.window,
      frameTimeout: options.frameTimeout ?? 0,
      callsTaken: () => this.dispatcher.taken,
      isEnded: session.isEnded,
      isBlocked: session.isBlocked,
      onTaken: session.onTaken,
      onFailed: session.onFailed,
    });
    this.#sent.attach(this.out, this.outbox, this.pace);
    this.policy = new SessionPolicy(host, this.exports, this.passing, options);
    const intercepted = new InterceptedCalls({
      peer: session.peer,
      host,
      begin: (call, node, changed, args) => this.caller.begin(call, node.origin, changed, args),
      phaseOf: (call) => this.calls.phaseOf(call),
    });
    this.calls = new OpenCalls({
      peer: session.peer,
      host,
      out: this.out,
      outbox: this.outbox,
      intercepted,
      timeout: options.timeout,
      backlog: () => this.incoming.waiting,
      onBusy: session.onQuieter,
      onGiveUp: parts.onGiveUp,
    });
    this.caller = new Caller({
      peer: session.peer,
      calls: this.calls,
      intercepted,
      out: this.out,
      outbox: this.outbox,
      limits,
      options,
      policy: this.policy,
      parcelOf: (args) => this.passing.parcelOf(this.out, args),
      onError: session.onError,
    });
    this.dispatcher = new Dispatcher({
      label: transport.label,
      host,
      out: this.out,
      outbox: this.outbox,
      pace: this.pace,
      frameLength: () => this.incoming.frameLength,
      exports: this.exports,
      policy: this.policy,
      limits,
      options,
      dropLives: () => this.passing.drop(this.incoming.lives),
      // What was given away by a blocking call is called by it; after an await nothing else tells where a call comes from.
      isStuck: (madeFor, target) =>
        session.isBlocked() && (this.calls.isStandingFor(madeFor) || target?.isForStanding === true || parts.presenter !== undefined),
      abortFlag: parts.abortFlag,
      admission: parts.admission,
      replays: parts.replays,
      onIdle: session.onQuieter,
      onUnread: (error) => {
        if (!session.isEnded()) session.onFailed(error);
      },
      onError: session.onError,
    });
    this.handshake = new Handshake({
      label: transport.label,
      gate: parts.gate,
      sayAuth: (data) => this.outbox.flushUrgent((out) => out.auth(data)),
      onOpen: session.onOpen,
      // An error that a module threw while it loaded may be long. Strangers, whom a gate is for, are not given more room.
      onRefusing: () => {
        if (parts.gate === undefined) this.raiseLimits();
      },
      onRefused: session.onRefused,
    });
    const inbound = new Inbound({
      handshake: this.handshake,
      calls: this.calls,
      dispatcher: this.dispatcher,
      passing: this.passing,
      exports: this.exports,
      streams: this.streams,
      outbox: this.outbox,
      incoming: () => this.incoming,
      onGoAway: session.onGoAway,
      onBye: session.onBye,
      onPing: (id) => this.outbox.flushUrgent((out) => out.pong(id, 0)),
      onPong: (id) => this.barriers.onPong(id),
    });
    this.incoming = codec.incoming({
      policy: this.passing,
      slots: this.passing,
      receiver: inbound,
      limits: HELLO_LIMITS,
      shouldYield: () => this.intake.shouldYield(),
    });
    this.outbox.onBatch = (leaves) => {
      this.caller.forgetKept();
      // In a batch that must wait for the far side's acknowledgement, ours would keep both waiting for ever.
      if (leaves) this.intake.acknowledge(this.out);
    };
    this.outbox.onRelief = () => this.pace.onRelief();
  }

  /** The far side may now send what the options allow. */
  raiseLimits(): void {
    const { text, binary, depth, nodes } = this.#parts.limits;
    this.incoming.limits = { text, binary, depth, nodes };
  }

  /** Everything that is open ends. `here`: this side wanted it. */
  end(reason: CloseReason, error: Error, here: boolean): void {
    this.#sent.stop();
    this.outbox.end();
    this.intake.end();
    this.pace.end();
    this.caller.end(reason, here);
    this.calls.end(reason);
    this.dispatcher.end(error);
    this.streams.clear(error);
    this.passing.clear(error);
    this.root.record.released = true;
    this.imports.clear();
    this.exports.clear();
    this.barriers.end();
  }

  stats(): ConnectionStats {
    const { traceReferences } = this.#parts.options;
    return {
      pendingCalls: this.calls.count,
      runningCalls: this.dispatcher.running,
      exports: this.exports.size,
      imports: this.imports.size,
      streams: this.streams.size,
      promises: this.passing.promises.size,
      signals: this.passing.signals.size,
      queuedBytes: this.outbox.queuedBytes,
      sentBytes: this.outbox.sent,
      receivedBytes: this.incoming.consumed,
      sentBatches: this.outbox.sentBatches,
      receivedBatches: this.intake.batches,
      lateReplies: this.calls.lateReplies,
      references: {
        exports: traceReferences === true ? this.exports.list().map(({ id, count, trace }) => ({ id, count, trace })) : [],
        imports: traceReferences === true ? this.imports.list() : [],
      },
    };
  }
}
