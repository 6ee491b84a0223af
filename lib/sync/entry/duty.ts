// The helper thread's side of the line to the thread that blocks: what it was asked to do, and how it tells what became
// of the far side, in words of shared memory first, since nobody over there listens to events.
import { workerData } from "node:worker_threads";
import { errorToRecord, isError } from "../../core/error-record.ts";
import type { ErrorRecord } from "../../core/error-record.ts";
import type { TransportEnd } from "../../core/transport.ts";
import { rouseReader } from "../../transports/ring.ts";
import { type HelperData, type HelperNews, type HelperOrder, Stage, type StartedFarSide, Word } from "../line.ts";

export interface Duty<Job> extends HelperData<Job> {
  started(what: StartedFarSide): void;
  /** All that the far side sent was handed on. Counts once. */
  ended(end: TransportEnd): void;
  /** What was printed is written. */
  flushed(): void;
}

/** Begins the helper's work. `onOrder` hears what the blocking thread wants. */
export function beginDuty<Job>(onOrder: (order: HelperOrder) => void): Duty<Job> {
  const data = workerData as HelperData<Job>;
  const words = new Int32Array(data.words);
  let stage: number = Stage.starting;
  const tell = (next: number, news: HelperNews): void => {
    if (next <= stage) return;
    stage = next;
    // The news first, so that whoever sees the word finds it.
    data.line.postMessage(news);
    Atomics.store(words, Word.stage, next);
    Atomics.notify(words, Word.stage);
    rouseReader(data.memory, 0);
  };
  const duty: Duty<Job> = {
    ...data,
    started: (what) => tell(Stage.running, ["started", what]),
    ended: ({ reason, code, signal, cause }) =>
      tell(Stage.ended, ["ended", { reason, code, signal, cause: cause === undefined ? undefined : recordOf(cause) }]),
    flushed() {
      Atomics.add(words, Word.flushed, 1);
      Atomics.notify(words, Word.flushed);
    },
  };
  // Whatever goes wrong here, the thread that blocks must hear of it.
  process.on("uncaughtException", (cause) => {
    duty.ended({ reason: "the helper thread failed", cause });
    process.exit(1);
  });
  data.line.on("message", onOrder);
  data.line.unref();
  return duty;
}

/** A record of plain parts, which any message can carry. */
function recordOf(cause: unknown): ErrorRecord {
  const record = errorToRecord(isError(cause) ? cause : new Error(String(cause)));
  try {
    return structuredClone(record);
  } catch {
    const [className, name, message, stack] = record;
    return [className, name, message, stack, {}];
  }
}
