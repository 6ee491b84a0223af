// Transport over Node's own channel between a process and its child: a ChildProcess here, `process` there. The
// channel belongs to others too (pm2, cluster, test runners), so our bytes travel in an envelope, foreign messages
// are passed over, and the channel is never closed from here. A child's own pipe is better where there is a choice.
import type { ChildProcess } from "node:child_process";
import type { EventEmitter } from "node:events";
import { isUint8Array } from "node:util/types";
import type { Carries, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { isChildProcess } from "./is-child-process.ts";
import { Unwritten } from "./unwritten.ts";

export interface ChildIpcOptions {
  /** How errors name the far side. @defaultValue `pid <pid>` for a child, `parent` in one */
  readonly label?: string;
  /**
   * The channel's serialization, as it was given to spawn or fork.
   * @defaultValue found out with the first message that arrives; text, which passes both, until then
   */
  readonly serialization?: "json" | "advanced";
  /** How long `close` waits for the channel to take what was sent, in ms. @defaultValue 2000 */
  readonly closeTimeout?: number;
}

export function childIpcTransport(endpoint: ChildProcess | NodeJS.Process, options: ChildIpcOptions = {}): Transport {
  return new ChildIpcTransport(endpoint, options);
}

/**
 * What travels. As JSON the bytes are base64, which is quicker than text of a character a byte, since that
 * must be escaped (64 KiB: 180 against 770 to 1,070 µs; as bytes in the 'advanced' mode 30 to 80 µs).
 */
interface Envelope {
  readonly nearcall: string | Uint8Array;
  /** An empty array in each side's first message: only if the channel is 'advanced' it arrives as one. */
  readonly probe?: Uint8Array;
}

/** Bytes on their way in the channel, below which there is room again. */
const LOW_WATER = 32 * 1024;
/** A child's 'disconnect' and 'exit' come in either order; the second may take so long, in ms. */
const SECOND_SIGN = 50;

class ChildIpcTransport implements Transport {
  readonly label: string;
  /** A bad byte from the child ends this process, whatever we do (nodejs/node#61312). */
  readonly carries: Carries = { handles: false, sameProcess: false, trustedPeerOnly: true };
  readonly retains = false;

  readonly #endpoint: ChildProcess | NodeJS.Process;
  readonly #child: ChildProcess | undefined;
  readonly #closeTimeout: number;
  readonly #unwritten = new Unwritten();
  #binary: boolean;
  #isProbed = false;
  #events: TransportEvents | undefined;
  #phase: "open" | "closed" | "ended" = "open";
  #end: TransportEnd | undefined;
  #pending = 0;
  #owesDrain = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(endpoint: ChildProcess | NodeJS.Process, options: ChildIpcOptions) {
    this.#endpoint = endpoint;
    this.#child = isChildProcess(endpoint) ? endpoint : undefined;
    this.label = options.label ?? (this.#child === undefined ? "parent" : `pid ${this.#child.pid}`);
    this.#binary = options.serialization === "advanced";
    this.#isProbed = options.serialization !== undefined;
    this.#closeTimeout = options.closeTimeout ?? 2000;
    // Stays when everything else goes: a child's death shows as an 'error' too, and must not end this process.
    this.#emitter.on("error", this.#onError);
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#emitter.on("message", this.#onMessage);
    this.#emitter.on("disconnect", this.#onDisconnect);
    this.#child?.on("exit", this.#onExit);
    if (this.#endpoint.connected !== true) setImmediate(this.#onDisconnect);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#phase !== "open" || this.#endpoint.connected !== true) return true;
    const content = this.#binary ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    const envelope: Envelope = this.#isProbed ? { nearcall: content } : { nearcall: content, probe: new Uint8Array(0) };
    this.#isProbed = true;
    const size = content.length;
    this.#pending += size;
    this.#unwritten.add(() => Buffer.from(`${JSON.stringify(envelope)}\n`));
    // With a callback, what goes wrong is never an 'error' event.
    const isTaken = this.#endpoint.send!(envelope, undefined, undefined, (error) => this.#onSent(size, error));
    if (!isTaken) this.#owesDrain = true;
    return !this.#owesDrain;
  }

  flushSync(): void {
    // How the 'advanced' mode frames its messages is Node's own matter.
    if (this.#binary || this.#endpoint.connected !== true) return;
    const symbol = Object.getOwnPropertySymbols(this.#endpoint).find(({ description }) => description === "kChannelHandle");
    const channel = symbol && (Reflect.get(this.#endpoint, symbol) as Channel | null);
    if (typeof channel?.fd === "number" && typeof channel.writeQueueSize === "number") {
      this.#unwritten.flushSync(channel.fd, channel.writeQueueSize);
    }
  }

  close(): void {
    if (this.#phase !== "open") return;
    this.#phase = "closed";
    this.#end = { reason: "closed" };
    if (this.#pending === 0) setImmediate(this.#finish);
    else this.#finishWithin(this.#closeTimeout);
  }

  destroy(): void {
    if (this.#phase === "ended") return;
    this.#phase = "closed";
    this.#end = { reason: "destroyed" };
    setImmediate(this.#finish);
  }

  ref(): void {
    this.#child?.ref();
    this.#endpoint.channel?.ref();
  }

  unref(): void {
    this.#child?.unref();
    this.#endpoint.channel?.unref();
  }

  get #emitter(): EventEmitter {
    return this.#endpoint;
  }

  #onMessage = (message: unknown): void => {
    if (this.#phase !== "open" || typeof message !== "object" || message === null) return;
    const { nearcall, probe } = message as Partial<Record<keyof Envelope, unknown>>;
    if (isUint8Array(probe)) this.#binary = true;
    // A part of Node's own read buffer, so that it is not the receiver's to keep.
    if (isUint8Array(nearcall)) return this.#events!.onReceive(nearcall, undefined, false);
    if (typeof nearcall !== "string") return;
    // Not from Buffer's pool: views of it reach the user.
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(nearcall, "base64"));
    this.#events!.onReceive(bytes.subarray(0, bytes.write(nearcall, "base64")), undefined, true);
  };

  #onSent(size: number, error: Error | null): void {
    this.#pending -= size;
    this.#unwritten.removeOldest();
    if (error !== null)
      this.#onGone({ reason: `the IPC channel broke (${(error as NodeJS.ErrnoException).code ?? error.message})`, cause: error });
    if (this.#phase === "closed" && this.#pending === 0) this.#finish();
    if (this.#phase !== "open" || !this.#owesDrain || this.#pending > LOW_WATER) return;
    this.#owesDrain = false;
    this.#events?.onDrain();
  }

  #onDisconnect = (): void => {
    if (this.#child === undefined) this.#onGone({ reason: "the parent is gone or closed the IPC channel" });
    else this.#onGone({ reason: "the child closed the IPC channel" });
  };

  /** Has a child that could not be started; later ones say nothing that 'disconnect' and 'exit' do not. */
  #onError = (cause: NodeJS.ErrnoException): void => {
    if (this.#child === undefined || this.#child.pid !== undefined || this.#phase !== "open") return;
    this.#end = { reason: `the process could not be started (${cause.code ?? cause.message})`, cause };
    this.#finish();
  };

  #onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (this.#phase !== "open") return;
    const reason = signal === null ? `the process exited with code ${code}` : `the process was killed by ${signal}`;
    const isSecondSign = this.#end !== undefined;
    this.#end = { ...this.#end, reason, code, signal };
    // What it sent before may still be in the channel, which ends with 'disconnect'.
    if (isSecondSign || this.#endpoint.connected !== true) this.#finish();
    else this.#finishWithin(SECOND_SIGN);
  };

  /** The channel is over. Why, a child's 'exit' says better. */
  #onGone(end: TransportEnd): void {
    if (this.#phase !== "open") return;
    if (this.#end?.code !== undefined) return this.#finish();
    this.#end ??= end;
    if (this.#child === undefined) this.#finish();
    else this.#finishWithin(SECOND_SIGN);
  }

  #finishWithin(ms: number): void {
    // Through the event loop once more: it may have been blocked for so long, with messages waiting.
    this.#timer ??= setTimeout(() => setImmediate(this.#finish), ms);
  }

  #finish = (): void => {
    if (this.#phase === "ended" || this.#events === undefined) return;
    this.#phase = "ended";
    clearTimeout(this.#timer);
    this.#emitter.off("message", this.#onMessage);
    this.#emitter.off("disconnect", this.#onDisconnect);
    this.#child?.off("exit", this.#onExit);
    this.#events.onEnd(this.#end ?? { reason: "ended" });
  };
}

/** Node's handle under the channel. */
interface Channel {
  readonly fd?: unknown;
  readonly writeQueueSize?: unknown;
}
