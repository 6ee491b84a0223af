// A stream of the far side, iterated in place: each step blocks until the item is here.
import { TimeoutError } from "../core/errors.ts";
import type { StepSource, StepWaiter } from "../core/presenter.ts";
import type { Blocking } from "./blocking.ts";

/** Dropped unread, it is left, so that the far side's `finally` runs. */
const abandoned = new FinalizationRegistry<StepSource>((source) => source.askReturn(new Step(), undefined));

export class SyncGenerator implements Generator<unknown, unknown, unknown> {
  readonly #source: StepSource;
  readonly #client: Blocking;
  readonly #timeout: number | undefined;

  /** @param timeout of each step, in ms */
  constructor(source: StepSource, client: Blocking, timeout: number | undefined) {
    this.#source = source;
    this.#client = client;
    this.#timeout = timeout;
    abandoned.register(this, source);
  }

  next(...args: [] | [unknown]): IteratorResult<unknown> {
    const step = new Step();
    this.#source.askNext(step, args);
    // Credit that was given does not wait for the end of the tick, which may be far away.
    this.#client.flush();
    return this.#await(step, true);
  }

  return(value?: unknown): IteratorResult<unknown> {
    const step = new Step();
    this.#source.askReturn(step, value);
    return this.#await(step, false);
  }

  throw(error: unknown): IteratorResult<unknown> {
    const step = new Step();
    this.#source.askThrow(step, error);
    return this.#await(step, false);
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.return();
  }

  get [Symbol.toStringTag](): string {
    return "RemoteGenerator";
  }

  #await(step: Step, endsLate: boolean): IteratorResult<unknown> {
    if (!step.isSettled) {
      const timeout = this.#timeout;
      this.#client.wait(() => step.isSettled, timeout);
      if (!step.isSettled) {
        if (endsLate) this.#source.askReturn(new Step(), undefined);
        this.#client.flush();
        throw new TimeoutError(`A stream of ${this.#client.label} gave nothing within ${timeout} ms, and was left.`, timeout!);
      }
    }
    if (step.failure !== undefined) throw step.failure.reason;
    return step.result!;
  }
}

/** Where a step is told to. */
class Step implements StepWaiter {
  result: IteratorResult<unknown> | undefined;
  failure: { readonly reason: unknown } | undefined;

  get isSettled(): boolean {
    return this.result !== undefined || this.failure !== undefined;
  }

  resolve = (result: IteratorResult<unknown>): void => {
    this.result = result;
  };

  reject = (reason: unknown): void => {
    this.failure = { reason };
  };
}
