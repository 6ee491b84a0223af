// Transport over any Duplex: a socket, a child's own pipe, standard streams joined in one. The stream gives
// order and backpressure; the chunks that it delivers have nothing to do with those that were sent.
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isUint8Array } from "node:util/types";
import type { Carries, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { Unwritten } from "./unwritten.ts";

export interface StreamOptions {
  /** How errors name the far side. @defaultValue "stream" */
  readonly label?: string;
  /**
   * The descriptor behind the stream. With it, what the stream has not written yet is written in the last
   * moment of the process, when streams write no more.
   */
  readonly fd?: number;
  /** How long `close` waits for the far side to take what was sent, in ms. @defaultValue 2000 */
  readonly closeTimeout?: number;
}

export function streamTransport(stream: Duplex, options: StreamOptions = {}): Transport {
  return new StreamTransport(stream, options);
}

/** Bytes waiting in the stream above which `send` answers false. Streams' own marks are lower than one batch. */
const HIGH_WATER = 256 * 1024;
/** How long the far side may take to close its half after we closed ours, in ms. */
const HALF_CLOSED = 100;

interface CountingHandle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

class StreamTransport implements Transport {
  readonly label: string;
  readonly carries: Carries = { handles: false, sameProcess: false, trustedPeerOnly: false };
  /** A stream keeps what it could not write at once. */
  readonly retains = true;

  readonly #stream: Duplex;
  readonly #closeTimeout: number;
  readonly #fd: number | undefined;
  readonly #unwritten = new Unwritten();
  /** Bytes that the stream was given by others before, and by us since. */
  readonly #before: number;
  #given = 0;
  /** Only a socket's 'data' is sure to come from the event loop; of another stream it may come underneath a `write`. */
  readonly #isSocket: boolean;
  #events: TransportEvents | undefined;
  #phase: "open" | "closing" | "destroyed" | "ended" = "open";
  #paused = false;
  #owesDrain = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Duplex, options: StreamOptions) {
    this.label = options.label ?? "stream";
    this.#stream = stream;
    this.#isSocket = stream instanceof Socket;
    this.#closeTimeout = options.closeTimeout ?? 2000;
    this.#fd = options.fd;
    this.#before = (stream as Partial<Socket>).bytesWritten ?? 0;
    // Stays when everything else goes: an error that comes late must not end the process.
    stream.on("error", this.#onError);
  }

  start(events: TransportEvents): void {
    this.#events = events;
    const stream = this.#stream;
    stream.on("drain", this.#onDrain);
    stream.on("end", this.#onEnd);
    stream.on("close", this.#onClose);
    if (this.#isSocket) stream.on("data", this.#onData);
    else stream.on("readable", this.#onReadable);
    if (stream.destroyed || stream.readableEnded) setImmediate(this.#onClose);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#phase !== "open" || !this.#stream.writable) return true;
    if (this.#fd === undefined) {
      this.#stream.write(bytes);
    } else {
      this.#given += bytes.byteLength;
      this.#unwritten.add(bytes);
      this.#stream.write(bytes, this.#onWritten);
    }
    if (this.#stream.writableNeedDrain && this.#stream.writableLength > HIGH_WATER) this.#owesDrain = true;
    return !this.#owesDrain;
  }

  pause(): void {
    this.#paused = true;
    if (this.#isSocket) this.#stream.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#isSocket) this.#stream.resume();
    else setImmediate(this.#onReadable);
  }

  flushSync(): void {
    // Node's handle under a socket counts the bytes that it was given, and those of them that wait in libuv.
    const { _handle: handle, bytesWritten } = this.#stream as Partial<Socket> & { readonly _handle?: Partial<CountingHandle> | null };
    if (this.#fd === undefined || handle?.bytesWritten === undefined || handle.writeQueueSize === undefined) return;
    // Somebody else writes on it too.
    if (bytesWritten !== this.#before + this.#given) return;
    const taken = handle.bytesWritten - handle.writeQueueSize - this.#before;
    this.#unwritten.flushSync(this.#fd, this.#given - taken);
  }

  close(): void {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    // What still comes is read and dropped, else the far side's system would call this a reset.
    this.resume();
    this.#stream.end(() => this.#closeWithin(HALF_CLOSED));
    this.#closeWithin(this.#closeTimeout);
  }

  destroy(): void {
    if (this.#phase === "ended" || this.#phase === "destroyed") return;
    this.#phase = "destroyed";
    this.#stream.destroy();
    setImmediate(this.#onClose);
  }

  ref(): void {
    (this.#stream as Partial<Socket>).ref?.();
  }

  unref(): void {
    (this.#stream as Partial<Socket>).unref?.();
  }

  #onData = (chunk: unknown): void => {
    if (this.#phase !== "open") return;
    if (isUint8Array(chunk)) this.#events!.onReceive(chunk, undefined, this.#isSocket);
    else this.#finish({ reason: "the stream gave something other than bytes; it must have no encoding and not be in object mode" });
  };

  #onReadable = (): void => {
    while (!this.#paused && (this.#phase === "open" || this.#phase === "closing")) {
      const chunk: unknown = this.#stream.read();
      if (chunk === null) return;
      this.#onData(chunk);
    }
  };

  #onWritten = (): void => this.#unwritten.removeOldest();

  #onDrain = (): void => {
    if (!this.#owesDrain || this.#phase !== "open") return;
    this.#owesDrain = false;
    this.#events!.onDrain();
  };

  #onEnd = (): void => this.#finish({ reason: "the far side closed the connection" });

  #onClose = (): void => {
    const cause = this.#stream.errored;
    this.#finish({ reason: "the connection was closed", ...(cause !== null && { cause }) });
  };

  #onError = (cause: NodeJS.ErrnoException): void => {
    this.#finish({ reason: `the connection broke (${cause.code ?? cause.message})`, cause });
  };

  #closeWithin(ms: number): void {
    if (this.#phase !== "closing") return;
    clearTimeout(this.#timer);
    // Holds no process by itself; where the stream does, it fires.
    this.#timer = setTimeout(this.#onClose, ms).unref();
  }

  #finish(end: TransportEnd): void {
    const events = this.#events;
    if (events === undefined) return;
    this.#events = undefined;
    const phase = this.#phase;
    this.#phase = "ended";
    clearTimeout(this.#timer);
    const stream = this.#stream;
    stream.off("drain", this.#onDrain);
    stream.off("end", this.#onEnd);
    stream.off("close", this.#onClose);
    stream.off("data", this.#onData);
    stream.off("readable", this.#onReadable);
    stream.destroy();
    events.onEnd(phase === "open" ? end : { reason: phase === "closing" ? "closed" : "destroyed" });
  }
}
