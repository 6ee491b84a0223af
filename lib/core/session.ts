// One connection between two sides, joined from its parts: the transport and the queue before it, the codec, the
// calls of both directions, the tables of what each side holds of the other. Its beginning and its end are here.
import { useAsyncContext } from "./call-context.ts";
import { Barriers } from "./barriers.ts";
import { Caller } from "./caller.ts";
import type { Codec, Incoming, Outgoing } from "./codec.ts";
import type { CloseReason, Connection, ConnectionStats } from "./connection.ts";
import { Dispatcher } from "./dispatcher.ts";
import { ProtocolError, TimeoutError } from "./errors.ts";
import { disposeOf, Exports } from "./exports.ts";
import { type Gate, Handshake } from "./handshake.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Host } from "./host.ts";
import { Base, Imports } from "./imports.ts";
import { Inbound } from "./inbound.ts";
import { Intake } from "./intake.ts";
import { lostConnection } from "./lost-call.ts";
import { type CallOp, type Hello, type MemberPath, type Parcel, PROTOCOL_VERSION } from "./messages.ts";
import type { Origin, Peer, RemoteNode } from "./node.ts";
import { type CallOptions, type ConnectionOptions, DEFAULT_LIMITS, type Limits } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Passing } from "./passing.ts";
import type { PendingCall } from "./pending-call.ts";
import type { Presenter } from "./presenter.ts";
import { proxyOf } from "./proxy.ts";
import type { RemotePromise } from "./remote-promise.ts";
import { SentMessages } from "./sent-messages.ts";
import { SessionConnection } from "./session-connection.ts";
import { SessionPolicy } from "./session-policy.ts";
import { StreamPassing } from "./stream-passing.ts";
import { StreamTable } from "./streams/stream-table.ts";
import type { Transport, TransportEnd } from "./transport.ts";

export interface SessionParts {
  readonly transport: Transport;
  readonly host: Host;
  readonly codec: Codec;
  readonly options: ConnectionOptions;
  /** Say hello only when the far side has: on a channel that others use too. */
  readonly quiet?: boolean;
  readonly gate?: Gate;
  /** Both sides are satisfied; no call has been dispatched. The place to expose an object of the connection's own. */
  readonly onOpen?: (session: Session) => void;
  /** For a side that only makes blocking calls: shows what comes to it. */
  readonly presenter?: Presenter;
  /** Tells at any time whether the caller gave call `id` up, without an event loop. */
  readonly abortFlag?: (id: number) => boolean;
  /** What the far side must hear of when a call of this side is given up, beside the message. */
  readonly onGiveUp?: (id: number) => void;
}

const DEFAULT_HELLO_TIMEOUT = 30_000;
/** How long a `close` waits for calls that crossed it on their way, in ms. */
const CLOSE_BARRIER = 2_000;
/** What is accepted of a far side that has not said hello. */
const HELLO_LIMITS = { text: 4096, binary: 4096, depth: 8, nodes: 256 };

export class Session implements Peer {
  readonly connection: Connection;
  readonly label: string;
  readonly #parts: SessionParts;
  readonly #limits: Limits;
  readonly #transport: Transport;
  readonly #host: Host;
  readonly #out: Outgoing;
  readonly #incoming: Incoming;
  readonly #outbox: Outbox;
  readonly #caller: Caller;
  readonly #dispatcher: Dispatcher;
  readonly #exports: Exports;
  readonly #imports: Imports;
  readonly #streams: StreamTable;
  readonly #passing: Passing;
  readonly #policy: SessionPolicy;
  readonly #handshake: Handshake;
  readonly #sent: SentMessages;
  readonly #intake: Intake;
  readonly #barriers: Barriers;
  readonly #face: SessionConnection;
  readonly #root: Base;
  /** Undoes what was started for the time of the connection. */
  readonly #cleanUp: (() => void)[] = [];
  #onIdle: (() => void) | undefined;
  /** Blocking calls that this side stands in, and whose they are. */
  #blocked = 0;
  #blockedBy: Presenter | undefined;
  #transportIsUp = false;
  #saidHello = false;
  #end: CloseReason | undefined;
  #closing: Promise<unknown> | undefined;
  #held = true;
  #holdsTransport = true;

  constructor(parts: SessionParts) {
    const { transport, host, codec, options } = parts;
    this.#parts = parts;
    this.#transport = transport;
    this.#host = host;
    this.label = transport.label;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const limits = this.#limits;
    const onError = (error: unknown): void => this.#report(error);
    this.#exports = new Exports({ limit: limits.references, trace: options.traceReferences === true, onDisposeError: onError });
    this.#imports = new Imports({
      limit: limits.references,
      trace: options.traceReferences === true,
      release: (id, count) => this.#sent.release(id, count),
    });
    // The tables and the codec need each other; what closes the circle is asked only when something is sent.
    const messages = {
      item: (...args: Parameters<SentMessages["item"]>) => this.#sent.item(...args),
      end: (...args: Parameters<SentMessages["end"]>) => this.#sent.end(...args),
      fail: (...args: Parameters<SentMessages["fail"]>) => this.#sent.fail(...args),
      credit: (...args: Parameters<SentMessages["credit"]>) => this.#sent.credit(...args),
      cancel: (...args: Parameters<SentMessages["cancel"]>) => this.#sent.cancel(...args),
    };
    this.#streams = new StreamTable(messages, limits.streams, () => this.#updateHold());
    this.#root = new Base(this, { id: 0, count: 0, released: false, trace: undefined }, "");
    this.#passing = new Passing({
      peer: this,
      host,
      exports: this.#exports,
      imports: this.#imports,
      streams: new StreamPassing(this.#streams, host, { items: limits.streamItems, bytes: limits.streamBytes }, onError),
      options,
      limits,
      handles: () => transport.carries.handles && this.#handshake.hello?.handles !== false,
      pipeline: (call) => this.#caller.pipeline(call),
      resultOf: (id) => this.#dispatcher.resultOf(id),
      fire: (id, reason) => this.#sent.fire(id, reason),
      never: (id) => this.#sent.never(id),
      settle: (id, rejected, value) => this.#sent.settle(id, rejected, value),
      root: () => this.#root,
      presenterOf: (what, id, sendersNumber) => {
        if (what === "answer") return this.#caller.presenterOf(id);
        if (what === "item") return this.#streams.presenterOf(id, sendersNumber);
        return parts.presenter ?? this.#blockedBy;
      },
    });
    this.#out = codec.outgoing(this.#passing, this.#passing);
    // Until the far side has said what it accepts, it is taken to be like this one.
    this.#out.limits = limits;
    this.#outbox = new Outbox(host, this.#out);
    this.#barriers = new Barriers(host, this.#outbox);
    this.#intake = new Intake({
      host,
      transport,
      incoming: () => this.#incoming,
      outbox: this.#outbox,
      window: limits.window,
      frameTimeout: options.frameTimeout ?? 0,
      callsTaken: () => this.#dispatcher.taken,
      isEnded: () => this.#end !== undefined,
      isBlocked: () => this.#blocked > 0,
      onTaken: () => {
        if (!this.#saidHello && this.#handshake.hello !== undefined) this.#sayHello();
      },
      onFailed: (error) => this.#fail(error),
    });
    this.#sent = new SentMessages(this.#out, this.#outbox);
    this.#policy = new SessionPolicy(host, this.#exports, this.#passing, options);
    this.#caller = new Caller({
      peer: this,
      host,
      out: this.#out,
      outbox: this.#outbox,
      limits,
      options,
      policy: this.#policy,
      backlog: () => this.#incoming.waiting,
      onBusy: () => this.#onQuieter(),
      onGiveUp: parts.onGiveUp,
      onError,
    });
    this.#dispatcher = new Dispatcher({
      label: this.label,
      host,
      out: this.#out,
      outbox: this.#outbox,
      exports: this.#exports,
      policy: this.#policy,
      limits,
      options,
      dropLives: () => this.#passing.drop(this.#incoming.lives),
      // A call on what this side gave away comes from the call that it waits for; one at its root may come from elsewhere.
      isStuck: (depth, atRoot) => this.#blocked > 0 && (depth > 0 || !atRoot || parts.presenter !== undefined),
      abortFlag: parts.abortFlag,
      onIdle: () => this.#onQuieter(),
      onError,
    });
    this.#handshake = new Handshake({
      label: this.label,
      gate: parts.gate,
      sayAuth: (data) => this.#outbox.flushUrgent((out) => out.auth(data)),
      onOpen: (hello) => this.#onOpen(hello),
      // An error that a module threw while it loaded may be long. Strangers, whom a gate is for, are not given more room.
      onRefusing: () => {
        if (parts.gate === undefined) this.#raiseLimits();
      },
      onRefused: (error) => this.#refuse(error),
    });
    const inbound = new Inbound({
      handshake: this.#handshake,
      caller: this.#caller,
      dispatcher: this.#dispatcher,
      passing: this.#passing,
      exports: this.#exports,
      streams: this.#streams,
      outbox: this.#outbox,
      incoming: () => this.#incoming,
      onGoAway: () => this.#onGoAway(),
      onBye: (error) => this.#onBye(error),
      onPing: (id) => this.#outbox.flushUrgent((out) => out.pong(id, 0)),
      onPong: (id) => this.#barriers.onPong(id),
    });
    this.#incoming = codec.incoming({
      policy: this.#passing,
      slots: this.#passing,
      receiver: inbound,
      limits: HELLO_LIMITS,
      shouldYield: () => this.#intake.shouldYield(),
    });
    this.#outbox.onBatch = () => {
      this.#caller.forgetKept();
      this.#intake.acknowledge(this.#out);
    };
    this.#outbox.onRelief = () => this.#dispatcher.unpark();
    this.#face = new SessionConnection({
      label: this.label,
      root: proxyOf(this.#root),
      stats: () => this.#stats(),
      close: () => this.close(),
      destroy: (reason) => this.destroy(reason),
      hold: (hold) => {
        this.#held = hold;
        this.#updateHold();
      },
      warn: (error) => host.warn(`A listener of a connection threw: ${String(error)}`, "NEARCALL_LISTENER"),
    });
    this.connection = this.#face;
    if (options.asyncContext === true) useAsyncContext(host);
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Calls of this side that wait for an answer. */
  get pendingCalls(): number {
    return this.#caller.open;
  }

  /** Calls of the far side that run here. */
  get runningCalls(): number {
    return this.#dispatcher.running;
  }

  /** What those are told who waited in vain for it to become ready. */
  get failure(): unknown {
    return this.#face.failure;
  }

  get transport(): Transport {
    return this.#transport;
  }

  get options(): ConnectionOptions {
    return this.#parts.options;
  }

  /** What the far side said of itself; undefined until it has. */
  get hello(): Hello | undefined {
    return this.#handshake.hello;
  }

  /** Starts the transport and says hello. */
  start(): void {
    this.#startTransport();
    const { helloTimeout = DEFAULT_HELLO_TIMEOUT } = this.#parts.options;
    if (this.#parts.quiet !== true) {
      this.#sayHello();
      if (helloTimeout > 0) this.#expectHello(helloTimeout);
    }
  }

  #startTransport(): void {
    const { host } = this.#parts;
    this.#transportIsUp = true;
    this.#face.become("connecting");
    this.#outbox.attach(this.#transport);
    // What arrives runs in the context in which the connection was opened, not in that of whoever happens to send.
    this.#transport.start({
      onReceive: host.bindContext((bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean) =>
        this.#intake.receive(bytes, handles, owned),
      ),
      onDrain: () => this.#outbox.onDrain(),
      onEnd: (end) => this.#onTransportEnd(end),
    });
    this.#cleanUp.push(host.beforeExit(() => this.#outbox.flushAll()));
  }

  /** What the far side reaches. */
  expose(api: object, options: Pick<ConnectionOptions, "writable" | "fields"> & { readonly owned?: boolean } = {}): void {
    const record = this.#exports.setRoot(api);
    record.owned = options.owned === true;
    if (options.writable !== undefined) this.#policy.writable = options.writable;
    if (options.fields !== undefined) this.#policy.fields = options.fields;
  }

  get exposes(): boolean {
    return this.#exports.root !== undefined;
  }

  /** Tells the far side that this one cannot serve it, and ends. */
  refuse(error: unknown): void {
    if (this.#end !== undefined) return;
    if (!this.#transportIsUp) this.#startTransport();
    if (!this.#saidHello) this.#sayHello(true);
    this.#sayBye(error);
    this.#finish({ reason: `refused: ${messageOf(error)}`, cause: error }, true, error);
    this.#transport.close();
  }

  /** The far side is asked to make no new calls. */
  drain(): void {
    if (this.#end !== undefined) return;
    this.#face.become("draining");
    this.#outbox.flushUrgent((out) => out.goAway(undefined));
  }

  /** Lets the calls of both directions finish, then ends. Resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#end === undefined) await (this.#closing ??= this.#closeGracefully());
    await this.connection.closed;
  }

  /** Ends at once. */
  destroy(reason = "destroyed", cause?: unknown): void {
    if (this.#end !== undefined) return;
    this.#finish(cause === undefined ? { reason } : { reason, cause }, true);
    this.#transport.destroy();
  }

  makeCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    return this.#caller.makeCall(node, op, args);
  }

  sendCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): void {
    this.#caller.sendCall(node, op, args);
  }

  /** For routers: a call whose arguments were encoded before this session was chosen. On the root, or on `base`. */
  startParcel(call: PendingCall, path: MemberPath, base: Base | undefined, options: CallOptions | undefined, parcel: Parcel): void {
    this.#caller.startParcel(call, path, base, options, parcel);
  }

  /** For blocking clients: makes a call of a class of their own. */
  startCall(call: PendingCall, node: RemoteNode, args: readonly unknown[]): void {
    this.#caller.start(call, node, args);
  }

  /**
   * For blocking clients: from now on the event loop stands still, and the client hands on what arrives by asking the
   * transport. It is acted upon under the client's stack, all of it at once. One may begin within the other.
   */
  beginBlocking(by: Presenter): void {
    this.#blocked += 1;
    this.#blockedBy = by;
  }

  /** For blocking clients: sends what has gathered and acts on what has arrived, which may be what they wait for. */
  catchUp(): void {
    this.#outbox.flush();
    this.#intake.catchUp();
    this.#outbox.flush();
  }

  /** For blocking clients: `close` without promises. `wait` returns when what it is given says so, or in vain. */
  closeBlocking(wait: (isDone: () => boolean) => void): void {
    // What runs here cannot settle while this thread stands still, so it is not waited for.
    const nothingPending = (): boolean => this.#end !== undefined || this.#caller.open === 0;
    wait(nothingPending);
    if (this.#end !== undefined) return;
    this.#caller.refuseNew({ reason: "closed" }, true);
    if (this.#handshake.open) {
      this.drain();
      const id = this.#barriers.ping();
      wait(() => this.#end !== undefined || this.#barriers.answered >= id);
    }
    if (this.#end !== undefined) return;
    this.#sayBye(undefined);
    this.#finish({ reason: "closed" }, true);
    this.#transport.close();
  }

  endBlocking(): void {
    this.#blocked -= 1;
    if (this.#blocked > 0) return;
    this.#blockedBy = undefined;
    this.#updateHold();
  }

  /** For routers and blocking clients: gives a call up. */
  giveUp(call: PendingCall, reason: unknown, made: boolean): void {
    this.#caller.giveUp(call, reason, made);
  }

  /** For routers: the call's time is over. */
  expire(call: PendingCall, timeout: number): void {
    this.#caller.expire(call, timeout);
  }

  release(origin: Origin): void {
    if (origin instanceof Base) this.#imports.release(origin.record);
  }

  /** Sends what has gathered, for callers that will not go through the end of the tick. */
  flush(): void {
    this.#outbox.flush();
  }

  async #closeGracefully(): Promise<void> {
    await this.#nothingInFlight();
    if (this.#end !== undefined) return;
    this.#caller.refuseNew({ reason: "closed" }, true);
    if (this.#handshake.open) {
      this.drain();
      // Calls that crossed the request on their way are here when the ping is answered.
      await this.#barriers.pass(CLOSE_BARRIER);
      await this.#nothingInFlight();
    }
    if (this.#end !== undefined) return;
    this.#sayBye(undefined);
    this.#finish({ reason: "closed" }, true);
    this.#transport.close();
  }

  #nothingInFlight(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = () => {
        if (this.#end === undefined && (this.#caller.open !== 0 || this.#dispatcher.running !== 0)) return;
        this.#onIdle = undefined;
        resolve();
      };
      this.#onIdle();
    });
  }

  #onQuieter(): void {
    this.#updateHold();
    this.#onIdle?.();
  }

  #sayHello(refusing = false): void {
    this.#saidHello = true;
    const { gate, options } = this.#parts;
    const { text, binary, window } = this.#limits;
    const hello: Hello = {
      version: PROTOCOL_VERSION,
      epoch: makeEpoch(),
      limits: { text, binary, window },
      handles: this.#transport.carries.handles,
      ...(options.name !== undefined && { name: options.name }),
      ...(this.#host.pid !== undefined && { pid: this.#host.pid }),
      ...(gate?.challenge !== undefined && { challenge: gate.challenge }),
      ...(gate?.session !== undefined && { session: gate.session }),
      ...(refusing && { refusing }),
    };
    this.#outbox.flushUrgent((out) => out.hello(hello));
  }

  #expectHello(ms: number): void {
    const timer = this.#host.startTimer(ms, () => this.#host.nextTurn(() => this.#onNoHello(ms)));
    this.#cleanUp.push(() => timer.cancel());
  }

  #onNoHello(ms: number): void {
    if (this.#end !== undefined || this.#handshake.open) return;
    const error = new TimeoutError(
      `${this.label} did not say hello within ${ms} ms. Does the far side expose something, with the same version of nearcall?`,
      ms,
    );
    this.#finish({ reason: `no hello within ${ms} ms`, cause: error }, false, error);
    this.#transport.destroy();
  }

  #onOpen({ limits }: Hello): void {
    this.#raiseLimits();
    this.#out.limits = { ...this.#limits, text: limits.text, binary: limits.binary };
    this.#outbox.window = Math.max(1, limits.window);
    if (!this.#saidHello) this.#sayHello();
    this.#parts.onOpen?.(this);
    this.#startHeartbeat();
    this.#outbox.open();
    this.#face.become("ready");
  }

  #raiseLimits(): void {
    const { text, binary, depth, nodes } = this.#limits;
    this.#incoming.limits = { text, binary, depth, nodes };
  }

  #startHeartbeat(): void {
    const { heartbeat = 0 } = this.#parts.options;
    if (heartbeat <= 0) return;
    const { stop } = startHeartbeat({
      host: this.#host,
      interval: heartbeat,
      received: () => this.#incoming.consumed,
      pid: () => this.hello?.pid,
      ask: () => this.#barriers.ping(),
      onLost: (reason) => {
        this.#finish({ reason }, false);
        this.#transport.destroy();
      },
    });
    this.#cleanUp.push(stop);
  }

  /** The far side broke the rules: it is told so, and the connection ends. */
  #fail(thrown: unknown): void {
    const error =
      thrown instanceof ProtocolError
        ? thrown
        : new ProtocolError(`What ${this.label} sent could not be taken in: ${messageOf(thrown)}`, { cause: thrown });
    if (!this.#saidHello) this.#sayHello(true);
    this.#sayBye(error);
    this.#finish({ reason: error.message, cause: error }, false, error);
    this.#transport.close();
  }

  #refuse(error: Error): void {
    this.refuse(error);
  }

  #onGoAway(): void {
    this.#face.become("draining");
    this.#caller.refuseNew({ reason: "the far side is closing the connection" }, false);
  }

  #onBye(error: unknown): void {
    const reason = error === undefined ? "the far side closed the connection" : `the far side ended the connection: ${messageOf(error)}`;
    const isRefusal = !this.#handshake.open && error !== undefined;
    this.#finish(error === undefined ? { reason } : { reason, cause: error }, false, isRefusal ? error : undefined);
    this.#transport.close();
  }

  #onTransportEnd({ reason, code, signal, cause }: TransportEnd): void {
    this.#transportIsUp = false;
    // Whoever wanted the end has said why; how the thread or process behind it ended is known only now.
    if (this.#end !== undefined) return this.#face.end({ ...this.#end, exitCode: code, signal });
    const text = this.#incoming.partial ? `${reason}, in the middle of a message` : reason;
    this.#finish({ reason: text, exitCode: code, signal, ...(cause !== undefined && { cause }) }, false);
  }

  #sayBye(error: unknown): void {
    const write = (reason: unknown): void => this.#outbox.flushUrgent((out) => out.bye(reason));
    try {
      write(error);
    } catch {
      write(undefined);
    }
  }

  /** Everything that is open ends here, once. `here`: this side wanted it. */
  #finish(end: CloseReason, here: boolean, whyNotReady?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#sent.stop();
    this.#outbox.end();
    for (const undo of this.#cleanUp.splice(0)) undo();
    this.#intake.end();
    const error = lostConnection(this.label, end);
    this.#caller.end(end, here);
    this.#dispatcher.end(error);
    this.#streams.clear(error);
    this.#passing.clear(error);
    this.#root.record.released = true;
    this.#imports.clear();
    const { root } = this.#exports;
    this.#exports.clear();
    if (root?.owned === true) disposeOf(root.value, (thrown) => this.#report(thrown));
    this.#barriers.end();
    this.#onIdle?.();
    this.#face.fail(whyNotReady ?? error);
    // Where the transport is still up, it is over when that is.
    if (!this.#transportIsUp) this.#face.end(end);
  }

  #updateHold(): void {
    // A thread that blocks is there anyway.
    if (this.#blocked > 0) return;
    const holds = this.#held || this.#caller.open !== 0 || this.#streams.size !== 0;
    if (holds === this.#holdsTransport) return;
    this.#holdsTransport = holds;
    if (holds) this.#transport.ref();
    else this.#transport.unref();
  }

  #report(error: unknown): void {
    if (!this.#face.report(error))
      this.#host.warn(
        `${this.label}: something failed that nobody awaits: ${messageOf(error)}. Listen to the connection's "error" event.`,
        "NEARCALL_UNAWAITED",
      );
  }

  #stats(): ConnectionStats {
    const { traceReferences } = this.#parts.options;
    return {
      pendingCalls: this.#caller.open,
      runningCalls: this.#dispatcher.running,
      exports: this.#exports.size,
      imports: this.#imports.size,
      streams: this.#streams.size,
      promises: this.#passing.promises.size,
      signals: this.#passing.signals.size,
      queuedBytes: this.#outbox.queuedBytes,
      sentBytes: this.#outbox.sent,
      receivedBytes: this.#incoming.consumed,
      sentBatches: this.#outbox.sentBatches,
      receivedBatches: this.#intake.batches,
      lateReplies: this.#caller.lateReplies,
      references: {
        exports: traceReferences === true ? this.#exports.list().map(({ id, count, trace }) => ({ id, count, trace })) : [],
        imports: traceReferences === true ? this.#imports.list() : [],
      },
    };
  }
}

/** Names one side of one connection. */
function makeEpoch(): string {
  return Math.random().toString(36).slice(2, 12) + Date.now().toString(36);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
