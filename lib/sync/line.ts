// What a blocking thread and its helper thread share: some words of memory that can be read while an event loop stands
// still, and a port for what does not fit into words. The helper starts and watches a thread, or owns a socket or a child.
import type { MessagePort } from "node:worker_threads";
import type { ErrorRecord } from "../core/error-record.ts";

/** How far the helper is; in the first word. Only grows. */
export const Stage = { starting: 0, running: 1, ended: 2 } as const;

/**
 * Words of the line. `flushed` counts the answers to "flush", `stdout` and `stderr` the bytes that the far thread has
 * printed, `written` those of them that have been written.
 */
export const Word = { stage: 0, flushed: 1, stdout: 2, stderr: 3, written: 4 } as const;
export const LINE_BYTES = 64;

/** What the helper says. */
export type HelperNews = ["started", StartedFarSide] | ["ended", FarEnd];

/** What is known of the far side once it was started. */
export interface StartedFarSide {
  readonly label: string;
  readonly pid?: number | undefined;
  readonly threadId?: number | undefined;
}

/** How the far side ended, in a form that crosses between threads whole. */
export interface FarEnd {
  readonly reason: string;
  readonly code?: number | null | undefined;
  readonly signal?: string | null | undefined;
  readonly cause?: ErrorRecord | undefined;
}

/** What the helper is told. `stop`: end the far side after so many ms, if it is still there. */
export type HelperOrder = ["stop", number] | ["flush"];

/** What a helper thread is started with. `job` says what kind of helper it is. */
export interface HelperData<Job = unknown> {
  readonly job: Job;
  readonly words: SharedArrayBuffer;
  /** For orders and news. */
  readonly line: MessagePort;
  /** The rings between the blocking thread (side 0) and the far side, and their port. */
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}
