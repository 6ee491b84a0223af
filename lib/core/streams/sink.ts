// Streams that the far side writes to. The side that has the real stream consumes; the other gets a
// stream of the same kind that sends what is written, as far as there is credit.
import { ProtocolError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Consumer } from "./consumer.ts";
import type { Writing } from "./local-streams.ts";
import type { StreamEnd, StreamLink } from "./stream-table.ts";

export type SinkKind = "writable" | "node";

/** Takes over a Web stream's writer. Throws if the stream is locked. */
export function webWriting(stream: WritableStream): Writing & { release(): void } {
  const writer = stream.getWriter();
  return {
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
    abort: (reason) => void writer.abort(reason).catch(ignore),
    onFailed: (failed) => void writer.closed.catch((reason: unknown) => failed(reason)),
    release: () => writer.releaseLock(),
  };
}

function ignore(): void {}

/** Writes what arrives to the real stream, one after the other, and tells the far side when it is closed. */
export async function drainInto(consumer: Consumer, link: StreamLink, writing: Writing): Promise<void> {
  let isOver = false;
  const fail = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    link.cancel(true, error);
    consumer.return().catch(ignore);
  };
  writing.onFailed(fail);
  for (;;) {
    let step: IteratorResult<unknown>;
    try {
      step = await consumer.next();
    } catch (reason) {
      if (!isOver) writing.abort(reason);
      isOver = true;
      return;
    }
    if (isOver) return;
    try {
      if (step.done !== true) {
        await writing.write(step.value);
        continue;
      }
      await writing.close();
      isOver = true;
      // No credit is needed after the end: this says that the stream is closed.
      link.credit(0, 0);
    } catch (error) {
      fail(error);
    }
    return;
  }
}

/** The half that sends what is written here. */
export class SinkProducer implements StreamEnd, Writing {
  readonly #link: StreamLink;
  #items = 0;
  #bytes = 0;
  #error: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;
  #onFailed: ((reason: unknown) => void) | undefined;
  #closing: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;

  constructor(link: StreamLink) {
    this.#link = link;
  }

  async write(chunk: unknown): Promise<void> {
    const { pace } = this.#link;
    while (this.#error === undefined) {
      const isReady = this.#items > 0 && this.#bytes > 0;
      if (isReady && !pace.isCongested) {
        this.#items -= 1;
        this.#bytes -= this.#send(chunk);
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        // The far side may have given credit that it does not mean.
        if (isReady) pace.rest(resolve);
      });
    }
    throw this.#error.reason;
  }

  close(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error.reason);
    return new Promise((resolve, reject) => {
      this.#closing = { resolve, reject };
      this.#link.endKept(undefined);
    });
  }

  abort(reason: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = { reason };
    // After the end nothing may be said; what the far side still says of it comes too late.
    if (this.#closing === undefined) return this.#link.fail(reason);
    this.#link.forget();
    this.#closing.reject(reason);
  }

  onFailed(callback: (reason: unknown) => void): void {
    this.#onFailed = callback;
  }

  onCredit(items: number, bytes: number): void {
    if (this.#closing !== undefined) {
      if (items !== 0) return;
      this.#link.forget();
      this.#closing.resolve();
      return;
    }
    this.#items += items;
    this.#bytes += bytes;
    this.#wake?.();
  }

  /** The real stream failed. */
  onCancel(_thrown: boolean, reason: unknown): void {
    this.#stop(reason);
    if (this.#closing === undefined) this.#link.end(undefined);
    else this.#link.forget();
  }

  onLost(error: Error): void {
    this.#stop(error);
  }

  onItem(): void {
    throw new ProtocolError("An item came for the end of a stream that makes the items");
  }

  onEnd(): void {
    throw new ProtocolError("An end came for the end of a stream that makes the items");
  }

  onFail(): void {
    throw new ProtocolError("A failure came for the end of a stream that makes the items");
  }

  /** One chunk that cannot be sent ends the stream. */
  #send(chunk: unknown): number {
    try {
      return this.#link.item(chunk);
    } catch (error) {
      this.abort(error);
      throw error;
    }
  }

  #stop(reason: unknown): void {
    this.#error ??= { reason };
    this.#wake?.();
    this.#closing?.reject(reason);
    this.#onFailed?.(reason);
  }
}

/** A sink that is dropped unclosed will not be closed any more. */
const abandoned = new FinalizationRegistry<SinkProducer>((producer) => producer.abort(new Error("The stream was dropped unclosed")));

export function toPublicSink(producer: SinkProducer, kind: SinkKind, host: Host): object {
  const stream = kind === "node" ? host.toWritable(producer) : toWebSink(producer);
  abandoned.register(stream, producer);
  return stream;
}

function toWebSink(producer: SinkProducer): WritableStream {
  return new WritableStream({
    start(controller) {
      // Weakly: what is dropped is to be collected, and with it the stream over there.
      const held = new WeakRef(controller);
      producer.onFailed((reason) => held.deref()?.error(reason));
    },
    write: (chunk) => producer.write(chunk),
    close: () => producer.close(),
    abort: (reason) => producer.abort(reason),
  });
}
