// A helper thread that starts the real one and watches it, since the thread that blocks sees no 'exit' event. What the
// real one prints passes through here too.
import { SHARE_ENV, Worker, workerData } from "node:worker_threads";
import type { Transferable, WorkerOptions } from "node:worker_threads";
import type { TransportEnd } from "../../core/transport.ts";
import { type HelperData, Word } from "../line.ts";
import type { CountedStart } from "./thread.ts";

/** The thread to start. It finds `port` and `memory` in its `workerData`, beside what is there. */
export interface ThreadJob {
  readonly filename: string;
  readonly options: WorkerOptions & { readonly workerData: object };
  /** Its environment is that of the thread that blocks; else a copy of it. */
  readonly sharesEnv: boolean;
  readonly transferList: readonly Transferable[];
}

const { job, memory, port, words } = workerData as HelperData<ThreadJob>;
const counted: CountedStart = { words };
const started = start();
// Only now, since loading these takes as long as a thread takes to begin.
const [{ beginDuty }, { Output, whenWritten }] = await Promise.all([import("./duty.ts"), import("./output.ts")]);

if ("worker" in started) watch(started.worker, started.ended);
else beginDuty(() => {}).ended({ reason: "the worker could not be started", cause: started.cause });

function start(): { worker: Worker; ended: Promise<TransportEnd> } | { cause: unknown } {
  try {
    const worker = new Worker(new URL(job.filename), {
      ...job.options,
      workerData: { ...job.options.workerData, ...counted, memory, port },
      transferList: [port, ...job.transferList],
      ...(job.sharesEnv && { env: SHARE_ENV }),
      stdout: true,
      stderr: true,
    });
    let uncaught: { readonly error: unknown } | undefined;
    worker.on("error", (error) => (uncaught = { error }));
    const ended = new Promise<TransportEnd>((resolve) => {
      worker.on("exit", (code) => {
        resolve({ reason: `the worker exited with code ${code}`, code, ...(uncaught !== undefined && { cause: uncaught.error }) });
      });
    });
    return { worker, ended };
  } catch (cause) {
    return { cause };
  }
}

function watch(worker: Worker, ended: Promise<TransportEnd>): void {
  const duty = beginDuty((order) => {
    if (order[0] === "flush") whenWritten(outputs, () => duty.flushed());
    else setTimeout(() => void worker.terminate(), order[1]).unref();
  });
  const counts = new Int32Array(words);
  const onWritten = (bytes: number): void => void Atomics.add(counts, Word.written, bytes);
  const outputs = [
    new Output(worker.stdout, 1, () => Atomics.load(counts, Word.stdout), onWritten),
    new Output(worker.stderr, 2, () => Atomics.load(counts, Word.stderr), onWritten),
  ];
  const { threadId } = worker;
  duty.started({ label: `worker#${threadId}`, threadId });
  void ended.then((end) => duty.ended(end));
}
