// The blocking face of one session: makes its calls and stands still until they are answered, while what the far side
// asks meanwhile is answered from the same place.
import { titleOfCall } from "../core/connection.ts";
import { appendLocalStack, isError } from "../core/error-record.ts";
import { PeerLostError, RpcError, TimeoutError } from "../core/errors.ts";
import type { Base } from "../core/imports.ts";
import type { CallOp } from "../core/messages.ts";
import type { RemoteNode } from "../core/node.ts";
import { onAbort } from "../core/on-abort.ts";
import type { Presenter, StepSource } from "../core/presenter.ts";
import { RemotePromise } from "../core/remote-promise.ts";
import type { Session } from "../core/session.ts";
import type { BlockingTransport } from "../transports/blocking.ts";
import { isBlockingTransport } from "../transports/blocking.ts";
import { BlockingCall } from "./blocking-call.ts";
import type { AnyFunction, Blocking } from "./blocking.ts";
import { SyncGenerator } from "./sync-generator.ts";
import { syncRemoteOf } from "./sync-proxy.ts";

const clients = new WeakMap<Session, BlockingClient>();

export class BlockingClient implements Blocking, Presenter {
  #session!: Session;
  #transport!: BlockingTransport;

  /**
   * The client of a session; one for each.
   *
   * @throws {RpcError} `ERR_NOT_BLOCKING`: its transport cannot be waited for
   */
  static of(session: Session): BlockingClient {
    return clients.get(session) ?? new BlockingClient().attach(session);
  }

  /** For a session that is made with this client as its presenter. */
  attach(session: Session): this {
    const { transport, options, label } = session;
    if (!isBlockingTransport(transport)) throw notBlocking(label);
    if (options.intercept?.outgoing !== undefined) throw interceptorsWait(label);
    this.#session = session;
    this.#transport = transport;
    clients.set(session, this);
    return this;
  }

  get session(): Session {
    return this.#session;
  }

  get label(): string {
    return this.#session.label;
  }

  get timeout(): number | undefined {
    return this.#session.options.timeout;
  }

  remoteOf(base: Base): object {
    return syncRemoteOf(base, this);
  }

  streamOf(source: StepSource, timeout: number | undefined = this.timeout): object {
    return new SyncGenerator(source, this, timeout);
  }

  call(node: RemoteNode, op: CallOp, args: readonly unknown[], from: AnyFunction): unknown {
    const session = this.#session;
    for (const arg of args) if (typeof arg === "object" && arg !== null) this.#settle(arg);
    const call = new BlockingCall(node, op, this.#presenterFor(node.options?.timeout));
    const { options } = node;
    session.beginBlocking(this);
    try {
      session.startCall(call, node, args);
      // Also for those that nobody waits for: the end of the tick may be far away.
      session.catchUp();
      if (call.state === "pending") this.#await(call, options?.timeout ?? session.options.timeout, options?.signal);
    } finally {
      session.endBlocking();
    }
    if (call.state === "fulfilled") return call.value;
    throw errorOf(call, from);
  }

  wait(isDone: () => boolean, timeout: number | undefined): boolean {
    const session = this.#session;
    session.beginBlocking(this);
    try {
      session.catchUp();
      const until = timeout === undefined ? Infinity : performance.now() + timeout;
      while (!isDone() && !session.ended) {
        const received = this.#transport.receiveSync(until === Infinity ? Infinity : until - performance.now());
        session.flush();
        if (received === "timeout") return isDone();
        if (received === "ended") break;
      }
      return true;
    } finally {
      session.endBlocking();
    }
  }

  flush(): void {
    this.#session.flush();
  }

  /** Streams that a call answers have its time limit for each step. */
  #presenterFor(timeout: number | undefined): Presenter {
    if (timeout === undefined) return this;
    return { remoteOf: (base) => this.remoteOf(base), streamOf: (source) => this.streamOf(source, timeout) };
  }

  /** What an awaited call of this connection will answer takes its place before the member runs, so it is waited for. */
  #settle(arg: object): void {
    const awaited = RemotePromise.callOf(arg);
    if (awaited === undefined || awaited.state === "fulfilled") return;
    awaited.markHandled();
    if (awaited.peer === this.#session) this.wait(() => awaited.settled, this.timeout);
    if (awaited.state === "rejected") throw awaited.value;
    if (awaited.state === "pending")
      throw new RpcError(
        "ERR_BLOCKED",
        `An argument is what ${awaited.name} on ${awaited.peer.label} will answer, which does not come while this thread stands still. Await it first.`,
      );
  }

  #await(call: BlockingCall, timeout: number | undefined, signal: AbortSignal | undefined): void {
    const session = this.#session;
    // What waits on this side for a promise, or for the end of this tick, would wait for ever.
    if (call.batch === -1) return session.giveUp(call, waitsForPromise(call), true);
    if (session.connection.state === "idle") return session.giveUp(call, tooEarly(call), true);
    if (signal !== undefined) call.stopListening = onAbort(signal, (reason) => session.giveUp(call, reason, false));
    const isTimed = timeout !== undefined && timeout !== Infinity;
    const until = isTimed ? performance.now() + timeout : 0;
    do {
      const received = this.#transport.receiveSync(isTimed ? until - performance.now() : Infinity);
      // Answers to what was asked meanwhile.
      session.flush();
      if (received === "timeout" && !call.settled) session.giveUp(call, tooLate(call, timeout!), true);
      else if (received === "ended" && !call.settled) session.giveUp(call, lost(call), true);
    } while (!call.settled);
  }
}

/** Shows where it was called. */
function errorOf({ value, isErrorOurs }: BlockingCall, from: AnyFunction): unknown {
  if (!isErrorOurs || !isError(value)) return value;
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, from);
  if (here.stack !== undefined) appendLocalStack(value, here.stack);
  return value;
}

function tooLate({ op, path, peer }: BlockingCall, timeout: number): TimeoutError {
  const limit = Error.stackTraceLimit;
  // The frames of whoever waits are added where it is thrown.
  Error.stackTraceLimit = 0;
  try {
    return new TimeoutError(`${titleOfCall(op, path.names)} on ${peer.label} did not answer within ${timeout} ms.`, timeout);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The session will say more of the end, when the event loop runs again. */
function lost({ op, path, peer }: BlockingCall): PeerLostError {
  const reason = "the connection ended";
  return new PeerLostError(`${titleOfCall(op, path.names)} on ${peer.label} was lost: ${reason}.`, { reason });
}

function waitsForPromise({ op, path }: BlockingCall): RpcError {
  return new RpcError(
    "ERR_BLOCKED",
    `${titleOfCall(op, path.names)} would wait for a promise of this thread, which does not settle while the thread stands still. Await the promise first, then make the blocking call.`,
  );
}

function tooEarly({ op, path }: BlockingCall): RpcError {
  return new RpcError(
    "ERR_BLOCKED",
    `${titleOfCall(op, path.names)} comes too early: the connection begins when this thread's module has loaded. Call it from one of the module's functions.`,
  );
}

function notBlocking(label: string): RpcError {
  return new RpcError(
    "ERR_NOT_BLOCKING",
    `Calls to ${label} cannot block: what arrives comes through this thread's event loop, which would stand still. Start or connect it with nearcall/sync: spawnThreadSync(), spawnProcessSync(), connectSync().`,
  );
}

function interceptorsWait(label: string): RpcError {
  return new RpcError(
    "ERR_NOT_BLOCKING",
    `Calls to ${label} cannot block: intercept.outgoing answers with promises, which do not settle while this thread stands still.`,
  );
}
