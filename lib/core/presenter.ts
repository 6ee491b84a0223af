// Who shows live values of the far side to the user. Ordinarily they are remotes that are awaited; a blocking client
// shows its own.
import type { Base } from "./imports.ts";

/** Whom a step of a stream is told to: at once, or when it is here. */
export interface StepWaiter {
  readonly resolve: (step: IteratorResult<unknown>) => void;
  readonly reject: (reason: unknown) => void;
}

/** A stream of the far side, asked step by step without promises. */
export interface StepSource {
  askNext(waiter: StepWaiter, args: [] | [unknown]): void;
  askReturn(waiter: StepWaiter, value: unknown): void;
  askThrow(waiter: StepWaiter, error: unknown): void;
}

export interface Presenter {
  /** The proxy of an object of the far side: the same one while it lives. */
  remoteOf(base: Base): object;
  /** What stands for a stream of the far side. */
  streamOf(source: StepSource): object;
}
