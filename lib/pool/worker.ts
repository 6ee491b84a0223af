// What the pool needs of a worker, be it a thread or a process: a session, a way to end it, and news of its end.
import type { CloseReason } from "../core/connection.ts";
import type { Session } from "../core/session.ts";
import type { Offers } from "./claims.ts";

export interface PoolWorker {
  /** `worker#3`, `pid 812`; `starting` before that is known. */
  readonly label: string;
  /** Resolves when it is ready for calls; rejects with why it never will be. No unhandled rejection comes of it. */
  readonly ready: Promise<Session>;
  /** By which calls can be taken back that it has not begun with; undefined: they cannot. */
  readonly offers: Offers | undefined;
  /** Resolves when it is gone. Never rejects. */
  readonly ended: Promise<CloseReason>;
  /** Lets its calls finish and its `exit` handlers run, then ends it. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once. Its calls reject with that reason. */
  kill(reason: string): void;
  /** Bytes that its JavaScript heap has in use. */
  heapUsed(): Promise<number>;
}

/** Starts workers of one kind. */
export interface WorkerSource {
  start(): PoolWorker;
  /** When all workers have ended: lets go of what started them. */
  close(): Promise<void>;
}
