// A child that is a process: a module started with its exports exposed, in a process group of its own.
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Session } from "../../core/session.ts";
import { moduleUrl } from "../../spawn/module-url.ts";
import { guardAgainstOrphan } from "../../spawn/orphan-guard.ts";
import { type ChildStdio, notStarted, type SpawnProcessOptions, startProcess } from "../../spawn/process.ts";
import { untilReady } from "../../spawn/until-ready.ts";
import type { CheckedChild } from "../checked-spec.ts";
import type { ChildKind, Running, StartContext, Vitals } from "../child.ts";
import { type Exit, kindOfExit } from "../exit-report.ts";
import { ProbeListener } from "../probe-listener.ts";
import { withProbe } from "../probe-report.ts";
import { CpuMeter, memoryOfProcess } from "../process-vitals.ts";
import type { OutputMode, ProcessStart } from "../spec.ts";
import { exitTimeoutFor, orAborted, politelyClose } from "./polite.ts";
import { prepareAfresh } from "./prepare.ts";

/** The place of the probe's pipe: after the standard streams and the connection. */
const PROBE_FD = 4;
/** What its streams still hold when it has ended is waited for so long, in ms: somebody else may hold them open. */
const REST_OF_OUTPUT = 100;
/** So much of stderr is looked through for why it ended. */
const STDERR_KEPT = 8_192;
/** 128 and SIGABRT, as a shell would say it. */
const ABORTED = 134;

export function processKind(start: ProcessStart, spec: CheckedChild): ChildKind {
  return {
    type: "worker",
    name: "process",
    overlaps: true,
    async start(context) {
      const url = moduleUrl(start.process);
      const options = spawnOptions(start, spec);
      const started = startProcess(url, options);
      const run = new ProcessRun(started.session, started.child, options.detached === true, context);
      try {
        await orAborted(context.signal, untilReady(started.session, url, 0, undefined));
        if (!(await orAborted(context.signal, prepareAfresh(started.session, spec, context)))) return run;
      } catch (error) {
        run.stop("kill");
        await run.exited;
        throw started.child.pid === undefined ? notStarted(options, error) : run.whyNotReady(error);
      }
      run.stop("ask");
      await run.exited;
      return "ignore";
    },
  };
}

function spawnOptions({ options = {} }: ProcessStart, spec: CheckedChild): SpawnProcessOptions {
  const { group = true, env = process.env, ...rest } = options;
  return {
    ...rest,
    env: withProbe(env, { fd: PROBE_FD }),
    stdio: [...streamsFor(spec.output), "pipe"],
    detached: group && process.platform !== "win32",
    exitTimeout: exitTimeoutFor(spec.shutdown),
    name: spec.id,
  };
}

function streamsFor(output: OutputMode): ChildStdio[] {
  const stdout = output === "inherit" ? "inherit" : output === "ignore" ? "ignore" : "pipe";
  // Its last words are for the exit report, whatever else becomes of them.
  return ["ignore", stdout, "pipe"];
}

class ProcessRun implements Running {
  readonly exited: Promise<Exit>;
  readonly session: Session;
  readonly pid: number | undefined;
  readonly #child: ChildProcess;
  readonly #isGroup: boolean;
  readonly #context: StartContext;
  readonly #probe = new ProbeListener();
  readonly #cpu = new CpuMeter();
  #stderr = "";
  #isOver = false;

  constructor(session: Session, child: ChildProcess, isGroup: boolean, context: StartContext) {
    this.session = session;
    this.pid = child.pid;
    this.#child = child;
    this.#isGroup = isGroup;
    this.#context = context;
    this.#listen();
    this.exited = this.#untilExited();
    if (isGroup && child.pid !== undefined) child.once("exit", guardAgainstOrphan(-child.pid));
  }

  stop(how: "ask" | "kill"): void {
    if (how === "kill") this.#kill();
    else politelyClose(this.session, () => this.signal("SIGTERM"));
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(name);
  }

  watch(interval: number, listener: (vitals: Vitals) => void): () => void {
    return this.#probe.watch(interval, listener);
  }

  vitals(): Vitals {
    const { pid } = this;
    return { ...this.#probe.latest, ...(pid !== undefined && memoryOfProcess(pid)), ...(pid !== undefined && this.#cpu.measure(pid)) };
  }

  /** What ended it before it was ready says more than that it ended. */
  whyNotReady(error: unknown): unknown {
    const { lastError } = this.#probe;
    if (lastError === undefined || !(error instanceof Error) || error.cause !== undefined) return error;
    return Object.assign(error, { cause: lastError });
  }

  #listen(): void {
    const { stdout, stderr, stdio } = this.#child;
    stdout?.on("data", (chunk: Uint8Array) => this.#context.output("stdout", chunk));
    stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("latin1")).slice(-STDERR_KEPT);
      this.#context.output("stderr", chunk);
    });
    const pipe = stdio[PROBE_FD] as Socket | null | undefined;
    if (pipe !== null && pipe !== undefined) this.#probe.listenToPipe(pipe);
  }

  async #untilExited(): Promise<Exit> {
    const child = this.#child;
    const { closed } = this.session.connection;
    const rest = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const ended = new Promise<Pick<Exit, "code" | "signal">>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", () => child.pid === undefined && resolve({ code: null, signal: null }));
    });
    // One that cannot be called any more is of no use, even if it still runs.
    void closed.then(() => {
      if (!this.#isOver) this.#kill();
    });
    const { code, signal } = await ended;
    this.#isOver = true;
    // What it started and left behind, before anything is started in its place.
    this.#kill();
    await Promise.all([closed, within(REST_OF_OUTPUT, rest)]);
    this.#probe.close();
    return this.#exitOf(code ?? null, signal ?? null);
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (!this.#isOver) this.#child.kill("SIGKILL");
    if (!this.#isGroup) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody of its group is left.
    }
  }

  #exitOf(code: number | null, signal: string | null): Exit {
    const { lastError: error } = this.#probe;
    const isOutOfMemory = (signal === "SIGABRT" || code === ABORTED) && /out of memory/iu.test(this.#stderr);
    return { kind: isOutOfMemory ? "oom" : kindOfExit(code, signal), code, signal, ...(error !== undefined && { error }) };
  }
}

async function within(ms: number, task: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([task, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
