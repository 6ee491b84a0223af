// A connection that comes back: a router in front of one session after another. Calls made while there is none wait
// in a queue; what becomes of those that were lost with a session is for resend.ts. How a session is come by is for
// whoever makes the client.
import type { CloseReason, ConnectionStats } from "../core/connection.ts";
import { titleOfCall } from "../core/connection.ts";
import { callAfterEnd } from "../core/lost-call.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Router } from "../core/router.ts";
import type { RoutedCall } from "../core/router.ts";
import { SessionConnection } from "../core/session-connection.ts";
import type { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { wireCodec } from "../wire/codec.ts";
import { fullJitter } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import { RECONNECT_DEFAULTS } from "./reconnect-options.ts";
import type { ReconnectOptions } from "./reconnect-options.ts";
import { mayResend } from "./resend.ts";
import { sumOfStats } from "./stats.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** What a way to a session reports and asks while it is under way. */
export interface Dialing {
  readonly backoff: Backoff;
  /** By which the server knows this client again. */
  readonly token: string | undefined;
  /** Ms until the last attempt begins. */
  readonly patience: number;
  /** Waits so many ms; rejects when nobody wants the session any more. */
  readonly wait: (ms: number) => Promise<void>;
  readonly onAttempt: () => void;
  readonly onSession: (session: Session) => void;
  readonly onFailure: () => void;
}

export interface ReconnectingParts {
  readonly label: string;
  readonly options: ConnectionOptions;
  readonly reconnect: ReconnectOptions;
  /** For the first connection, in ms. */
  readonly connectTimeout: number;
  /** A session that is ready; a rejection is final. */
  readonly dial: (dialing: Dialing) => Promise<Session>;
}

/** First pause, in ms; the bound of each further one doubles. */
const FIRST_PAUSE = 20;
/** A session that did not live so long, in ms, counts as another failure to connect. */
const SHORT_LIFE = 1_000;

export class ReconnectingClient {
  readonly connection: SessionConnection;
  readonly #parts: ReconnectingParts;
  readonly #label: string;
  readonly #reconnect: Required<ReconnectOptions>;
  readonly #waiting: WaitingCalls;
  /** Takes new calls. */
  #current: Session | undefined;
  /** Finish what they have; the far side wants no new calls on them. */
  readonly #retired = new Set<Session>();
  /** Is being connected. */
  #attempt: Session | undefined;
  #isDialing = false;
  /** Sessions in a row that were lost as soon as they were there. */
  #shortLives = 0;
  #lastOrder = 0;
  /** What the server of the last session knows this client by. */
  #token: string | undefined;
  #end: CloseReason | undefined;
  #closing: Promise<void> | undefined;
  #onQuiet: (() => void) | undefined;
  #held = true;
  #pause: { readonly timer: NodeJS.Timeout; readonly cancel: () => void } | undefined;

  constructor(parts: ReconnectingParts) {
    const { label, options, reconnect } = parts;
    this.#parts = parts;
    this.#label = label;
    this.#reconnect = { ...RECONNECT_DEFAULTS, ...reconnect };
    this.#waiting = new WaitingCalls(label, this.#reconnect, () => this.#onWaitingChanged());
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
      stats: () => this.#stats(),
      close: () => (this.#closing ??= this.#close()),
      destroy: (reason) => this.destroy(reason),
      hold: (held) => {
        this.#held = held;
        this.#updateHold();
      },
      warn: (error) => nodeHost.warn(`A listener of a connection threw: ${String(error)}`, "NEARCALL_LISTENER"),
    });
  }

  start(): void {
    this.#dial(this.#parts.connectTimeout);
  }

  destroy(reason: string): void {
    this.#finish({ reason });
    for (const session of this.#sessions()) session.destroy(reason);
  }

  #route(call: RoutedCall): void {
    if (this.#end !== undefined || this.#closing !== undefined) {
      const end = this.#end ?? { reason: "closed" };
      call.reject(callAfterEnd(this.#label, titleOfCall(call.op, call.path.names), end, end.cause === undefined));
      return;
    }
    this.#lastOrder += 1;
    // Nobody passes those that wait.
    const session = this.#waiting.size === 0 ? this.#usable() : undefined;
    if (session === undefined) this.#waiting.add(call, this.#lastOrder);
    else this.#send(call, this.#lastOrder, session);
  }

  #send(call: RoutedCall, order: number, session: Session): void {
    if (call.options?.idempotent === true) call.key ??= String(order);
    call.onLost = (error) => this.#takeBack(call, order, error);
    call.sendOn(session);
  }

  /** The call's session has ended. True: it will be sent again. */
  #takeBack(call: RoutedCall, order: number, error: unknown): boolean {
    if (this.#end !== undefined || !mayResend(call, error, this.#reconnect.maxAttempts)) return false;
    const session = this.#waiting.size === 0 ? this.#usable() : undefined;
    if (session === undefined) return this.#waiting.takeBack(call, order);
    this.#send(call, order, session);
    return true;
  }

  #usable(): Session | undefined {
    const session = this.#current;
    // While the calls of a session are being told that it has ended, its connection is not closed yet.
    return session !== undefined && !session.ended && session.connection.state === "ready" ? session : undefined;
  }

  #dial(patience: number): void {
    if (this.#isDialing || this.#end !== undefined) return;
    this.#isDialing = true;
    this.#dialUntilReady(patience).then(
      (session) => this.#adopt(session),
      (error: unknown) => {
        this.#isDialing = false;
        this.#finish({ reason: error instanceof Error ? error.message : String(error), cause: error }, error);
        for (const session of this.#retired) void session.close();
      },
    );
  }

  async #dialUntilReady(patience: number): Promise<Session> {
    // One whose sessions are lost at once must not spin.
    if (this.#shortLives > 0) await this.#wait(fullJitter(this.#shortLives, { first: FIRST_PAUSE, longest: this.#reconnect.longestPause }));
    return await this.#parts.dial({
      backoff: { first: FIRST_PAUSE, longest: this.#reconnect.longestPause },
      token: this.#token,
      patience,
      wait: (ms) => this.#wait(ms),
      onAttempt: () => this.connection.become("connecting"),
      onSession: (session) => {
        this.#attempt = session;
        this.#updateHold();
        if (this.#end !== undefined) session.destroy(this.#end.reason);
      },
      onFailure: () => this.connection.become("waiting"),
    });
  }

  #adopt(session: Session): void {
    this.#isDialing = false;
    this.#attempt = undefined;
    if (this.#end !== undefined) return session.destroy(this.#end.reason);
    this.#current = session;
    this.#token = session.hello?.session;
    const began = performance.now();
    const { connection } = session;
    connection.on("error", (error) => {
      if (!this.connection.report(error))
        nodeHost.warn(`${this.#label}: something failed that nobody awaits: ${String(error)}`, "NEARCALL_UNAWAITED");
    });
    connection.on("state", (state) => {
      if (state === "draining") this.#retire(session);
      else if (state === "closed") this.#onClosed(session, performance.now() - began);
    });
    this.#updateHold();
    // It may have happened since it was ready.
    if (connection.state === "closed") return this.#onClosed(session, 0);
    if (connection.state === "draining") return this.#retire(session);
    this.connection.become("ready");
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    for (const { call, order } of this.#waiting.takeAll()) {
      const session = this.#usable();
      if (session === undefined) this.#waiting.add(call, order);
      else this.#send(call, order, session);
    }
  }

  /** The far side goes away, when it has answered what it was asked. New calls go to whoever comes after it. */
  #retire(session: Session): void {
    if (session !== this.#current) return;
    this.#current = undefined;
    this.#retired.add(session);
    this.connection.become("draining");
    this.#comeBack();
  }

  #onClosed(session: Session, lived: number): void {
    // One that was asked to leave did not fail.
    if (!this.#retired.delete(session)) this.#shortLives = lived < SHORT_LIFE ? this.#shortLives + 1 : 0;
    if (session === this.#current) {
      this.#current = undefined;
      if (this.#end === undefined) this.connection.become("waiting");
    }
    // Calls of one that was to finish them may wait again.
    if (this.#current === undefined) this.#comeBack();
    this.#onQuiet?.();
  }

  #comeBack(): void {
    // One that closes comes back for those only that wait.
    if (this.#closing === undefined || this.#waiting.size !== 0) this.#dial(this.#reconnect.timeout);
  }

  async #close(): Promise<void> {
    do {
      await this.#nothingWaits();
      await Promise.all([...this.#sessions()].map((session) => session.close()));
      // One of them may have been lost while it finished its calls, some of which wait again.
    } while (this.#end === undefined && this.#waiting.size !== 0);
    this.#finish({ reason: "closed" });
  }

  #nothingWaits(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = () => {
        if (this.#end === undefined && this.#waiting.size !== 0) return;
        this.#onQuiet = undefined;
        resolve();
      };
      this.#onQuiet();
    });
  }

  #finish(end: CloseReason, whyNotReady?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#pause?.cancel();
    this.#waiting.rejectAll(end.reason);
    this.connection.fail(whyNotReady ?? callAfterEnd(this.#label, "connect()", end, true));
    this.connection.end(end);
    this.#onQuiet?.();
  }

  *#sessions(): Generator<Session> {
    if (this.#attempt !== undefined) yield this.#attempt;
    if (this.#current !== undefined) yield this.#current;
    yield* this.#retired;
  }

  /** Rejects when the connection ends. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      this.#pause = {
        timer,
        cancel: () => {
          clearTimeout(timer);
          reject(new Error("closed"));
        },
      };
      this.#updateHold();
      if (this.#end !== undefined) this.#pause.cancel();
    });
  }

  #onWaitingChanged(): void {
    this.#updateHold();
    this.#onQuiet?.();
  }

  /** Without a socket, what would hold the process is the pause; and calls that wait do, as pending calls do. */
  #updateHold(): void {
    for (const { connection } of this.#sessions()) {
      if (this.#held) connection.ref();
      else connection.unref();
    }
    const holds = this.#held || this.#waiting.size !== 0;
    if (holds) {
      this.#pause?.timer.ref();
      this.#attempt?.connection.ref();
    } else {
      this.#pause?.timer.unref();
    }
  }

  #stats(): ConnectionStats {
    const stats = sumOfStats([...this.#sessions()].map(({ connection }) => connection.stats()));
    return { ...stats, pendingCalls: stats.pendingCalls + this.#waiting.size };
  }
}
