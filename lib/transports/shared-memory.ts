// Transport between two threads of one process: frames go through a ring in shared memory, a
// MessagePort beside it rings when the far thread sleeps and carries what the ring cannot. This file
// is the pump: it decides when to look into the ring, when to hand frames on, when to sleep.
//
// Rules of the pump: it runs only from the event loop or from process.nextTick, never underneath
// `send`; between two batches the microtasks run, so that those who waited for the first batch go on
// (and send) before the second; after 250 µs it goes through the event loop.
import { availableParallelism } from "node:os";
import type { MessagePort } from "node:worker_threads";
import type { Carries, Handle, TransportEnd, TransportEvents } from "../core/transport.ts";
import type { BlockingTransport, Fate, Received } from "./blocking.ts";
import { createPortProbe } from "./port-probe.ts";
import { RingInlet } from "./ring-inlet.ts";
import { RingOutlet } from "./ring-outlet.ts";
import type { OutletOptions } from "./ring-outlet.ts";
import { RingWait } from "./ring-wait.ts";
import { openRings, ReaderState } from "./ring.ts";
import type { RingReader, RingWriter } from "./ring.ts";
import { createSpinPolicy } from "./spin.ts";
import type { SpinPolicy } from "./spin.ts";
import { createTurn } from "./turn.ts";
import type { Turn } from "./turn.ts";

export interface SharedMemoryOptions extends OutletOptions {
  /** Microseconds to look for news before sleeping; 0: never. @defaultValue 50 */
  readonly spin?: number;
  /** Tells how the far thread ended, where somebody watches it; else the end is that of the port. */
  readonly fate?: Fate | undefined;
  /** What can cross, where the far thread only passes the bytes on. @defaultValue handles of all kinds */
  readonly carries?: Carries | undefined;
}

/** The port must be one end of a channel that nobody else uses, with the memory's other side behind it. */
export function sharedMemoryTransport(
  port: MessagePort,
  memory: SharedArrayBuffer,
  side: 0 | 1,
  label: string,
  options: SharedMemoryOptions = {},
): BlockingTransport {
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
/** While this thread blocks, how often it asks whether the far one is still there, in ms. */
const ASK_EVERY = 50;
/** How long it then waits to be told how the far thread ended, in ms. */
const FATE_GRACE = 150;

const settled: Promise<void> = Promise.resolve();

const REASONS = { open: "the far side closed its port", closing: "closed", destroyed: "destroyed", ended: "ended" } as const;

type Phase = "open" | "closing" | "destroyed" | "ended";

class SharedMemoryTransport implements BlockingTransport {
  readonly label: string;
  readonly carries: Carries;
  readonly retains: number;

  readonly #port: MessagePort;
  readonly #reader: RingReader;
  readonly #writer: RingWriter;
  readonly #inlet: RingInlet;
  readonly #outlet: RingOutlet;
  readonly #policy: SpinPolicy;
  readonly #turn: Turn;
  readonly #fate: Fate | undefined;
  readonly #wait: RingWait;
  readonly #isPortClosed: () => boolean;
  /** When it was seen that the far thread is gone, while nobody said how it ended; 0: not seen. */
  #missedSince = 0;
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
    this.carries = options.carries ?? { handles: true, sameProcess: true, trustedPeerOnly: false };
    this.#port = port;
    this.#reader = reader;
    this.#writer = writer;
    this.#inlet = new RingInlet(port, reader);
    this.#outlet = new RingOutlet(port, writer, options);
    this.retains = this.#outlet.ridesPortFrom;
    const spin = { limit: options.spin ?? DEFAULT_SPIN, processors: availableParallelism() };
    this.#policy = createSpinPolicy(spin);
    this.#turn = createTurn(this.#onTurn);
    this.#fate = options.fate;
    // What is learnt about waiting for answers while blocked says nothing about waiting in the pump.
    this.#wait = new RingWait(reader, this.#outlet, createSpinPolicy(spin));
    this.#isPortClosed = createPortProbe(port);
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#port.on("message", this.#onMessage);
    this.#port.on("messageerror", this.#onMessageError);
    this.#port.on("close", this.#onClose);
    if (!this.#held) this.#port.unref();
  }

  send(bytes: Uint8Array, handles?: readonly Handle[], isWhole = false): boolean {
    if (this.#phase !== "open") return true;
    const sent = this.#outlet.send(bytes, handles, isWhole);
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

  receiveSync(timeoutMs: number): Received {
    const events = this.#events;
    if (events === undefined || this.#phase === "ended") return "ended";
    this.#reader.setState(ReaderState.running);
    // Whoever waits within the handling of a frame has taken what it needs of that; held back until the wait is over,
    // such frames would fill the ring when calls are nested.
    this.#giveBack();
    // The pump goes on from here as soon as the event loop runs again.
    this.#schedule();
    let until = 0;
    for (;;) {
      if (this.#outlet.canDrain() && this.#outlet.drain()) events.onDrain();
      if (this.#receiveOne(events)) return "received";
      if (this.#inlet.failure !== undefined) this.#onMessageError(this.#inlet.failure);
      if (this.#end !== undefined || this.#phase !== "open") {
        this.#finish(events, this.#end ?? { reason: REASONS[this.#phase] });
        return "ended";
      }
      if (this.#wait.lookBriefly()) continue;
      const now = performance.now();
      if (until === 0) until = now + timeoutMs;
      if (now >= until) return "timeout";
      if (!this.#wait.wait(now, Math.min(until - now, ASK_EVERY))) this.#askForEnd();
    }
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
    this.#closePort();
  }

  destroy(): void {
    if (this.#phase === "ended") return;
    this.#phase = "destroyed";
    this.#closePort();
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
    this.#closePort();
  };

  #onClose = (): void => {
    this.#inlet.isPortClosed = true;
    if (this.#phase === "open" && this.#fate !== undefined) {
      void this.#fate.known.then(this.#onFate);
      return;
    }
    this.#end ??= { reason: REASONS[this.#phase] };
    this.#wakeForEnd();
  };

  #onFate = (end: TransportEnd): void => {
    this.#end ??= this.#phase === "open" ? end : { reason: REASONS[this.#phase] };
    this.#wakeForEnd();
  };

  /** Somebody may wait for it and for nothing else, though the connection holds no process. */
  #wakeForEnd(): void {
    this.#turn.ref();
    this.#wake();
  }

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
      while (frames < BATCH_FRAMES && !this.#paused && !this.#isOver() && this.#inlet.next()) {
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

  #isOver(): boolean {
    return this.#phase === "destroyed" || this.#phase === "ended";
  }

  /** For the thread that blocks: hands on one frame, under whoever asked for it. */
  #receiveOne(events: TransportEvents): boolean {
    // Those who paused wait for the far side to take something in, which it will not do any more.
    if ((this.#paused && this.#end === undefined) || this.#phase === "destroyed" || !this.#inlet.next()) return false;
    try {
      events.onReceive(this.#inlet.bytes, this.#inlet.handles, this.#inlet.owned);
    } finally {
      this.#giveBack();
    }
    return true;
  }

  /** The event loop, which would say so, stands still: has the far thread ended? What it sent before comes first. */
  #askForEnd(): void {
    const end = this.#fate?.read();
    this.#inlet.takeAll();
    if (end !== undefined) {
      this.#end ??= end;
    } else if (this.#inlet.isPortClosed || this.#isPortClosed()) {
      const now = performance.now();
      if (this.#missedSince === 0) this.#missedSince = now;
      // It takes a thread a moment from closing its port to its end, which says more.
      if (this.#fate === undefined || now - this.#missedSince > FATE_GRACE) this.#end ??= { reason: REASONS.open };
    }
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

  #closePort(): void {
    this.#port.close();
    // A far thread that blocks does not hear of it otherwise.
    this.#outlet.rouse();
  }

  #finish(events: TransportEvents, end: TransportEnd): void {
    if (this.#phase === "ended") return;
    // Seen without the event loop, its end leaves the port open.
    if (!this.#inlet.isPortClosed) this.#port.close();
    this.#phase = "ended";
    this.#active = false;
    this.#turn.close();
    this.#port.off("message", this.#onMessage);
    this.#port.off("messageerror", this.#onMessageError);
    this.#port.off("close", this.#onClose);
    events.onEnd(end);
  }
}
