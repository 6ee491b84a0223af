// Takes in what the transport delivers: acts on frames for as long as a turn may last and goes on in the next one,
// acknowledges what was taken in, and gives up on a message that has begun and does not end.
import type { Incoming, Outgoing } from "./codec.ts";
import { ProtocolError } from "./errors.ts";
import type { Host, Timer } from "./host.ts";
import type { Outbox } from "./outbox.ts";
import { LONGEST_TURN } from "./pace.ts";
import type { Transport } from "./transport.ts";

export interface IntakeParts {
  readonly host: Host;
  readonly transport: Transport;
  readonly incoming: () => Incoming;
  readonly outbox: Outbox;
  /** Bytes that the far side may have under way. */
  readonly window: number;
  /** Ms that a message may take from its first byte to its last; 0: as long as it likes. */
  readonly frameTimeout: number;
  /** The last call that was taken in. */
  readonly callsTaken: () => number;
  readonly isEnded: () => boolean;
  /** The thread stands in a blocking call: there is no next turn. */
  readonly isBlocked: () => boolean;
  /** After each chunk: the far side may have said hello. */
  readonly onTaken: () => void;
  /** What was sent cannot be taken in. */
  readonly onFailed: (error: unknown) => void;
}

const FRAMES_PER_CLOCK = 16;

export class Intake {
  /** Messages of the transport, ever. */
  batches = 0;
  readonly #parts: IntakeParts;
  #turnBegan = 0;
  #frames = 0;
  #isResuming = false;
  #isPaused = false;
  #acknowledged = 0;
  #frameTimer: Timer | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  receive(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): void {
    if (this.#parts.isEnded()) return;
    this.batches += 1;
    if (this.#parts.isBlocked()) this.#take(() => this.#receiveBlocked(bytes, handles, owned));
    else this.#take(() => this.#parts.incoming().receive(bytes, handles, owned));
  }

  /** For a thread that blocks: acts on what has arrived before. */
  catchUp(): void {
    const incoming = this.#parts.incoming();
    incoming.nest();
    if (incoming.waiting) this.#take(() => incoming.resume());
  }

  /** Asked by the codec between two frames. */
  shouldYield(): boolean {
    if (this.#parts.isBlocked()) return false;
    this.#frames += 1;
    if (this.#frames % FRAMES_PER_CLOCK !== 0) return false;
    const now = this.#parts.host.now();
    if (this.#turnBegan === 0) this.#turnBegan = now;
    return now - this.#turnBegan > LONGEST_TURN;
  }

  /** Rides on whatever is sent. */
  acknowledge(out: Outgoing): void {
    const { consumed } = this.#parts.incoming();
    if (consumed === this.#acknowledged) return;
    this.#acknowledged = consumed;
    out.acknowledge(consumed, this.#parts.callsTaken());
  }

  /** The connection is over. */
  end(): void {
    this.#frameTimer?.cancel();
    this.#frameTimer = undefined;
  }

  #receiveBlocked(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): void {
    const incoming = this.#parts.incoming();
    incoming.nest();
    incoming.receive(bytes, handles, owned);
    if (incoming.waiting) incoming.resume();
  }

  #take(take: () => void): void {
    const { outbox, isEnded, onTaken, onFailed } = this.#parts;
    this.#turnBegan = 0;
    this.#frames = 0;
    outbox.hold();
    try {
      take();
    } catch (error) {
      outbox.unhold();
      return onFailed(error);
    }
    outbox.unhold();
    if (isEnded()) return;
    onTaken();
    this.#afterwards();
  }

  #afterwards(): void {
    const { outbox, window, incoming } = this.#parts;
    const { waiting, consumed, partial } = incoming();
    if (waiting) this.#resumeLater();
    else if (this.#isPaused) this.#pause(false);
    // Half a window without anything to send it with goes alone, else the far side would stand still.
    if (consumed - this.#acknowledged >= window / 2) outbox.flushUrgent((out) => this.acknowledge(out));
    if (partial !== (this.#frameTimer !== undefined)) this.#watchFrame(partial);
  }

  #resumeLater(): void {
    if (this.#isResuming) return;
    this.#isResuming = true;
    if (!this.#isPaused) this.#pause(true);
    this.#parts.host.nextTurn(() => {
      this.#isResuming = false;
      if (!this.#parts.isEnded()) this.#take(() => this.#parts.incoming().resume());
    });
  }

  #pause(paused: boolean): void {
    this.#isPaused = paused;
    if (paused) this.#parts.transport.pause?.();
    else this.#parts.transport.resume?.();
  }

  /** A byte a second must not hold a place for ever. */
  #watchFrame(partial: boolean): void {
    const { host, frameTimeout, incoming, onFailed } = this.#parts;
    this.#frameTimer?.cancel();
    this.#frameTimer = undefined;
    if (!partial || frameTimeout <= 0) return;
    const { consumed } = incoming();
    const judge = (): void => {
      if (this.#frameTimer === undefined || !incoming().partial) return;
      // Where much is sent there is always one under way; this is another one by now.
      if (incoming().consumed !== consumed) this.#watchFrame(true);
      else onFailed(new ProtocolError(`A message was not complete within ${frameTimeout} ms (frameTimeout)`));
    };
    // What has arrived while this thread was busy is taken in first.
    this.#frameTimer = host.startTimer(frameTimeout, () => host.nextTurn(judge));
  }
}
