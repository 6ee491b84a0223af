// A remote that stands in front of several sessions: a pool's, a reconnecting client's, a supervised child's. Its
// calls are encoded when they are made, and bound to a session when the owner of the router decides for one.
import { callAtValue } from "./call-at-value.ts";
import type { Codec, Outgoing } from "./codec.ts";
import { type Connection, titleOfCall } from "./connection.ts";
import { type RpcError, TimeoutError, UnserializableError } from "./errors.ts";
import type { Host } from "./host.ts";
import { Base } from "./imports.ts";
import { interceptOutgoing } from "./interception.ts";
import { LiveRules } from "./live-rules.ts";
import type { CallOp, MemberPath, Parcel } from "./messages.ts";
import { type Origin, type Peer, RemoteNode } from "./node.ts";
import { onAbort } from "./on-abort.ts";
import type { CallOptions, ConnectionOptions, Interceptor, SentOptions } from "./options.ts";
import { PendingCall } from "./pending-call.ts";
import { proxyOf } from "./proxy.ts";
import type { ReachPolicy } from "./reach-rules.ts";
import { RemotePromise } from "./remote-promise.ts";
import type { Session } from "./session.ts";

/** A call on its way to a session, as the owner of a router sees it. */
export interface RoutedCall {
  readonly op: CallOp;
  readonly path: MemberPath;
  /** Signal and timeout are taken care of; the rest is for the router's owner to read. */
  readonly options: CallOptions | undefined;
  /** Bytes of the encoded arguments. */
  readonly size: number;
  /** By which the far side knows it when it is sent again. */
  key: string | undefined;
  /** How often it was given to a session. */
  readonly attempts: number;
  /** It carries no reference, stream or handle, so that it can be sent more than once. */
  readonly repeatable: boolean;
  readonly settled: boolean;
  /** The session that it was given to last. */
  readonly session: Session | undefined;
  /** Its number on that session; 0 before it has one. */
  readonly id: number;
  /**
   * Sends it on `session`. Never throws.
   *
   * @param gathers it goes with what follows in the tick, and not at once, since it takes less time than a wake-up
   */
  sendOn(session: Session, gathers?: boolean): void;
  /** Other calls start at its result over there, so that it cannot be taken back. */
  readonly kept: boolean;
  /** Takes it from its session, as if it never had been sent. Only where the far side knows not to begin with it. */
  takeBack(): void;
  /** Settles it. */
  reject(error: unknown): void;
  /** What the owner knows of it. The functions below are called on the call, so that owners can share them. */
  record: unknown;
  /** It has its number on its session, and leaves in a moment. */
  onNumbered: ((this: RoutedCall, id: number) => void) | undefined;
  /** Its caller has an answer, or has given up. */
  onSettled: ((this: RoutedCall) => void) | undefined;
  /** The far side is done with it as well: it answered, late perhaps, or is gone, or never heard of it. */
  onDone: ((this: RoutedCall) => void) | undefined;
  /** The session that carried it under number `id` has ended. True: the owner takes it back, to send it again. */
  onLost: ((this: RoutedCall, error: RpcError, id: number) => boolean) | undefined;
}

export interface RouterParts {
  readonly label: string;
  readonly host: Host;
  readonly codec: Codec;
  readonly options: ConnectionOptions;
  /** When a call's timeout begins: at the call, or when it is given to a session. */
  readonly timeoutFrom: "call" | "send";
  /** What `connectionOf` answers for remotes of the router. */
  readonly connection: () => Connection;
  /** Decides what becomes of a call: send it now, or keep it for later. */
  readonly route: (call: RoutedCall) => void;
}

export class Router implements Peer {
  readonly label: string;
  /** The root, as users see it. */
  readonly remote: object;
  readonly #parts: RouterParts;
  readonly #rules: LiveRules;
  readonly #out: Outgoing;
  readonly #policy: ReachPolicy;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.label = parts.label;
    this.#rules = new LiveRules(parts.host, parts.options);
    this.#out = parts.codec.outgoing(this.#rules, unbound);
    this.#policy = {
      fields: false,
      isPlatformPrototype: (prototype) => parts.host.isPlatformPrototype(prototype),
      isModule: () => false,
      isMarked: () => false,
      isEmitter: () => false,
    };
    this.remote = proxyOf(new Base(this, { id: 0, count: 0, released: false, trace: undefined }, ""));
  }

  get connection(): Connection {
    return this.#parts.connection();
  }

  makeCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    const outgoing = this.#parts.options.intercept?.outgoing;
    return outgoing === undefined ? this.#make(node, op, args) : this.#makeIntercepted(outgoing, node, op, args);
  }

  sendCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): void {
    this.makeCall(new RemoteNode(node.origin, node.path, { ...node.options, oneWay: true }), op, args).catch((error: unknown) =>
      this.#parts.host.warn(`${this.label}: ${titleOfCall(op, node.path.names)} failed: ${String(error)}`, "NEARCALL_UNAWAITED"),
    );
  }

  /** The root is not given back: it belongs to nobody but the router. */
  release(_origin: Origin): void {}

  #makeIntercepted(outgoing: Interceptor, node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    const call = new RoutedPending(this, node.origin, op, node.path, this.#withDefaults(node.options), this.#parts);
    // However long the interceptor keeps it.
    call.watch();
    if (call.settled) return new RemotePromise(call);
    void interceptOutgoing(outgoing, call, node, args, this.label, ({ args: changed, meta }) => {
      const made = this.#make(meta === undefined ? node : node.with({ meta }), op, changed);
      return made.then((result) => result);
    });
    return new RemotePromise(call);
  }

  #make(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemotePromise {
    const { origin, options } = node;
    if (origin instanceof RoutedPending && origin.session !== undefined && !origin.settled) return origin.session.makeCall(node, op, args);
    const call = new RoutedPending(this, origin, op, node.path, this.#withDefaults(options), this.#parts);
    try {
      call.parcel = this.#rules.parcelOf(this.#out, args);
    } catch (error) {
      call.reject(error);
      return new RemotePromise(call);
    }
    call.watch();
    if (call.settled) return new RemotePromise(call);
    if (origin instanceof PendingCall) this.#callAtResult(call, origin, args);
    else this.#parts.route(call);
    return new RemotePromise(call);
  }

  #withDefaults(options: CallOptions | undefined): CallOptions | undefined {
    const { timeout } = this.#parts.options;
    return timeout === undefined || options?.timeout !== undefined ? options : { ...options, timeout };
  }

  /** The call that it starts at waits for its turn: so does this one. */
  #callAtResult(call: RoutedPending, origin: PendingCall, args: readonly unknown[]): void {
    origin.promise.then(
      (value) => {
        if (call.settled) return;
        const sendParcel = (base: Base, node: RemoteNode): boolean => {
          // What was answered is an object of one session, and the call goes there.
          const session = origin instanceof RoutedPending ? origin.session : undefined;
          if (session === undefined || base.peer !== session) return false;
          call.sendTo(session, base, node.path);
          return true;
        };
        callAtValue(value, { call, options: call.options, args, parcel: call.parcel, policy: this.#policy, sendParcel });
      },
      (reason: unknown) => call.reject(reason),
    );
  }
}

class RoutedPending extends PendingCall implements RoutedCall {
  parcel: Parcel | undefined = undefined;
  key: string | undefined = undefined;
  attempts = 0;
  session: Session | undefined = undefined;
  record: unknown = undefined;
  onNumbered: RoutedCall["onNumbered"] = undefined;
  onSettled: RoutedCall["onSettled"] = undefined;
  onDone: RoutedCall["onDone"] = undefined;
  onLost: RoutedCall["onLost"] = undefined;
  readonly #parts: RouterParts;
  #deadline: number | undefined;
  #gathers = false;

  constructor(router: Router, origin: Origin, op: CallOp, path: MemberPath, options: CallOptions | undefined, parts: RouterParts) {
    // A path of the router's remote has a number on no session.
    super(router, origin, op, path, options);
    this.carrier = undefined;
    this.#parts = parts;
  }

  get size(): number {
    return this.parcel?.bytes.length ?? 0;
  }

  get repeatable(): boolean {
    return this.parcel !== undefined && this.parcel.lives.length === 0;
  }

  override get isRouted(): boolean {
    return true;
  }

  override get awaitsDone(): boolean {
    return this.onDone !== undefined;
  }

  /** Listens to the caller's signal, and starts the clock if it runs from the call. */
  watch(): void {
    const { signal } = this.options ?? {};
    if (signal?.aborted === true) return this.reject(signal.reason);
    if (signal !== undefined) this.stopListening = onAbort(signal, (reason) => this.#giveUp(reason));
    if (this.#parts.timeoutFrom === "call") this.#startClock();
  }

  sendOn(session: Session, gathers = false): void {
    this.#gathers = gathers;
    this.#send(session, { names: this.path.names, interned: 0 }, undefined);
  }

  sendTo(session: Session, base: Base, path: MemberPath): void {
    this.#send(session, path, base);
  }

  takeBack(): void {
    this.session?.takeBack(this);
    this.#leaveSession();
    this.session = undefined;
    this.attempts -= 1;
    if (this.#parts.timeoutFrom === "send") {
      this.timer?.cancel();
      this.timer = undefined;
      this.#deadline = undefined;
    }
  }

  override get gathers(): boolean {
    return this.#gathers;
  }

  override numbered(): void {
    this.onNumbered?.(this.id);
  }

  override done(): void {
    this.onDone?.();
  }

  override lost(error: RpcError): void {
    if (this.settled) return;
    const { id } = this;
    this.#leaveSession();
    if (this.onLost?.(error, id) === true) return;
    super.lost(error);
  }

  override reject(error: unknown, made = false): void {
    super.reject(error, made);
  }

  protected override afterSettled(): void {
    this.onSettled?.();
  }

  #leaveSession(): void {
    this.carrier = undefined;
    this.id = 0;
    this.batch = -1;
  }

  #send(session: Session, path: MemberPath, base: Base | undefined): void {
    if (this.settled || this.parcel === undefined) return;
    this.attempts += 1;
    this.session = session;
    this.carrier = session;
    if (this.#parts.timeoutFrom === "send") this.#startClock();
    session.startParcel(this, path, base, this.#optionsNow(), this.parcel);
  }

  /** What is left of the time is what the far side is told. */
  #optionsNow(): SentOptions | undefined {
    if (this.#deadline === undefined && this.key === undefined) return this.options;
    const timeout = this.#deadline === undefined ? undefined : Math.max(0, this.#deadline - this.#parts.host.now());
    return { ...this.options, key: this.key, ...(timeout !== undefined && { timeout }) };
  }

  #startClock(): void {
    const timeout = this.options?.timeout;
    if (timeout === undefined || !Number.isFinite(timeout) || this.timer !== undefined) return;
    const { host } = this.#parts;
    this.#deadline = host.now() + timeout;
    this.timer = host.startTimer(timeout, () => this.#expire(timeout));
  }

  #expire(timeout: number): void {
    if (this.session !== undefined && this.carrier !== undefined) return this.session.expire(this, timeout);
    this.reject(
      new TimeoutError(
        `${titleOfCall(this.op, this.path.names)} on ${this.#parts.label} was not answered within ${timeout} ms; it was still waiting to be sent.`,
        timeout,
      ),
      true,
    );
  }

  #giveUp(reason: unknown): void {
    if (this.session !== undefined && this.carrier !== undefined) this.session.giveUp(this, reason, false);
    else this.reject(reason);
  }
}

/** Parcels are encoded without slots; these are made by the session that sends them. */
const unbound = {
  toSlot(): never {
    throw new UnserializableError("A parcel was sent without a session", "");
  },
  undoSlot(): void {},
  messageDone(): void {},
  reviving(): void {},
  fromSlot(): never {
    throw new UnserializableError("A parcel was read without a session", "");
  },
};
