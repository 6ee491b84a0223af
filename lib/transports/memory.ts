// Transport between two ends in one thread. Most tests run on it, and it is the example of how a transport
// is written: everything the core needs of one is in this file.
import type { Carries, Handle, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { moveHandle } from "../node/move-handle.ts";
import { createTurn } from "./turn.ts";

/** Settings of `memoryPair`. */
export interface MemoryPairOptions {
  /** Bytes under way in one direction above which `send` answers false. @defaultValue 1 MiB */
  readonly highWater?: number;
  /** How each end names the far side. @defaultValue ["memory", "memory"] */
  readonly labels?: readonly [string, string];
}

/**
 * Two connected transports within one thread: for tests, and to embed what otherwise runs elsewhere. Values pass as
 * between threads, as copies and references.
 *
 * @example
 * const [near, far] = memoryPair();
 * expose(api, far);
 * const remote = wrap<typeof api>(near);
 */
export function memoryPair({ highWater = 1024 * 1024, labels = ["memory", "memory"] }: MemoryPairOptions = {}): [Transport, Transport] {
  const near = new MemoryEnd(labels[0], highWater);
  const far = new MemoryEnd(labels[1], highWater);
  near.peer = far;
  far.peer = near;
  return [near, far];
}

/** Without going through the event loop, in ms. */
const LONGEST_TURN = 0.2;
const FAR_SIDE_CLOSED: TransportEnd = { reason: "the far side closed the connection" };

class MemoryEnd implements Transport {
  readonly label: string;
  readonly carries: Carries = { handles: true, sameProcess: true, trustedPeerOnly: false };
  readonly retains = false;
  peer!: MemoryEnd;
  readonly #highWater: number;
  /** What the peer sent and this end has not handed on yet, oldest first. */
  #arrived: { readonly bytes: Uint8Array; readonly handles: readonly Handle[] | undefined }[] = [];
  #arrivedBytes = 0;
  #events: TransportEvents | undefined;
  #paused = false;
  #held = true;
  #owesDrain = false;
  #end: TransportEnd | undefined;
  /** What was sent is handed on from the event loop, never underneath `send`. */
  readonly #turn = createTurn(() => this.#deliver());

  constructor(label: string, highWater: number) {
    this.label = label;
    this.#highWater = highWater;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#turn.request();
  }

  send(bytes: Uint8Array, handles?: readonly Handle[]): boolean {
    if (this.#end !== undefined) return true;
    const { peer } = this;
    peer.#arrived.push({ bytes: Uint8Array.from(bytes), handles: handles?.map(moveHandle) });
    peer.#arrivedBytes += bytes.byteLength;
    peer.#turn.request();
    if (peer.#arrivedBytes > this.#highWater) this.#owesDrain = true;
    return !this.#owesDrain;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#events !== undefined) this.#turn.request();
  }

  close(): void {
    this.#finish({ reason: "closed" });
  }

  destroy(): void {
    this.#finish({ reason: "destroyed" });
  }

  ref(): void {
    this.#hold(true);
  }

  unref(): void {
    this.#hold(false);
  }

  /** Whoever waits on one end waits for both: what holds the process is what is on its way. */
  #hold(held: boolean): void {
    this.#held = held;
    const isHeld = held || this.peer.#held;
    for (const side of [this, this.peer]) {
      if (isHeld) side.#turn.ref();
      else side.#turn.unref();
    }
  }

  #finish(end: TransportEnd): void {
    if (this.#end !== undefined) return;
    // What is on its way to the far side arrives; what came from there is not wanted any more.
    this.#arrived = [];
    this.#paused = false;
    for (const side of [this, this.peer]) {
      side.#end ??= side === this ? end : FAR_SIDE_CLOSED;
      side.#turn.request();
    }
  }

  #deliver(): void {
    const events = this.#events;
    if (events === undefined) return;
    const began = performance.now();
    while (this.#arrived.length !== 0 && !this.#paused) {
      if (performance.now() - began > LONGEST_TURN) return this.#turn.request();
      const { bytes, handles } = this.#arrived.shift()!;
      this.#arrivedBytes -= bytes.byteLength;
      events.onReceive(bytes, handles, true);
    }
    if (this.#arrivedBytes <= this.#highWater / 2) this.peer.#drained();
    if (this.#end === undefined || this.#paused) return;
    this.#events = undefined;
    this.#turn.close();
    events.onEnd(this.#end);
  }

  #drained(): void {
    if (!this.#owesDrain || this.#end !== undefined) return;
    this.#owesDrain = false;
    this.#events?.onDrain();
  }
}
