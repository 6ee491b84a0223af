// Many calls of one member, one for each item of a source: so many at once, and not too many results ahead of whoever
// reads them. Knows nothing of pools.

/** Settings of `pool.map`. */
export interface MapOptions {
  /** Ends the iteration: calls in flight are aborted, and it throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Results in the order of the items; else as they come. @defaultValue true */
  readonly ordered?: boolean;
  /** Calls at once. Up to as many results more may wait to be read. @defaultValue as many as the pool can run */
  readonly concurrency?: number;
}

/** Makes one call; it is to end when `signal` fires. */
export type MapCall<In, Out> = (item: In, signal: AbortSignal) => PromiseLike<Out>;

export async function* mapCalls<In, Out>(
  source: Iterable<In> | AsyncIterable<In>,
  call: MapCall<In, Out>,
  options: MapOptions & { readonly concurrency: number },
): AsyncGenerator<Out, void, undefined> {
  const { signal } = options;
  if (!(options.concurrency >= 1)) throw new RangeError(`map: concurrency is ${options.concurrency}; it must be 1 or more`);
  signal?.throwIfAborted();
  const mapping = new Mapping(source, call, options);
  const abort = (): void => mapping.fail(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      const entry = mapping.take();
      if (entry !== undefined) yield entry.value as Out;
      else if (mapping.isDone) return;
      else await mapping.news();
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    await mapping.leave();
  }
}

interface Entry<Out> {
  state: "running" | "done" | "failed";
  value: Out | undefined;
}

class Mapping<In, Out> {
  readonly #items: Iterator<In> | AsyncIterator<In>;
  readonly #call: MapCall<In, Out>;
  readonly #ordered: boolean;
  readonly #concurrency: number;
  readonly #controller = new AbortController();
  /** Calls under way and results that nobody has read, in the order of the items. */
  readonly #entries: Entry<Out>[] = [];
  #running = 0;
  #pulling = false;
  #exhausted = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(
    source: Iterable<In> | AsyncIterable<In>,
    call: MapCall<In, Out>,
    { ordered = true, concurrency }: MapOptions & { readonly concurrency: number },
  ) {
    this.#items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#call = call;
    this.#ordered = ordered;
    this.#concurrency = concurrency;
  }

  get isDone(): boolean {
    return this.#exhausted && this.#entries.length === 0;
  }

  /** The next result, if it is there. Throws the first failure. */
  take(): Entry<Out> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    const at = this.#ordered ? 0 : this.#entries.findIndex(({ state }) => state === "done");
    if (this.#entries[at]?.state !== "done") return undefined;
    const [entry] = this.#entries.splice(at, 1);
    this.#pull();
    return entry;
  }

  /** Resolves when something has changed. */
  news(): Promise<void> {
    const news = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#pull();
    return news;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Nobody reads on: what is under way is not wanted. */
  async leave(): Promise<void> {
    if (this.isDone) return;
    this.#controller.abort(
      this.#failure === undefined ? new DOMException("Nobody reads the results any more", "AbortError") : this.#failure.error,
    );
    if (this.#exhausted) return;
    this.#exhausted = true;
    const left = Promise.resolve(this.#items.return?.());
    // A source that owes an item hears of it only when it has given that.
    if (this.#pulling) left.catch(() => {});
    else await left;
  }

  get #mayStart(): boolean {
    return (
      !this.#exhausted && this.#failure === undefined && this.#running < this.#concurrency && this.#entries.length < 2 * this.#concurrency
    );
  }

  #pull(): void {
    if (!this.#pulling && this.#mayStart) void this.#pullItems();
  }

  async #pullItems(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.#mayStart) {
        const next = await this.#items.next();
        if (next.done === true) this.#exhausted = true;
        else if (!this.#exhausted && this.#failure === undefined) this.#start(next.value);
      }
    } catch (error) {
      // A source that threw has ended.
      this.#exhausted = true;
      this.fail(error);
    } finally {
      this.#pulling = false;
      this.#wake();
    }
  }

  #start(item: In): void {
    const entry: Entry<Out> = { state: "running", value: undefined };
    this.#entries.push(entry);
    this.#running += 1;
    this.#call(item, this.#controller.signal).then(
      (value) => {
        entry.value = value;
        this.#finish(entry, "done");
      },
      (error: unknown) => {
        this.#finish(entry, "failed");
        this.fail(error);
      },
    );
  }

  #finish(entry: Entry<Out>, state: "done" | "failed"): void {
    entry.state = state;
    this.#running -= 1;
    this.#pull();
    this.#wake();
  }
}
