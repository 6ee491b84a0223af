// Transport between two threads of one process: frames go through a ring in shared memory, a
// MessagePort beside it rings when the far thread sleeps and carries what the ring cannot. This file
// is the pump: it decides when to look into the ring, when to hand frames on, when to sleep.
//
// Rules of the pump: it runs only from the event loop or from process.nextTick, never underneath
// `send`; between two batches the microtasks run, so that those who waited for the first batch go on
// (and send) before the second; after 250 µs it goes through the event loop.
import { availableParallelism } from "node:os";
import type { MessagePort } from "node:worker_threads";
import type { Carries, Handle, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { RingInlet } from "./ring-inlet.ts";
import { RingOutlet } from "./ring-outlet.ts";
import type { OutletOptions } from "./ring-outlet.ts";
import { openRings, ReaderState } from "./ring.ts";
import type { RingReader, RingWriter } from "./ring.ts";
import { createSpinPolicy } from "./spin.ts";
import type { SpinPolicy } from "./spin.ts";
import { createTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

export interface SharedMemoryOptions extends OutletOptions {
  /** Microseconds to look for news before sleeping; 0: never. @defaultValue 50 */
  readonly spin?: number;
}

/** The port must be one end of a channel that nobody else uses, with the memory's other side behind it. */
export function sharedMemoryTransport(
  port: MessagePort,
  memory: SharedArrayBuffer,
  side: 0 | 1,
  label: string,
  options: SharedMemoryOptions = {},
): Transport {
  return new SharedMemoryTransport(port, memory, side, label, options);
}

const DEFAULT_SPIN = 50;
/** Without going through the event loop, in ms. */
const LONGEST_TURN = 0.2;
/** Frames, and ms, between which microtasks run. With the turn above it stays within 250 µs. */
const BATCH_FRAMES = 64;
const BATCH_TIME = 0.05;
/** Looking without going through the event loop, in ms: other work of this thread waits that long. */
const SPIN_SLICE = 0.02;
/** Two looks at the clock lie further apart than this (ms) only if the processor was taken away. */
const PREEMPTION = 0.2;
const LOOKS_PER_CLOCK = 32;

const settled: Promise<void> = Promise.resolve();

const REASONS = { open: "the far side closed its port", closing: "closed", destroyed: "destroyed", ended: "ended" } as const;

type Phase = "open" | "closing" | "destroyed" | "ended";

class SharedMemoryTransport implements Transport {
  readonly label: string;
  readonly carries: Carries = { handles: true, sameProcess: true, trustedPeerOnly: false };
  readonly retains = false;

  readonly #port: MessagePort;
  readonly #reader: RingReader;
  readonly #writer: RingWriter;
  readonly #inlet: RingInlet;
  readonly #outlet: RingOutlet;
  readonly #policy: SpinPolicy;
  readonly #turn: Turn;
  #events: TransportEvents | undefined;
  #phase: Phase = "open";
  /** Set once the port is gone: when the ring is empty too, this is the end. */
  #end: TransportEnd | undefined;
  #paused = false;
  #held = true;
  /** Whether the pump is at work; if not, only a message or a send starts it. */
  #active = false;
  #stepScheduled = false;
  #turnBegan = 0;
  /** When looking began that has found nothing yet, and when it ends; 0: not looking. */
  #lookingSince = 0;
  #lookingUntil = 0;

  constructor(port: MessagePort, memory: SharedArrayBuffer, side: 0 | 1, label: string, options: SharedMemoryOptions) {
    const { writer, reader } = openRings(memory, side);
    this.label = label;
    this.#port = port;
    this.#reader = reader;
    this.#writer = writer;
    this.#inlet = new RingInlet(port, reader);
    this.#outlet = new RingOutlet(port, writer, options);
    this.#policy = createSpinPolicy({ limit: options.spin ?? DEFAULT_SPIN, processors: availableParallelism() });
    this.#turn = createTurn(this.#onTurn);
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#port.on("message", this.#onMessage);
    this.#port.on("messageerror", this.#onMessageError);
    this.#port.on("close", this.#onClose);
    if (!this.#held) this.#port.unref();
  }

  send(bytes: Uint8Array, handles?: readonly Handle[]): boolean {
    if (this.#phase !== "open") return true;
    const sent = this.#outlet.send(bytes, handles);
    if (!this.#active && this.#policy.mayLook && this.#events !== undefined) {
      const now = performance.now();
      if (this.#policy.budget(now) > 0) {
        // The answer may come soon enough to look for it.
        this.#reader.setState(ReaderState.running);
        this.#turnBegan = now;
        this.#schedule();
      }
    }
    return sent;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#wake();
  }

  flushSync(): void {
    this.#outlet.flushRest();
  }

  close(): void {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    this.#outlet.flushRest();
    this.#port.close();
  }

  destroy(): void {
    if (this.#phase === "ended") return;
    this.#phase = "destroyed";
    this.#port.close();
  }

  ref(): void {
    this.#held = true;
    this.#port.ref();
    this.#turn.ref();
  }

  unref(): void {
    this.#held = false;
    this.#port.unref();
    this.#turn.unref();
  }

  #onMessage = (message: unknown): void => {
    this.#inlet.take(message);
    // A step that is scheduled already will find it; many messages in one turn must not mean many turns' work.
    if (!this.#active) this.#onTurn();
  };

  #onMessageError = (cause: unknown): void => {
    this.#end = { reason: "a message could not be read", cause };
    this.#phase = "destroyed";
    this.#port.close();
  };

  #onClose = (): void => {
    this.#end ??= { reason: REASONS[this.#phase] };
    this.#wake();
  };

  /** From the event loop: everybody else had a chance just now. */
  #onTurn = (): void => {
    const now = performance.now();
    this.#turnBegan = now;
    this.#pump(now);
  };

  #wake(): void {
    this.#reader.setState(ReaderState.running);
    this.#active = true;
    this.#turn.request();
  }

  /** Another step, once the microtasks of this one are done. */
  #schedule(): void {
    this.#active = true;
    if (this.#stepScheduled) return;
    this.#stepScheduled = true;
    void settled.then(this.#afterMicrotasks);
  }

  #afterMicrotasks = (): void => process.nextTick(this.#onStep);

  #onStep = (): void => {
    this.#stepScheduled = false;
    const now = performance.now();
    if (now - this.#turnBegan > LONGEST_TURN) this.#wake();
    else this.#pump(now);
  };

  #pump(now: number): void {
    const events = this.#events;
    if (events === undefined || this.#phase === "ended") return;
    this.#active = true;
    this.#reader.setState(ReaderState.running);
    if (this.#outlet.canDrain() && this.#outlet.drain()) {
      this.#schedule();
      events.onDrain();
    }
    if (this.#dispatch(events, now)) return;
    if (this.#end !== undefined && (!this.#paused || this.#phase === "destroyed")) return this.#finish(events, this.#end);
    if (this.#inlet.failure !== undefined) this.#onMessageError(this.#inlet.failure);
    if (this.#paused || this.#inlet.isStalled) return this.#sleep();
    const found = this.#policy.mayLook ? this.#look(now) : "nothing";
    if (found === "nothing yet") return this.#turn.request();
    if (found === "nothing") return this.#sleep();
    this.#reader.setState(ReaderState.running);
    this.#dispatch(events, performance.now());
  }

  /** Hands on a batch of frames and sees to the next step. False: there was none. */
  #dispatch(events: TransportEvents, began: number): boolean {
    let frames = 0;
    try {
      while (frames < BATCH_FRAMES && !this.#paused && this.#phase !== "destroyed" && this.#inlet.next()) {
        frames += 1;
        events.onReceive(this.#inlet.bytes, this.#inlet.handles, this.#inlet.owned);
        if (this.#reader.isMostlyHeld()) this.#giveBack();
        if (frames % 8 === 0 && performance.now() - began > BATCH_TIME) break;
      }
    } finally {
      if (frames > 0) {
        this.#giveBack();
        if (this.#lookingSince > 0) this.#policy.hit((began - this.#lookingSince) * 1000);
        this.#lookingSince = 0;
        this.#schedule();
      }
    }
    return frames > 0;
  }

  #giveBack(): void {
    if (this.#reader.free()) this.#outlet.rouse();
  }

  /** Looks at the ring for a moment, as long as that pays and something can be expected. */
  #look(began: number): "news" | "nothing yet" | "nothing" {
    let now = began;
    if (this.#lookingSince === 0) {
      const budget = this.#policy.budget(now);
      if (budget === 0) return "nothing";
      this.#lookingSince = now;
      this.#lookingUntil = now + budget / 1000;
    }
    this.#reader.setState(ReaderState.polling);
    const sliceEnd = now + SPIN_SLICE;
    for (;;) {
      for (let looks = 0; looks < LOOKS_PER_CLOCK; looks += 1) if (this.#reader.hasNews()) return "news";
      if (this.#outlet.canDrain()) return "nothing yet";
      const before = now;
      now = performance.now();
      if (now - before > PREEMPTION) this.#policy.preempted(now);
      else if (now >= this.#lookingUntil) this.#policy.miss(now);
      else if (!this.#nothingIsExpected()) {
        if (now < sliceEnd) continue;
        return "nothing yet";
      }
      this.#lookingSince = 0;
      return this.#reader.hasNews() ? "news" : "nothing";
    }
  }

  /** The far side has taken in everything and waits for us, as we do for it. */
  #nothingIsExpected(): boolean {
    const far = this.#writer.readerState();
    return far !== ReaderState.running && far !== ReaderState.waking && this.#writer.isConsumed();
  }

  #sleep(): void {
    this.#lookingSince = 0;
    this.#reader.announceSleep();
    // Between the last look and the announcement something may have come, for which nobody rings.
    const mayTake = !this.#paused && !this.#inlet.isStalled;
    if ((mayTake && this.#reader.hasNews()) || this.#outlet.canDrain()) this.#schedule();
    else this.#active = false;
  }

  #finish(events: TransportEvents, end: TransportEnd): void {
    this.#phase = "ended";
    this.#active = false;
    this.#turn.close();
    this.#port.off("message", this.#onMessage);
    this.#port.off("messageerror", this.#onMessageError);
    this.#port.off("close", this.#onClose);
    events.onEnd(end);
  }
}
