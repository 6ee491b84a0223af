// One connection between two sides, joined from its parts: the transport and the queue before it, the codec, the
// calls of both directions, the tables of what each side holds of the other. Its beginning and its end are here.
import { useAsyncContext } from "./call-context.ts";
import { Closing } from "./closing.ts";
import type { CloseReason, Connection } from "./connection.ts";
import { ProtocolError, TimeoutError } from "./errors.ts";
import { disposeOf } from "./exports.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Host } from "./host.ts";
import { Base } from "./imports.ts";
import { lostConnection } from "./lost-call.ts";
import { Machinery, type MachineryParts, type SessionHooks } from "./machinery.ts";
import type { CallOp, Hello, MemberPath, Parcel } from "./messages.ts";
import type { Origin, Peer, RemoteNode } from "./node.ts";
import { type CallOptions, type ConnectionOptions, DEFAULT_LIMITS, type Limits } from "./options.ts";
import { ownHello } from "./own-hello.ts";
import type { PendingCall } from "./pending-call.ts";
import type { Presenter } from "./presenter.ts";
import { proxyOf } from "./proxy.ts";
import type { RemotePromise } from "./remote-promise.ts";
import { SessionConnection } from "./session-connection.ts";
import type { Transport, TransportEnd } from "./transport.ts";
import { writeReason } from "./write-reason.ts";

export interface SessionParts extends Omit<MachineryParts, "limits"> {
  /** Say hello only when the far side has: on a channel that others use too. */
  readonly quiet?: boolean;
  /** The token in this side's hello by which a returning client is known. */
  readonly token?: string | undefined;
  /** Both sides are satisfied; no call has been dispatched. The place to expose an object of the connection's own. */
  readonly onOpen?: (session: Session) => void;
}

const DEFAULT_HELLO_TIMEOUT = 30_000;

export class Session implements Peer {
  readonly connection: Connection;
  readonly label: string;
  readonly #parts: SessionParts;
  readonly #limits: Limits;
  readonly #transport: Transport;
  readonly #host: Host;
  readonly #machinery: Machinery;
  readonly #closing: Closing;
  readonly #face: SessionConnection;
  /** Undoes what was started for the time of the connection. */
  readonly #cleanUp: (() => void)[] = [];
  /** Blocking calls that this side stands in, and whose they are. */
  #blocked = 0;
  #blockedBy: Presenter | undefined;
  #transportIsUp = false;
  #saidHello = false;
  #end: CloseReason | undefined;
  #closed: Promise<void> | undefined;
  #held = true;
  #holdsTransport = true;

  constructor(parts: SessionParts) {
    const { transport, host, options } = parts;
    this.#parts = parts;
    this.#transport = transport;
    this.#host = host;
    this.label = transport.label;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#machinery = new Machinery({ ...parts, limits: this.#limits }, this.#hooks());
    this.#closing = new Closing({
      machinery: this.#machinery,
      isEnded: () => this.#end !== undefined,
      drain: () => this.drain(),
      finish: (reason) => this.#finishPolitely(reason),
    });
    this.#face = new SessionConnection({
      label: this.label,
      root: proxyOf(this.#machinery.root),
      stats: () => this.#machinery.stats(),
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

  /** What the parts ask of the session. */
  #hooks(): SessionHooks {
    return {
      peer: this,
      isEnded: () => this.#end !== undefined,
      isBlocked: () => this.#blocked > 0,
      blockedBy: () => this.#blockedBy,
      onHold: () => this.#updateHold(),
      onQuieter: () => {
        this.#updateHold();
        this.#closing.onQuieter();
      },
      onTaken: () => {
        if (!this.#saidHello && this.hello !== undefined) this.#sayHello();
      },
      onFailed: (error) => this.#fail(error),
      onOpen: (hello) => this.#onOpen(hello),
      onRefused: (error) => this.refuse(error),
      onGoAway: () => this.#onGoAway(),
      onBye: (error) => this.#onBye(error),
      onError: (error) => this.#report(error),
    };
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Calls of this side that wait for an answer. */
  get pendingCalls(): number {
    return this.#machinery.calls.count;
  }

  /** When this side ends it, its references are stale, as if the far side had: there is another connection for those who call. */
  markReplaceable(): void {
    this.#machinery.caller.isReplaceable = true;
  }

  /** Resolves when no call of this side is open, or the connection is over. */
  untilAnswered(): Promise<void> {
    return this.#closing.untilAnswered();
  }

  /** Calls of the far side that run here. */
  get runningCalls(): number {
    return this.#machinery.dispatcher.running;
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
    return this.#machinery.handshake.hello;
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
    this.#machinery.outbox.attach(this.#transport);
    // What arrives runs in the context in which the connection was opened, not in that of whoever happens to send.
    this.#transport.start({
      onReceive: host.bindContext((bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean) =>
        this.#machinery.intake.receive(bytes, handles, owned),
      ),
      onDrain: () => this.#machinery.outbox.onDrain(),
      onEnd: (end) => this.#onTransportEnd(end),
    });
    this.#cleanUp.push(host.beforeExit(() => this.#machinery.outbox.flushAll()));
  }

  /** What the far side reaches. */
  expose(api: object, options: Pick<ConnectionOptions, "writable" | "fields"> & { readonly owned?: boolean } = {}): void {
    const record = this.#machinery.exports.setRoot(api);
    record.owned = options.owned === true;
    if (options.writable !== undefined) this.#machinery.policy.writable = options.writable;
    if (options.fields !== undefined) this.#machinery.policy.fields = options.fields;
  }

  get exposes(): boolean {
    return this.#machinery.exports.root !== undefined;
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
    // A far side that accepts not even that hears of it by the refusal of its next call.
    writeReason(undefined, (data) => this.#machinery.outbox.flushUrgent((out) => out.goAway(data)));
  }

  /** Lets the calls of both directions finish, then ends. Resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#end === undefined) await (this.#closed ??= this.#closing.close());
    await this.connection.closed;
  }

  /** Ends at once. */
  destroy(reason = "destroyed", cause?: unknown): void {
    if (this.#end !== undefined) return;
    // Not every medium tells the far side of its end: a channel that others use too stays open.
    if (this.#saidHello) this.#sayBye(undefined);
    this.#finish(cause === undefined ? { reason } : { reason, cause }, true);
    this.#transport.destroy();
  }

  makeCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    return this.#machinery.caller.makeCall(node, op, args);
  }

  sendCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): void {
    this.#machinery.caller.sendCall(node, op, args);
  }

  /** For routers: a call whose arguments were encoded before this session was chosen. On the root, or on `base`. */
  startParcel(call: PendingCall, path: MemberPath, base: Base | undefined, options: CallOptions | undefined, parcel: Parcel): void {
    this.#machinery.caller.startParcel(call, path, base, options, parcel);
  }

  /** For blocking clients: makes a call of a class of their own. */
  startCall(call: PendingCall, node: RemoteNode, args: readonly unknown[]): void {
    this.#machinery.caller.start(call, node, args);
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
    this.#machinery.outbox.flush();
    this.#machinery.intake.catchUp();
    this.#machinery.outbox.flush();
  }

  /** For blocking clients: `close` without promises. `wait` returns when what it is given says so, or in vain. */
  closeBlocking(wait: (isDone: () => boolean) => void): void {
    this.#closing.closeBlocking(wait);
  }

  endBlocking(): void {
    this.#blocked -= 1;
    if (this.#blocked > 0) return;
    this.#blockedBy = undefined;
    this.#updateHold();
  }

  /** For routers and blocking clients: gives a call up. */
  giveUp(call: PendingCall, reason: unknown, made: boolean): void {
    this.#machinery.calls.giveUp(call, reason, made);
  }

  /** For routers: forgets a call that the far side knows not to begin with. */
  takeBack(call: PendingCall): void {
    this.#machinery.calls.takeBack(call);
  }

  /** For routers: the call's time is over. */
  expire(call: PendingCall, timeout: number): void {
    this.#machinery.calls.expire(call, timeout);
  }

  release(origin: Origin): void {
    if (origin instanceof Base) this.#machinery.imports.release(origin.record);
  }

  /** Sends what has gathered, for callers that will not go through the end of the tick. */
  flush(): void {
    this.#machinery.outbox.flush();
  }

  #sayHello(refusing = false): void {
    this.#saidHello = true;
    const { gate, options, token } = this.#parts;
    const { handles } = this.#transport.carries;
    const hello = ownHello({ limits: this.#limits, handles, name: options.name, pid: this.#host.pid, gate, session: token, refusing });
    this.#machinery.outbox.flushUrgent((out) => out.hello(hello));
  }

  #expectHello(ms: number): void {
    const timer = this.#host.startTimer(ms, () => this.#host.nextTurn(() => this.#onNoHello(ms)));
    this.#cleanUp.push(() => timer.cancel());
  }

  #onNoHello(ms: number): void {
    if (this.#end !== undefined || this.#machinery.handshake.open) return;
    const error = new TimeoutError(
      `${this.label} did not say hello within ${ms} ms. Does the far side expose something, with the same version of nearcall?`,
      ms,
    );
    this.#finish({ reason: `no hello within ${ms} ms`, cause: error }, false, error);
    this.#transport.destroy();
  }

  #onOpen({ limits }: Hello): void {
    this.#machinery.raiseLimits();
    this.#machinery.out.limits = { ...this.#limits, text: limits.text, binary: limits.binary };
    this.#machinery.outbox.window = Math.max(1, limits.window);
    if (!this.#saidHello) this.#sayHello();
    this.#parts.onOpen?.(this);
    this.#startHeartbeat();
    this.#machinery.outbox.open();
    this.#face.become("ready");
  }

  #startHeartbeat(): void {
    const { heartbeat = 0 } = this.#parts.options;
    if (heartbeat <= 0) return;
    const { stop } = startHeartbeat({
      host: this.#host,
      interval: heartbeat,
      received: () => this.#machinery.incoming.consumed,
      pid: () => this.hello?.pid,
      ask: () => this.#machinery.barriers.ping(),
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

  #onGoAway(): void {
    this.#face.become("draining");
    this.#machinery.caller.refuseNew({ reason: "the far side is closing the connection" }, false);
  }

  #onBye(error: unknown): void {
    const reason = error === undefined ? "the far side closed the connection" : `the far side ended the connection: ${messageOf(error)}`;
    const isRefusal = !this.#machinery.handshake.open && error !== undefined;
    this.#finish(error === undefined ? { reason } : { reason, cause: error }, false, isRefusal ? error : undefined);
    this.#transport.close();
  }

  #onTransportEnd({ reason, code, signal, cause }: TransportEnd): void {
    this.#transportIsUp = false;
    // Whoever wanted the end has said why; how the thread or process behind it ended is known only now.
    if (this.#end !== undefined) return this.#face.end({ ...this.#end, exitCode: code, signal });
    const text = this.#machinery.incoming.partial ? `${reason}, in the middle of a message` : reason;
    this.#finish({ reason: text, exitCode: code, signal, ...(cause !== undefined && { cause }) }, false);
  }

  #sayBye(error: unknown): void {
    writeReason(error, (reason) => this.#machinery.outbox.flushUrgent((out) => out.bye(reason)));
  }

  /** Nothing is in flight: the far side is told, and the connection ends. */
  #finishPolitely(reason: CloseReason): void {
    this.#sayBye(undefined);
    this.#finish(reason, true);
    this.#transport.close();
  }

  /** Everything that is open ends here, once. `here`: this side wanted it. */
  #finish(end: CloseReason, here: boolean, whyNotReady?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const undo of this.#cleanUp.splice(0)) undo();
    const error = lostConnection(this.label, end);
    const { root } = this.#machinery.exports;
    this.#machinery.end(end, error, here);
    if (root?.owned === true) disposeOf(root.value, (thrown) => this.#report(thrown));
    this.#closing.onQuieter();
    this.#face.fail(whyNotReady ?? error);
    // Where the transport is still up, it is over when that is.
    if (!this.#transportIsUp) this.#face.end(end);
  }

  #updateHold(): void {
    // A thread that blocks is there anyway.
    if (this.#blocked > 0) return;
    const holds = this.#held || this.#machinery.calls.count !== 0 || this.#machinery.streams.size !== 0;
    if (holds === this.#holdsTransport) return;
    this.#holdsTransport = holds;
    if (holds) this.#transport.ref();
    else this.#transport.unref();
  }

  #report(error: unknown): void {
    if (!this.#face.report(error))
      this.#host.warn(
        `${this.label}: something failed that nobody awaits: ${messageOf(error).replace(/\.$/, "")}. Listen to the connection's "error" event.`,
        "NEARCALL_UNAWAITED",
      );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
