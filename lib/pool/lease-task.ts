// What the pool and a thread of it tell each other before and beside the session. The task is what piscina hands to
// the thread; the control port tells how the thread is, and asks.
import type { MessagePort } from "node:worker_threads";

/** The long task in which a thread serves one session. */
export interface LeaseTask {
  /** One end of the session's channel, and the memory beside it. */
  readonly port: MessagePort;
  readonly memory: SharedArrayBuffer;
  /** Where the pool writes which calls were given up. */
  readonly aborts: SharedArrayBuffer;
  /** Where it is settled who has a call that was sent ahead of its turn. */
  readonly claims: SharedArrayBuffer;
  readonly control: MessagePort;
  /** URL of the module whose exports are served. */
  readonly module: string;
  /** Calls that may run at once. */
  readonly concurrency: number;
  /** Microseconds to look for news before sleeping. */
  readonly spin: number | undefined;
}

/** From the pool to the thread. */
export interface ControlRequest {
  readonly ask: "heap";
}

/** From the thread to the pool. */
export type ControlNews = { readonly kind: "started"; readonly threadId: number } | { readonly kind: "heap"; readonly used: number };
