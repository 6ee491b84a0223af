// `for await` over something whose value is still on its way: a call's result or a remote property.

/** Iterates what `value` settles to. */
export function iterateRemote(value: PromiseLike<unknown>): AsyncGenerator<unknown> {
  let iterator: Promise<Iterating> | undefined;
  const opened = (): Promise<Iterating> => (iterator ??= Promise.resolve(value).then(iteratorOf));
  const step = (name: "next" | "return" | "throw", args: [] | [unknown]): Promise<IteratorResult<unknown>> =>
    opened().then((it) => {
      const method = it[name];
      if (method !== undefined) return method.apply(it, args);
      if (name === "throw") throw args[0];
      return { done: true, value: args[0] };
    });
  return {
    next: (...args: [] | [unknown]) => step("next", args),
    return: (result: unknown) => step("return", [result]),
    throw: (error: unknown) => step("throw", [error]),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await step("return", [undefined]);
    },
  };
}

interface Iterating {
  next(...args: [] | [unknown]): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  return?(value?: unknown): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  throw?(error?: unknown): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
}

function iteratorOf(value: unknown): Iterating {
  const source = value as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  const open: unknown = source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator];
  if (typeof open !== "function") throw new TypeError(`The result is not iterable: ${typeof value}`);
  return open.call(source) as Iterating;
}
