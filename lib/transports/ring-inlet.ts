// The receiving half of a shared-memory connection: joins ring and port into one sequence of frames
// again. It decides nothing about when; the pump (or a blocking reader) asks for the next frame.
import { receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { isSharedArrayBuffer } from "node:util/types";
import { PortMessage } from "./ring-outlet.ts";
import type { PortParcel } from "./ring-outlet.ts";
import { RecordKind } from "./ring.ts";
import type { RingReader } from "./ring.ts";

export class RingInlet {
  /** The frame that `next` found. Borrowed until `reader.free()`, unless it is owned. */
  bytes: Uint8Array;
  handles: readonly unknown[] | undefined = undefined;
  owned = false;
  /** Whether the last `next` found the place of a frame whose payload has not arrived yet. */
  isStalled = false;
  /** Why nothing more can be read, once that is so. */
  failure: unknown = undefined;
  /** Whether the port has said so: to ask it for more would crash the process (Node 20). */
  isPortClosed = false;

  readonly #port: MessagePort;
  readonly #reader: RingReader;
  readonly #payloads: PortParcel[] = [];
  readonly #rest: PortParcel[] = [];
  readonly #memories: SharedArrayBuffer[] = [];

  constructor(port: MessagePort, reader: RingReader) {
    this.#port = port;
    this.#reader = reader;
    this.bytes = reader.payload;
  }

  /** Keeps what came over the port until its turn. Doorbells carry nothing: whoever takes one looks. */
  take(message: unknown): void {
    if (isSharedArrayBuffer(message)) this.#memories.push(message);
    else if (isParcel(message)) (message[0] === PortMessage.payload ? this.#payloads : this.#rest).push(message);
  }

  /** Takes what lies on the port, for a thread whose event loop stands still. */
  takeAll(): void {
    for (let received = this.#receive(); received !== undefined; received = this.#receive()) this.take(received.message);
  }

  /**
   * Finds the next frame and steps over it. False: there is none now. A frame whose payload has not
   * arrived is not there yet; the port's next message is the moment to ask again.
   */
  next(): boolean {
    this.isStalled = false;
    for (;;) {
      switch (this.#reader.peek()) {
        case RecordKind.bytes:
          this.#reader.advance();
          return this.#found(this.#reader.payload, undefined, false);
        case RecordKind.port: {
          const parcel = this.#await(this.#payloads);
          if (parcel === undefined) return false;
          this.#reader.advance();
          return this.#foundParcel(parcel);
        }
        case RecordKind.moved: {
          const memory = this.#await(this.#memories);
          if (memory === undefined) return false;
          this.#reader.moveTo(memory);
          break;
        }
        default:
          return this.#nextOfRest();
      }
    }
  }

  /** What came after the ring's last record. */
  #nextOfRest(): boolean {
    const first = this.#rest[0];
    if (first === undefined) return false;
    const parcel = first[1] === undefined ? this.#await(this.#payloads) : first;
    if (parcel === undefined) return false;
    this.#rest.shift();
    return this.#foundParcel(parcel);
  }

  /** The first of `queue`, or of what the port has but has not emitted yet. */
  #await<T>(queue: T[]): T | undefined {
    while (queue.length === 0) {
      const received = this.#receive();
      if (received === undefined) {
        this.isStalled = true;
        return undefined;
      }
      this.take(received.message);
    }
    return queue.shift();
  }

  #receive(): { message: unknown } | undefined {
    if (this.isPortClosed) return undefined;
    try {
      return receiveMessageOnPort(this.#port);
    } catch (cause) {
      this.failure = cause;
      return undefined;
    }
  }

  #foundParcel(parcel: PortParcel): true {
    return this.#found(parcel[1] as Uint8Array, parcel[2], true);
  }

  #found(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): true {
    this.bytes = bytes;
    this.handles = handles;
    this.owned = owned;
    return true;
  }
}

function isParcel(message: unknown): message is PortParcel {
  return Array.isArray(message) && (message[0] === PortMessage.payload || message[0] === PortMessage.rest);
}
