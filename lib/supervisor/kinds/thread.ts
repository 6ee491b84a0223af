// A child that is a worker thread: a module started with its exports exposed.
import { randomUUID } from "node:crypto";
import type { Worker } from "node:worker_threads";
import type { Session } from "../../core/session.ts";
import { moduleUrl } from "../../spawn/module-url.ts";
import { type SpawnThreadOptions, startThread } from "../../spawn/thread.ts";
import { untilReady } from "../../spawn/until-ready.ts";
import type { CheckedChild } from "../checked-spec.ts";
import type { ChildKind, Running, StartContext, Vitals } from "../child.ts";
import type { Exit } from "../exit-report.ts";
import { ProbeListener } from "../probe-listener.ts";
import { withProbe } from "../probe-report.ts";
import type { ThreadStart } from "../spec.ts";
import { exitTimeoutFor, orAborted, politelyClose } from "./polite.ts";
import { prepareAfresh } from "./prepare.ts";

export function threadKind(start: ThreadStart, spec: CheckedChild): ChildKind {
  return {
    type: "worker",
    name: "thread",
    overlaps: true,
    async start(context) {
      const url = moduleUrl(start.thread);
      const channel = `nearcall-${randomUUID()}`;
      const { session, worker } = startThread(url, spawnOptions(start, spec, channel));
      const run = new ThreadRun(session, worker, channel, context);
      try {
        await orAborted(context.signal, untilReady(session, url, 0, undefined));
        if (!(await orAborted(context.signal, prepareAfresh(session, spec, context)))) return run;
      } catch (error) {
        run.stop("kill");
        await run.exited;
        throw error;
      }
      run.stop("ask");
      await run.exited;
      return "ignore";
    },
  };
}

function spawnOptions({ options = {} }: ThreadStart, { output, shutdown, id }: CheckedChild, channel: string): SpawnThreadOptions {
  const { env = process.env, ...rest } = options;
  return {
    ...rest,
    env: withProbe(env, { channel }),
    stdout: output !== "inherit",
    stderr: true,
    exitTimeout: exitTimeoutFor(shutdown),
    name: id,
  };
}

class ThreadRun implements Running {
  readonly exited: Promise<Exit>;
  readonly session: Session;
  readonly threadId: number;
  readonly #worker: Worker;
  readonly #probe = new ProbeListener();
  #isKilled = false;

  constructor(session: Session, worker: Worker, channel: string, context: StartContext) {
    this.session = session;
    this.threadId = worker.threadId;
    this.#worker = worker;
    this.#probe.listenToChannel(channel);
    worker.stdout.on("data", (chunk: Uint8Array) => context.output("stdout", chunk));
    worker.stderr.on("data", (chunk: Uint8Array) => context.output("stderr", chunk));
    this.exited = this.#untilExited();
  }

  stop(how: "ask" | "kill"): void {
    if (how === "ask") {
      politelyClose(this.session, () => {});
    } else {
      this.#isKilled = true;
      this.session.destroy("killed by its supervisor");
      void this.#worker.terminate();
    }
  }

  watch(interval: number, listener: (vitals: Vitals) => void): () => void {
    return this.#probe.watch(interval, listener);
  }

  vitals(): Vitals {
    return this.#probe.latest ?? {};
  }

  async #untilExited(): Promise<Exit> {
    const { closed } = this.session.connection;
    let error: unknown;
    this.#worker.on("error", (thrown) => (error = thrown));
    const ended = new Promise<number>((resolve) => this.#worker.once("exit", resolve));
    // One that cannot be called any more is of no use, even if it still runs.
    void closed.then(() => this.#worker.terminate());
    const code = await ended;
    await closed;
    this.#probe.close();
    return this.#exitOf(code, error);
  }

  #exitOf(code: number, error: unknown): Exit {
    if (this.#isKilled) return { kind: "killed", code };
    if ((error as { code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") return { kind: "oom", code, error };
    return { kind: code === 0 ? "exit" : "crash", code, ...(error !== undefined && { error }) };
  }
}
