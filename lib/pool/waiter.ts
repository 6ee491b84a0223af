// Whoever waits for a worker: a call, or somebody who wants one to himself.
import type { Job } from "./flows.ts";

export interface Waiter extends Job {
  /** It waits no longer, and gets none. */
  fail(error: unknown): void;
}
