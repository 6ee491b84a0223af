// How long things took: recorded one by one, told as percentiles.
import { createHistogram } from "node:perf_hooks";
import type { RecordableHistogram } from "node:perf_hooks";

/** Times in ms. */
export interface Times {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Recorded in ms, kept in µs. */
export class Durations {
  readonly #histogram: RecordableHistogram = createHistogram();

  record(ms: number): void {
    // The histogram takes whole numbers from 1 on.
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)));
  }

  get times(): Times {
    const histogram = this.#histogram;
    const { count } = histogram;
    if (count === 0) return { count, mean: 0, p50: 0, p99: 0, max: 0 };
    return {
      count,
      mean: histogram.mean / 1_000,
      p50: histogram.percentile(50) / 1_000,
      p99: histogram.percentile(99) / 1_000,
      max: histogram.max / 1_000,
    };
  }
}
