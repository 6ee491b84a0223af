// Node's streams as the core sees them: as iterators of chunks, and as sinks that ask for more.
import { EventEmitter, once } from "node:events";
import { Readable, Writable } from "node:stream";
import { isProxy } from "node:util/types";
import type { Host, StreamKind } from "../core/host.ts";

type Sink = Parameters<Host["toWritable"]>[0];

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
export function toWritable(sink: Sink): Writable {
  return new Writable({
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
}

/** In a tick of its own, so that what a listener throws is an uncaught exception and not an unhandled rejection. */
function settle(promise: Promise<void>, done: (error?: Error | null) => void): void {
  promise.then(
    () => process.nextTick(done),
    (error: unknown) => process.nextTick(done, error),
  );
}

export function fromReadable(readable: object): AsyncIterable<unknown> {
  if (Symbol.asyncIterator in readable) return readable as Readable;
  return new Readable({ objectMode: true }).wrap(readable as NodeJS.ReadableStream);
}

export function fromWritable(writable: object): Sink {
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
      stream.destroy(reason instanceof Error ? reason : new Error("The stream was aborted", { cause: reason }));
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
