// How many restarts are borne: a sliding window over a monotonic clock, as in Erlang/OTP's supervisor.
import type { SupervisorRule } from "./types.ts";

/** The times of restarts within the last `period`, oldest first. */
export class Intensity {
  readonly #times: number[] = [];

  /** Counts one more restart at `now`; false when that is more than `intensity` within `period`. */
  allow(now: number, { intensity, period }: SupervisorRule): boolean {
    this.#times.push(now);
    while (this.#times[0] !== undefined && now - this.#times[0] > period) this.#times.shift();
    return this.#times.length <= intensity;
  }

  get count(): number {
    return this.#times.length;
  }
}
