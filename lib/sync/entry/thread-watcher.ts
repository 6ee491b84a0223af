// A helper thread that starts the real one and watches it, since the thread that blocks sees no 'exit' event. What the
// real one prints passes through here too.
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { Transferable, WorkerOptions } from "node:worker_threads";
import { beginDuty } from "./duty.ts";
import { Word } from "../line.ts";
import { Output, whenWritten } from "./output.ts";
import type { CountedStart } from "./thread.ts";

/** The thread to start. It finds `port` and `memory` in its `workerData`, beside what is there. */
export interface ThreadJob {
  readonly filename: string;
  readonly options: WorkerOptions & { readonly workerData: object };
  /** Its environment is that of the thread that blocks; else a copy of it. */
  readonly sharesEnv: boolean;
  readonly transferList: readonly Transferable[];
}

const duty = beginDuty<ThreadJob>((order) => {
  if (order[0] === "flush") whenWritten(outputs, () => duty.flushed());
  else setTimeout(() => void worker.terminate(), order[1]).unref();
});
const { job, memory, port, words } = duty;
const counted: CountedStart = { words };
const worker = new Worker(new URL(job.filename), {
  ...job.options,
  workerData: { ...job.options.workerData, ...counted, memory, port },
  transferList: [port, ...job.transferList],
  ...(job.sharesEnv && { env: SHARE_ENV }),
  stdout: true,
  stderr: true,
});
const counts = new Int32Array(words);
const onWritten = (bytes: number): void => void Atomics.add(counts, Word.written, bytes);
const outputs = [
  new Output(worker.stdout, 1, () => Atomics.load(counts, Word.stdout), onWritten),
  new Output(worker.stderr, 2, () => Atomics.load(counts, Word.stderr), onWritten),
];
const { threadId } = worker;
let uncaught: { readonly error: unknown } | undefined;
worker.on("error", (error) => (uncaught = { error }));
worker.on("exit", (code) => {
  duty.ended({ reason: `the worker exited with code ${code}`, code, ...(uncaught !== undefined && { cause: uncaught.error }) });
});
duty.started({ label: `worker#${threadId}`, threadId });
