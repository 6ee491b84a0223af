// Iterates the events of an emitter of the far side.
import { RpcError } from "./errors.ts";
import { lostConnection } from "./lost-call.ts";
import { connectionOf } from "./remote-functions.ts";

/** Settings of `eventsOf`. */
export interface EventsOptions {
  /** Ends the iteration, which throws its reason. */
  readonly signal?: AbortSignal;
  /** Events that may wait to be read; with one more the iteration fails. @defaultValue 10,000 */
  readonly limit?: number;
}

/** What of a marked emitter is used here. */
interface RemoteEmitter {
  on(event: string, listener: (...args: never[]) => void): PromiseLike<unknown>;
  off(event: string, listener: (...args: never[]) => void): PromiseLike<unknown>;
}

const DEFAULT_LIMIT = 10_000;

/**
 * The events of one name as an async iterable of their arguments: what `events.on(emitter, name)` is for emitters
 * of this side. The emitter has to be marked over there, with `proxy(emitter)`. Listening begins with the first
 * step and ends with the loop.
 *
 * @throws RpcError `ERR_EVENTS_LIMIT` if more events wait to be read than `limit`
 * @throws PeerLostError when the connection ends
 * @example
 * for await (const [path] of eventsOf(api.watcher, "change")) console.log(path);
 */
export function eventsOf<Args extends unknown[] = unknown[]>(
  emitter: object,
  event: string,
  options: EventsOptions = {},
): AsyncGenerator<Args, void, undefined> {
  const leaving = new AbortController();
  const events = iterate<Args>(emitter, event, options, leaving.signal);
  const leave = events.return.bind(events);
  // It would wait for the next event otherwise.
  events.return = (value) => {
    leaving.abort();
    return leave(value);
  };
  return events;
}

async function* iterate<Args extends unknown[]>(
  emitter: object,
  event: string,
  { signal, limit = DEFAULT_LIMIT }: EventsOptions,
  leaving: AbortSignal,
): AsyncGenerator<Args, void, undefined> {
  const remote = emitter as RemoteEmitter;
  const waiting: Args[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  leaving.addEventListener("abort", () => wake(), { once: true });
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  const listener = (...args: never[]): void => {
    if (waiting.length >= limit)
      return fail(
        new RpcError("ERR_EVENTS_LIMIT", `${limit} "${event}" events wait to be read. Read faster, or give eventsOf() a higher limit.`),
      );
    waiting.push(args as unknown[] as Args);
    wake();
  };
  signal?.throwIfAborted();
  const onAborted = (): void => fail(signal?.reason);
  signal?.addEventListener("abort", onAborted, { once: true });
  const connection = connectionOf(emitter);
  const stopWatching = connection.on("close", (reason) => fail(lostConnection(connection.label, reason)));
  try {
    await remote.on(event, listener);
    while (!leaving.aborted) {
      while (waiting.length !== 0) yield waiting.shift()!;
      if (failure !== undefined) throw failure.error;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stopWatching();
    signal?.removeEventListener("abort", onAborted);
    // Not awaited: whoever leaves the loop need not wait for the far side.
    remote.off(event, listener).then(undefined, () => {});
  }
}
