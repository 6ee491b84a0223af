// How many calls a child answers and how long they take, over the last seconds.
import { Durations } from "../pool/durations.ts";

export interface CallFigures {
  /** Calls that settled, since the remote was made. */
  readonly total: number;
  readonly perSecond: number;
  /** Ms; of the last 5 to 10 seconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Ms. Figures are of the window that is open and the one before it. */
const WINDOW = 5_000;

export class CallMeter {
  #calls = 0;
  #openedAt: number = performance.now();
  #open = new Durations();
  #before: Durations | undefined;

  record(ms: number): void {
    this.#rotate();
    this.#calls += 1;
    this.#open.record(ms);
  }

  get figures(): CallFigures {
    this.#rotate();
    const before = this.#before?.times;
    const open = this.#open.times;
    const lasted = performance.now() - this.#openedAt + (before === undefined ? 0 : WINDOW);
    const count = open.count + (before?.count ?? 0);
    return {
      total: this.#calls,
      perSecond: lasted < 1 ? 0 : (count * 1_000) / lasted,
      p50: Math.max(open.p50, before?.p50 ?? 0),
      p99: Math.max(open.p99, before?.p99 ?? 0),
    };
  }

  #rotate(): void {
    const age = performance.now() - this.#openedAt;
    if (age < WINDOW) return;
    this.#before = age < 2 * WINDOW ? this.#open : new Durations();
    this.#open = new Durations();
    this.#openedAt += age - (age % WINDOW);
  }
}
