// When bytes leave. The first frame after idle goes at once, so that a caller who computes on has
// its work done meanwhile; what follows in the tick gathers and goes when the tick's microtasks are
// done, or sooner when there is enough to keep the far side busy. What the transport or the far side's
// window cannot take waits here, in order.
import type { Outgoing } from "./codec.ts";
import type { Host } from "./host.ts";
import type { Transport } from "./transport.ts";

/**
 * A batch of so many frames, or bytes, goes without waiting for the end of the tick, so that the far side begins with
 * it while this side still writes the next.
 */
const BATCH_FRAMES = 32;
const BATCH_SIZE = 64 * 1024;
/** After so many ms without a batch the next frame does not wait for others. */
const PAUSE = 0.1;
/** How much of the outgoing queue makes this side stop taking calls. */
const HIGH_WATER: number = 4 * 1024 * 1024;

interface Queued {
  readonly bytes: Uint8Array;
  readonly handles: readonly object[] | undefined;
}

export class Outbox {
  /** Bytes that the far side may still be sent before it acknowledged more. */
  window: number = Number.POSITIVE_INFINITY;
  /** Bytes and batches given to the transport, ever. */
  sent = 0;
  sentBatches = 0;
  /** The number of the batch that is being filled. */
  batch = 0;
  /** Batches below this number were given to the transport; a frame of a later one is unsent. */
  given = 0;
  /** Counts the ticks in which something was written. */
  tick = 0;
  /** Called before a batch is taken, to add what rides on any batch; on one that leaves now, what must not wait too. */
  onBatch: (leaves: boolean) => void = () => {};
  /** Called when the queue has shrunk below the high-water mark again. */
  onRelief: () => void = () => {};

  readonly #host: Host;
  readonly #out: Outgoing;
  #transport: Transport | undefined;
  /** The size from which on the transport keeps what it is given. */
  #retainsFrom = 0;
  #open = false;
  #writable = true;
  #acknowledged = 0;
  #lastLeft = 0;
  #queue: Queued[] = [];
  #queuedBytes = 0;
  /** Frames of the batch that is being filled. */
  #frames = 0;
  #scheduled = false;
  #holding = false;
  #relieved = true;
  readonly #flushTick: () => void;

  constructor(host: Host, out: Outgoing) {
    this.#host = host;
    this.#out = out;
    this.#flushTick = host.bindContext(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Bytes that were encoded and not yet given to the transport. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#out.length;
  }

  get congested(): boolean {
    return this.#queuedBytes > HIGH_WATER;
  }

  /** From now on batches go to `transport`; only the hello and what belongs to it until `open`. */
  attach(transport: Transport): void {
    this.#transport = transport;
    const { retains } = transport;
    this.#retainsFrom = typeof retains === "number" ? retains : retains ? 0 : Number.POSITIVE_INFINITY;
  }

  /** The far side is ready: what has gathered goes. */
  open(): void {
    this.#open = true;
    this.flush();
  }

  /** Gather everything until `unhold`, where the end of the tick is near anyway: while arrived frames are acted upon. */
  hold(): void {
    this.#holding = true;
  }

  unhold(): void {
    this.#holding = false;
  }

  /**
   * Whether a frame that is written now leaves at once: the first after a pause does, and one that completes a batch.
   * In the midst of traffic it gathers with what follows, else each answer of a batch would set off one of its own.
   *
   * @param idle nothing is under way: what is written now is waited for alone
   * @param urgent a thread stands still for it, and will send nothing that it could go with
   */
  leavesAtOnce(idle: boolean, urgent = false): boolean {
    if (!this.#open || this.#out.encoding) return false;
    // The frame that makes the batch full goes with it.
    if (urgent || this.#frames >= BATCH_FRAMES - 1) return true;
    if (this.#scheduled || this.#holding) return false;
    return idle || this.#host.now() - this.#lastLeft > PAUSE;
  }

  /** What is written now goes with what was written before in this tick. */
  get gathering(): boolean {
    return this.#scheduled || this.#holding;
  }

  /** To be called after a frame was written, with what `leavesAtOnce` answered before. */
  written(atOnce: boolean = this.leavesAtOnce(false)): void {
    if (!this.#scheduled) this.#schedule();
    this.#frames += 1;
    const isFull = this.#frames >= BATCH_FRAMES || this.#out.length >= BATCH_SIZE;
    if (atOnce || isFull || this.#out.handles.length !== 0) this.flush();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.tick += 1;
    this.#host.afterMicrotasks(this.#flushTick);
  }

  /** Gives the batch to the transport, or to the queue behind what waits already. */
  flush(): void {
    if (!this.#open || this.#transport === undefined || this.#out.length === 0) return;
    if (this.#out.encoding) {
      // Called by a getter that is being read: the frame under way is not whole.
      if (!this.#scheduled) this.#schedule();
      return;
    }
    const leaves = this.#queue.length === 0 && this.#mayWrite();
    this.onBatch(leaves);
    this.#frames = 0;
    this.#lastLeft = this.#host.now();
    this.batch += 1;
    const { handles } = this.#out;
    const taken = handles.length === 0 ? undefined : handles.splice(0);
    if (leaves) {
      this.given += 1;
      this.#giveBatch(taken);
      return;
    }
    const bytes = this.#out.take(true);
    this.#queue.push({ bytes, handles: taken });
    this.#queuedBytes += bytes.length;
    if (this.congested) this.#relieved = false;
  }

  /** Past the queue and the window, for the few messages that must not wait: hello, acknowledgements, byes. */
  flushUrgent(encode: (out: Outgoing) => void): void {
    // Asked by a getter that is being read: the frame under way is not whole, and what is in the batch cannot go.
    if (this.#transport === undefined || this.#out.encoding) return;
    // What was gathered before keeps its place.
    this.flush();
    if (!this.#open && this.#out.length !== 0) return this.#urgentBeforeOpen(encode);
    encode(this.#out);
    this.#giveBatch(undefined);
  }

  /** Before the far side is ready, calls wait in the batch; the hello must pass them. */
  #urgentBeforeOpen(encode: (out: Outgoing) => void): void {
    const waiting = this.#out.take(true);
    encode(this.#out);
    this.#give(this.#out.take(true), undefined, true);
    this.#queue.push({ bytes: waiting, handles: this.#out.handles.length === 0 ? undefined : this.#out.handles.splice(0) });
    this.#queuedBytes += waiting.length;
    this.batch += 1;
  }

  /** The far side has taken in so many bytes, ever. False when it claims more than it was sent. */
  acknowledge(bytes: number): boolean {
    if (!(bytes >= this.#acknowledged && bytes <= this.sent)) return false;
    this.#acknowledged = bytes;
    this.pump();
    return true;
  }

  onDrain(): void {
    this.#writable = true;
    this.pump();
  }

  /** Give the transport what it has room for. */
  pump(): void {
    if (!this.#open) return;
    while (this.#queue.length !== 0 && this.#mayWrite()) {
      const { bytes, handles } = this.#queue.shift()!;
      this.#queuedBytes -= bytes.length;
      this.given += 1;
      this.#give(bytes, handles, true);
    }
    if (!this.#relieved && this.#queuedBytes <= HIGH_WATER / 2) {
      this.#relieved = true;
      this.onRelief();
    }
  }

  /** The process ends now: everything goes, whatever the transport says. */
  flushAll(): void {
    if (this.#transport === undefined || !this.#open) return;
    this.flush();
    for (const { bytes, handles } of this.#queue.splice(0)) this.#give(bytes, handles, true);
    this.#queuedBytes = 0;
    this.#transport.flushSync?.();
  }

  /** Whether everything that was encoded has been given to the transport. */
  get idle(): boolean {
    return this.#queue.length === 0 && this.#out.length === 0;
  }

  /** Let go of everything; nothing is sent any more. */
  end(): void {
    this.#transport = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #mayWrite(): boolean {
    // One batch may always be under way, however large it is.
    return this.#writable && (this.sent - this.#acknowledged < this.window || this.sent === this.#acknowledged);
  }

  #giveBatch(handles: readonly object[] | undefined): void {
    const isKept = this.#out.length >= this.#retainsFrom;
    this.#give(this.#out.take(isKept), handles, isKept);
  }

  /** What was queued, and what is kept, has its memory for itself. */
  #give(bytes: Uint8Array, handles: readonly object[] | undefined, isWhole: boolean): void {
    this.sent += bytes.length;
    this.sentBatches += 1;
    if (!this.#transport!.send(bytes, handles, isWhole)) this.#writable = false;
  }
}
