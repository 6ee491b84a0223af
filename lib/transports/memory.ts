// Transport between two ends in one thread. Most tests run on it, and it is the example of how a transport
// is written: everything the core needs of one is in this file.
import type { Carries, Handle, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { moveHandle } from "../node/move-handle.ts";
import { createTurn } from "./turn.ts";

/**
 * Two connected transports within one thread: for tests, and to embed what otherwise runs elsewhere. Values pass as
 * between threads, as copies and references.
 *
 * @param options.labels how each end names the far side
 * @example
 * const [near, far] = memoryPair();
 * expose(api, far);
 * const remote = wrap<typeof api>(near);
 */
export function memoryPair(options: { readonly labels?: readonly [string, string] } = {}): [Transport, Transport] {
  const { labels = ["memory", "memory"] } = options;
  const [near, far] = [new MemoryEnd(labels[0]), new MemoryEnd(labels[1])];
  near.peer = far;
  far.peer = near;
  return [near, far];
}

class MemoryEnd implements Transport {
  readonly carries: Carries = { handles: true, sameProcess: true, trustedPeerOnly: false };
  readonly retains = false;
  readonly label: string;
  peer!: MemoryEnd;
  /** What was sent is handed on from the event loop, never underneath `send`. */
  readonly #turn = createTurn(() => this.#deliver());
  #events: TransportEvents | undefined;
  #arrived: { readonly bytes: Uint8Array; readonly handles: readonly Handle[] | undefined }[] = [];
  #end: TransportEnd | undefined;
  #held = true;

  constructor(label: string) {
    this.label = label;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#turn.request();
  }

  send(bytes: Uint8Array, handles?: readonly Handle[]): boolean {
    if (this.#end !== undefined) return true;
    this.peer.#arrived.push({ bytes: Uint8Array.from(bytes), handles: handles?.map(moveHandle) });
    this.peer.#turn.request();
    return true;
  }

  close(): void {
    this.#finish("closed");
  }
  destroy(): void {
    this.#finish("destroyed");
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
    const act = held || this.peer.#held ? "ref" : "unref";
    for (const side of [this, this.peer]) side.#turn[act]();
  }

  #finish(reason: string): void {
    // What is on its way to the far side arrives; what came from there is not wanted any more.
    if (this.#end === undefined) this.#arrived = [];
    this.#end ??= { reason };
    this.peer.#end ??= { reason: "the far side closed the connection" };
    for (const side of [this, this.peer]) side.#turn.request();
  }

  #deliver(): void {
    while (this.#events !== undefined && this.#arrived.length !== 0) {
      const { bytes, handles } = this.#arrived.shift()!;
      this.#events.onReceive(bytes, handles, true);
    }
    const events = this.#events;
    if (events === undefined || this.#end === undefined) return;
    this.#events = undefined;
    this.#turn.close();
    events.onEnd(this.#end);
  }
}
