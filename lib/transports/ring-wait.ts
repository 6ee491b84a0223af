// How a thread waits for its ring when it has nothing else to do: it looks for a moment, if that pays, then sleeps
// until it is notified. Nothing here reads or dispatches.
import type { RingOutlet } from "./ring-outlet.ts";
import type { RingReader } from "./ring.ts";
import type { SpinPolicy } from "./spin.ts";

const FIRST_LOOKS = 256;
const LOOKS_PER_CLOCK = 32;
/** Two looks at the clock lie further apart than this (ms) only if the processor was taken away. */
const PREEMPTION = 0.2;

export class RingWait {
  readonly #reader: RingReader;
  readonly #policy: SpinPolicy;
  readonly #hasRoom: () => boolean;

  constructor(reader: RingReader, outlet: RingOutlet, policy: SpinPolicy) {
    this.#reader = reader;
    this.#policy = policy;
    this.#hasRoom = () => outlet.canDrain();
  }

  /** True: there is a record. Without a look at the clock, which costs as much as several looks at the ring. */
  lookBriefly(): boolean {
    if (!this.#policy.mayLook) return false;
    for (let looks = 0; looks < FIRST_LOOKS; looks += 1) if (this.#reader.hasNews()) return true;
    return false;
  }

  /** Waits for a record or for room for what waits. False: after so many ms, or when it was roused, there is neither. */
  wait(now: number, timeoutMs: number): boolean {
    if (this.#policy.mayLook && this.#look(now, timeoutMs)) return true;
    return this.#reader.waitSync(timeoutMs, this.#hasRoom) || this.#hasRoom();
  }

  /** The state stays as it is while this thread looks: the far one has no need to rouse it. */
  #look(began: number, timeoutMs: number): boolean {
    const policy = this.#policy;
    const budget = policy.budget(began);
    if (budget === 0) return false;
    const until = began + Math.min(budget / 1000, timeoutMs);
    let now = began;
    for (;;) {
      for (let looks = 0; looks < LOOKS_PER_CLOCK; looks += 1) {
        if (!this.#reader.hasNews()) continue;
        policy.hit((now - began) * 1000);
        return true;
      }
      if (this.#hasRoom()) return true;
      const before = now;
      now = performance.now();
      if (now - before > PREEMPTION) policy.preempted(now);
      else if (now >= until) policy.miss(now);
      else continue;
      return false;
    }
  }
}
