// The transport to a thread or process that lives and dies with its connection. Around the one that moves the bytes:
// its end says how the thread or process ended, closing it waits for that, destroying it brings that about.
import type { Carries, Handle, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { isBlockingTransport } from "../transports/blocking.ts";
import type { BlockingTransport, Received } from "../transports/blocking.ts";

/** A thread or process of ours, as far as its connection needs it. */
export interface Owned {
  /** Calls `listener` once, when it has ended or could not be started; at most after the last of what it sent was given to this thread. */
  onExit(listener: (end: TransportEnd) => void): void;
  /** Ends it at once. */
  kill(): void;
  ref(): void;
  unref(): void;
}

/** @param exitTimeout how long it may take to end by itself once the connection is closed, in ms */
export function ownedTransport(inner: Transport, owned: Owned, exitTimeout: number): Transport {
  return new OwnedTransport(inner, owned, exitTimeout);
}

/** How long it may take to end after its connection did, before the connection counts as lost without an exit code, in ms. */
const EXIT_GRACE = 1000;
/** How long nothing may arrive any more of what it sent before it ended, in ms: somebody else holds its end open. */
const DRAIN = 40;
/** It ends itself after `exitTimeout`, with its 'exit' hooks; so much later it is killed, in ms. */
const KILL_AFTER = 250;
/** One that was killed is given up after so long, in ms: the system will not let it go. */
const KILL_GRACE = 1000;

class OwnedTransport implements Transport {
  readonly label: string;
  readonly carries: Carries;
  readonly retains: boolean | number;
  readonly pause?: () => void;
  readonly resume?: () => void;
  readonly flushSync?: () => void;
  readonly receiveSync?: (timeoutMs: number) => Received;

  readonly #inner: Transport;
  readonly #owned: Owned;
  readonly #exitTimeout: number;
  #events: TransportEvents | undefined;
  #phase: "open" | "closed" | "destroyed" = "open";
  #paused = false;
  /** How the inner transport ended, and how the thread or process did, once they have. */
  #innerEnd: TransportEnd | undefined;
  #exit: TransportEnd | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(inner: Transport, owned: Owned, exitTimeout: number) {
    this.#inner = inner;
    this.#owned = owned;
    this.#exitTimeout = exitTimeout;
    this.label = inner.label;
    this.carries = inner.carries;
    this.retains = inner.retains;
    if (inner.flushSync !== undefined) this.flushSync = () => inner.flushSync!();
    if (isBlockingTransport(inner)) this.receiveSync = (timeoutMs) => this.#receiveSync(inner, timeoutMs);
    if (inner.pause === undefined) return;
    this.pause = () => this.#setPaused(true);
    this.resume = () => this.#setPaused(false);
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#inner.start({
      onReceive: (bytes, handles, owned) => {
        // What it had sent is still coming in.
        if (this.#exit !== undefined && this.#phase === "open") this.#startTimer(DRAIN, this.#onDrained);
        events.onReceive(bytes, handles, owned);
      },
      onDrain: () => events.onDrain(),
      onEnd: (end) => this.#onInnerEnd(end),
    });
    this.#owned.onExit((end) => this.#onExit(end));
  }

  send(bytes: Uint8Array, handles?: readonly Handle[], isWhole?: boolean): boolean {
    return this.#inner.send(bytes, handles, isWhole);
  }

  close(): void {
    if (this.#phase !== "open") return;
    this.#phase = "closed";
    this.#inner.close();
    this.#awaitExit();
  }

  destroy(): void {
    if (this.#phase === "destroyed") return;
    this.#phase = "destroyed";
    this.#inner.destroy();
    this.#kill();
  }

  ref(): void {
    this.#inner.ref();
    this.#owned.ref();
  }

  unref(): void {
    this.#inner.unref();
    this.#owned.unref();
  }

  /** The exit, which would say more, is not seen by a thread that blocks. */
  #receiveSync(inner: BlockingTransport, timeoutMs: number): Received {
    const received = inner.receiveSync(timeoutMs);
    if (received === "ended" && this.#phase === "open") {
      this.#phase = "closed";
      this.#awaitExit();
      const events = this.#events;
      this.#events = undefined;
      events?.onEnd(this.#exit ?? this.#innerEnd!);
    }
    return received;
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#inner.pause!();
    else this.#inner.resume!();
  }

  #onInnerEnd(end: TransportEnd): void {
    this.#innerEnd = end;
    if (this.#phase !== "open") return;
    if (this.#exit === undefined) this.#startTimer(EXIT_GRACE, this.#onNoExit);
    else this.#finish(this.#exit);
  }

  #onExit(end: TransportEnd): void {
    this.#exit = end;
    if (this.#phase !== "open") this.#finish({ ...end, reason: this.#phase });
    else if (this.#innerEnd !== undefined) this.#finish(end);
    else this.#startTimer(DRAIN, this.#onDrained);
  }

  /** What it sent before it ended has been taken in, or is kept back by somebody. */
  #onDrained = (): void => {
    if (this.#exit === undefined || this.#phase !== "open") return;
    if (this.#paused) this.#startTimer(DRAIN, this.#onDrained);
    else this.#finish(this.#exit);
  };

  /** It lives on without its connection. */
  #onNoExit = (): void => {
    if (this.#phase !== "open") return;
    const end = this.#innerEnd!;
    this.#phase = "closed";
    this.#awaitExit();
    this.#report(end);
  };

  #awaitExit(): void {
    if (this.#exit !== undefined) this.#finish({ ...this.#exit, reason: "closed" });
    else this.#startTimer(this.#exitTimeout + KILL_AFTER, this.#kill);
  }

  #kill = (): void => {
    if (this.#exit !== undefined) return this.#finish({ ...this.#exit, reason: this.#phase });
    this.#owned.kill();
    this.#startTimer(KILL_GRACE, this.#onNotKilled);
  };

  #onNotKilled = (): void => this.#finish(this.#exit ?? { reason: this.#phase });

  #finish(end: TransportEnd): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inner.destroy();
    if (this.#phase === "open") this.#phase = "closed";
    this.#report(end);
  }

  #report(end: TransportEnd): void {
    const events = this.#events;
    this.#events = undefined;
    // Not underneath whoever closed or destroyed it.
    if (events !== undefined) setImmediate(() => events.onEnd(end));
  }

  #startTimer(ms: number, task: () => void): void {
    clearTimeout(this.#timer);
    const isDue = (): void => {
      if (this.#timer === timer) task();
    };
    // Through the event loop once more: it may have been blocked for so long, with news waiting.
    const timer = setTimeout(() => setImmediate(isDue), Math.min(ms, LONGEST));
    // Holds no process by itself; where the thread or process does, it fires.
    this.#timer = timer.unref();
  }
}

/** Node takes a longer delay (24.8 days) for 1 ms. */
const LONGEST = 2 ** 31 - 1;
