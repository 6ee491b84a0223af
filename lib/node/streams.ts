// Node's streams as the core sees them: as iterators of chunks, and as sinks that ask for more.
import { EventEmitter, once } from "node:events";
import { Readable, Writable } from "node:stream";
import { isProxy } from "node:util/types";
import type { Host, StreamKind } from "../core/host.ts";
import type { Writing } from "../core/streams/local-streams.ts";

/** Told by their state, so that streams of another copy of the stream module count too. */
export function nodeStreamKind(value: object): StreamKind | undefined {
  if (isProxy(value) || !(value instanceof EventEmitter)) return undefined;
  const stream = value as EventEmitter & Partial<Record<"_readableState" | "read" | "write" | "end", unknown>>;
  const readable = typeof stream._readableState === "object" && stream._readableState !== null && typeof stream.read === "function";
  // A ServerResponse has no writable state, yet is one to its users.
  const writable = typeof stream.write === "function" && typeof stream.end === "function";
  if (readable) return writable ? "duplex" : "readable";
  return writable ? "writable" : undefined;
}

export function toReadable(source: AsyncIterator<unknown>, objectMode: boolean): Readable {
  return Readable.from({ [Symbol.asyncIterator]: () => source }, { objectMode });
}

/** Whether chunks are bytes or objects, the stream at the far side decides: here everything is let through. */
export function toWritable(sink: Writing): Writable {
  const stream = new Writable({
    objectMode: true,
    decodeStrings: false,
    write(chunk: unknown, encoding, done) {
      const isEncoded = typeof chunk === "string" && encoding !== "utf8" && Buffer.isEncoding(encoding);
      settle(sink.write(isEncoded ? Buffer.from(chunk, encoding) : chunk), done);
    },
    final(done) {
      settle(sink.close(), done);
    },
    destroy(error, done) {
      if (!this.writableFinished) sink.abort(error ?? new Error("The stream was destroyed"));
      done(error);
    },
  });
  // Weakly: what is dropped is to be collected, and with it the stream over there.
  const held = new WeakRef(stream);
  sink.onFailed((reason) => {
    const open = held.deref();
    // Nobody need listen to a stream that is not being written to; an error nobody listens to would end this process.
    open?.destroy(open.listenerCount("error") === 0 ? undefined : errorOf(reason));
  });
  return stream;
}

/** In a tick of its own, so that what a listener throws is an uncaught exception and not an unhandled rejection. */
function settle(promise: Promise<void>, done: (error?: Error | null) => void): void {
  promise.then(
    () => process.nextTick(done),
    (error: unknown) => process.nextTick(done, error),
  );
}

export function fromReadable(readable: object): ReturnType<Host["fromReadable"]> {
  const stream = readable as Readable;
  // Its reader hears of it, if not before the first step; this process must not end of it.
  stream.on("error", ignore);
  let steps: AsyncIterator<unknown> | undefined;
  const leave = (error?: Error): void => void stream.destroy?.(error);
  return {
    next: () => (steps ??= stepsOf(stream)).next(),
    // That of Node's iterator would wait for the chunk that is waited for, and does nothing before the first step.
    async return(value) {
      leave();
      return { done: true, value };
    },
    async throw(reason) {
      leave(errorOf(reason));
      throw reason;
    },
    release: () => void stream.off("error", ignore),
  };
}

function stepsOf(stream: Readable): AsyncIterator<unknown> {
  return (Symbol.asyncIterator in stream ? stream : new Readable({ objectMode: true }).wrap(stream))[Symbol.asyncIterator]();
}

function ignore(): void {}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("The stream was aborted", { cause: reason });
}

export function fromWritable(writable: object): Writing {
  const stream = writable as Writable;
  let failure: { readonly error: unknown } | undefined;
  // Stays: an abort that the peer asks for must not end this process.
  stream.on("error", (error) => (failure ??= { error }));
  const check = (): void => {
    if (failure !== undefined) throw failure.error;
    if (stream.destroyed) throw new Error("The stream was destroyed");
  };
  return {
    async write(chunk) {
      check();
      if (stream.write(chunk)) return;
      await firstOf(stream, "drain", "close");
      check();
    },
    async close() {
      check();
      stream.end();
      if (!stream.writableFinished) await firstOf(stream, "finish", "close");
      if (failure !== undefined) throw failure.error;
      if (!stream.writableFinished) throw new Error("The stream was destroyed");
    },
    abort(reason) {
      stream.destroy(errorOf(reason));
    },
    onFailed(callback) {
      stream.on(
        "close",
        () => stream.writableFinished || callback(failure === undefined ? new Error("The stream was destroyed") : failure.error),
      );
    },
  };
}

/** Waits for one of two events, or for 'error', which rejects. */
async function firstOf(stream: EventEmitter, wanted: string, orElse: string): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    await Promise.race([once(stream, wanted, { signal }), once(stream, orElse, { signal })]);
  } finally {
    controller.abort();
  }
}
