// The sending half of a shared-memory connection: decides for each send whether it goes into the ring,
// rides the port or waits, and keeps all three in one order. It never reads and never dispatches.
import type { MessagePort, Transferable } from "node:worker_threads";
import { isSharedArrayBuffer } from "node:util/types";
import type { Handle } from "../core/transport.ts";
import { RecordKind } from "./ring.ts";
import type { RingWriter } from "./ring.ts";

/**
 * What the port carries. A doorbell means "look"; a `SharedArrayBuffer` is the memory of the next
 * `moved` record; `payload` is what the next `port` record stands for; `rest` comes after the ring's
 * last record.
 */
export const PortMessage = { bell: 0, payload: 1, rest: 2 } as const;
export type PortParcel = [kind: 1 | 2, bytes: Uint8Array | undefined, handles: readonly unknown[] | undefined];

export interface OutletOptions {
  /** Payloads above this many bytes ride the port, where they are moved instead of copied twice. @defaultValue 48 KiB */
  readonly largest?: number;
  /** A ring grows up to this many bytes, a power of two. @defaultValue 1 MiB */
  readonly ceiling?: number;
}

/** From there on it is quicker to move memory through the port than to copy it into the ring and out again (64 KiB: 150 against 50 µs). */
const LARGEST: number = 48 * 1024;
/** How often a ring of one size may be found full before it grows. */
const FULL_BEFORE_GROWTH = 3;
/** By which factor. */
const GROWTH = 4;

/** A send that waits for room. Without bytes: its payload is on the port already. */
interface Waiting {
  readonly kind: RecordKind;
  readonly bytes: Uint8Array | undefined;
}

export class RingOutlet {
  readonly #port: MessagePort;
  readonly #writer: RingWriter;
  readonly #largest: number;
  readonly #ceiling: number;
  #waiting: Waiting[] = [];
  #timesFull = 0;
  /** From `flushRest` on, everything goes over the port. */
  #ringIsOver = false;

  constructor(port: MessagePort, writer: RingWriter, options: OutletOptions) {
    this.#port = port;
    this.#writer = writer;
    this.#ceiling = options.ceiling ?? 1024 * 1024;
    this.#largest = options.largest ?? LARGEST;
  }

  /** Payloads of so many bytes are moved, not copied. */
  get ridesPortFrom(): number {
    return this.#largest + 1;
  }

  /** False: it waits, as will what follows, until `drain` answers true. */
  send(bytes: Uint8Array, handles: readonly Handle[] | undefined, isWhole: boolean): boolean {
    if (this.#ringIsOver) {
      this.#post(PortMessage.rest, bytes, handles, isWhole);
      return true;
    }
    const ridesPort = handles !== undefined || bytes.byteLength > this.#largest || !this.#canHold(bytes.byteLength);
    // Before the record that stands for it, so that whoever finds the record finds the payload.
    if (ridesPort) this.#post(PortMessage.payload, bytes, handles, isWhole);
    const kind = ridesPort ? RecordKind.port : RecordKind.bytes;
    const payload = ridesPort ? undefined : bytes;
    if (this.#waiting.length === 0 && this.#put(kind, payload)) {
      this.rouse();
      return true;
    }
    this.#waiting.push({ kind, bytes: payload && Uint8Array.prototype.slice.call(payload) });
    return this.#waiting.length === 1 && this.drain();
  }

  isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether the reader has said since that there is room for what waits. */
  canDrain(): boolean {
    return this.#waiting.length > 0 && this.#writer.wasGivenRoom();
  }

  /** Puts in what waits, as far as there is room. True: nothing waits any more. */
  drain(): boolean {
    let done = 0;
    for (const { kind, bytes } of this.#waiting) {
      while (!this.#put(kind, bytes)) {
        // Once it was asked for room, the reader wakes this thread.
        if (this.#writer.awaitRoom(bytes?.byteLength ?? 0)) {
          this.#waiting = this.#waiting.slice(done);
          if (done > 0) this.rouse();
          return false;
        }
      }
      done += 1;
    }
    this.#waiting = [];
    if (done > 0) this.rouse();
    return true;
  }

  /** Hands what waits to the port, which takes everything; from now on all goes that way. */
  flushRest(): void {
    if (this.#waiting.length === 0) return;
    this.#ringIsOver = true;
    for (const { kind, bytes } of this.#waiting) {
      // A payload that is on the port already just gets its turn.
      this.#port.postMessage([PortMessage.rest, kind === RecordKind.port ? undefined : bytes, undefined] satisfies PortParcel);
    }
    this.#waiting = [];
  }

  /** The far thread looks at the ring again. */
  rouse(): void {
    if (this.#writer.rouse() === "bell") this.#port.postMessage(PortMessage.bell);
  }

  #canHold(length: number): boolean {
    return this.#writer.accepts(length) || length * 2 + 16 <= this.#ceiling;
  }

  #put(kind: RecordKind, payload: Uint8Array | undefined): boolean {
    const length = payload === undefined ? 0 : payload.byteLength;
    if (this.#writer.accepts(length)) {
      if (this.#writer.write(kind, payload)) return true;
      this.#timesFull += 1;
      if (this.#timesFull < FULL_BEFORE_GROWTH || this.#writer.byteLength >= this.#ceiling) return false;
    }
    this.#grow(length);
    return this.#writer.write(kind, payload);
  }

  #grow(length: number): void {
    let size = Math.min(this.#writer.byteLength * GROWTH, this.#ceiling);
    while (size < length * 2 + 16) size *= 2;
    const memory = new SharedArrayBuffer(size);
    this.#port.postMessage(memory);
    this.#writer.moveTo(memory);
    this.#timesFull = 0;
  }

  #post(kind: PortParcel[0], bytes: Uint8Array, handles: readonly Handle[] | undefined, isWhole: boolean): void {
    const own = isWhole ? bytes : copyOf(bytes);
    const moved: object[] = [own.buffer];
    for (const handle of handles ?? []) if (!isSharedArrayBuffer(handle)) moved.push(handle);
    this.#port.postMessage([kind, own, handles] satisfies PortParcel, moved as Transferable[]);
  }
}

/** In memory of its own, which can be moved. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}
