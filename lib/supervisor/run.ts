// One run of a child, from its start to its end: the limit on the start, and the way to stop it, asked first and
// killed when its time is over.
import type { ChildKind, Running, StartContext } from "./child.ts";
import type { Clock, SupervisorTimer } from "./clock.ts";
import type { Exit, ExitKind } from "./exit-report.ts";
import type { Shutdown } from "./spec.ts";

export interface RunParts {
  readonly number: number;
  readonly kind: ChildKind;
  readonly context: Omit<StartContext, "signal">;
  readonly clock: Clock;
  /** Ms. */
  readonly startTimeout: number;
  readonly shutdown: Shutdown;
  readonly listener: RunListener;
}

/** Hears of each run exactly one of these: ignored; failed; or ready and, later, exited. */
export interface RunListener {
  ready(run: Run, running: Running): void;
  ignored(run: Run): void;
  failed(run: Run, error: unknown): void;
  exited(run: Run, exit: Exit): void;
}

/** How long a start that was broken off may take to clean up after itself, at the least. */
const CLEANING_UP = 1_000;

export class Run {
  readonly number: number;
  readonly #parts: RunParts;
  readonly #abort = new AbortController();
  #running: Running | undefined;
  #timer: SupervisorTimer | undefined;
  #state: "starting" | "running" | "over" = "starting";
  #stopping: "no" | "retired" | "asked" | "killed" = "no";
  #kind: ExitKind | undefined;

  constructor(parts: RunParts) {
    this.number = parts.number;
    this.#parts = parts;
  }

  get running(): Running | undefined {
    return this.#running;
  }

  /** Whether its end was asked for. */
  get isStopping(): boolean {
    return this.#stopping !== "no";
  }

  start(): void {
    const { kind, context, startTimeout } = this.#parts;
    this.#arm(startTimeout, () => this.#breakOff(new Error(`It was not ready within ${startTimeout} ms (startTimeout)`)));
    let started: Promise<Running | "ignore">;
    try {
      started = kind.start({ ...context, signal: this.#abort.signal });
    } catch (error) {
      started = Promise.reject(error);
    }
    started.then(
      (running) => this.#started(running),
      (error: unknown) => this.#failed(error),
    );
  }

  /** Ends it: breaks off the start, or asks and, after `shutdown`, kills. */
  stop(): void {
    if (this.#state === "over" || this.#stopping === "asked" || this.#stopping === "killed") return;
    this.#stopping = "asked";
    if (this.#running === undefined) {
      this.#breakOff(new Error("It was stopped before it was ready"));
      return;
    }
    const { shutdown } = this.#parts;
    if (shutdown === "brutal") {
      this.#kill();
      return;
    }
    this.#arm(shutdown, () => this.#kill());
    this.#running.stop("ask");
  }

  /** Ends it because another has taken its place: it has `limit` ms to finish its calls. */
  retire(limit: number | "infinity"): void {
    if (this.#state !== "running" || this.#stopping !== "no") return;
    this.#stopping = "retired";
    this.#arm(limit, () => this.#kill());
    this.#running?.stop("ask");
  }

  /** Ends it at once, because it is not well: nobody had asked for its end, and `kind` is what its report says. */
  condemn(kind: ExitKind): void {
    if (this.#state !== "running" || this.#kind !== undefined) return;
    this.#kind = kind;
    this.#running?.stop("kill");
  }

  #kill(): void {
    if (this.#state !== "running") return;
    this.#stopping = "killed";
    this.#disarm();
    this.#running?.stop("kill");
  }

  #started(running: Running | "ignore"): void {
    if (this.#state === "over") {
      // It had been given up; what came after all is not wanted.
      if (running !== "ignore") running.stop("kill");
      return;
    }
    this.#disarm();
    if (running === "ignore") {
      this.#state = "over";
      this.#parts.listener.ignored(this);
      return;
    }
    this.#running = running;
    if (this.#abort.signal.aborted) {
      running.stop("kill");
      void running.exited.then(() => this.#failed(this.#abort.signal.reason));
      return;
    }
    this.#state = "running";
    void running.exited.then((exit) => this.#exited(exit));
    this.#parts.listener.ready(this, running);
  }

  #failed(error: unknown): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#disarm();
    this.#parts.listener.failed(this, this.#abort.signal.aborted ? this.#abort.signal.reason : error);
  }

  #exited(exit: Exit): void {
    this.#state = "over";
    this.#disarm();
    this.#parts.listener.exited(this, this.#kind === undefined ? exit : { ...exit, kind: this.#kind });
  }

  /** A start that does not heed its signal is given up, so that nothing waits for it for ever. */
  #breakOff(reason: Error): void {
    if (this.#state !== "starting" || this.#abort.signal.aborted) return;
    const { shutdown } = this.#parts;
    this.#abort.abort(reason);
    this.#arm(typeof shutdown === "number" ? Math.max(shutdown, CLEANING_UP) : CLEANING_UP, () => this.#failed(reason));
  }

  #arm(ms: number | "infinity", task: () => void): void {
    this.#disarm();
    if (ms !== "infinity") this.#timer = this.#parts.clock.startTimer(ms, task);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
