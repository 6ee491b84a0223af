// Streams of this side as the core sees them, whatever they are: one that is read step by step, and one that is written to.

export type Step = IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;

/** What a producer pulls from: an iterator, or something made to look like one. */
export interface Pullable {
  next(...args: [] | [unknown]): Step;
  return?(value?: unknown): Step;
  throw?(error: unknown): Step;
}

/** A stream that is open for writing: a real one of this side, or what sends to one of the far side. */
export interface Writing {
  write(chunk: unknown): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): void;
  /** Calls back when the stream has failed, whether something is written or not. */
  onFailed(callback: (reason: unknown) => void): void;
}
