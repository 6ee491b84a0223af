// What users get for a stream of the far side: an async generator, a Web stream or a Node stream over
// a consumer. When it is dropped unread, collection cancels it.
import type { Host } from "../host.ts";
import type { Consumer } from "./consumer.ts";

/** How a stream was made over there, so that the same comes out here. */
export type SourceKind = "iterable" | "generator" | "readable" | "bytes" | "node" | "nodeObjects";

const abandoned = new FinalizationRegistry<Consumer>((consumer) => void consumer.return().catch(ignore));

/** Nobody is left who could be told how leaving went. */
function ignore(): void {}

/** An async generator whose steps run on the far side. */
class RemoteGenerator implements AsyncGenerator<unknown, unknown, unknown> {
  readonly #consumer: Consumer;

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
    abandoned.register(this, consumer);
  }

  next(...args: [] | [unknown]): Promise<IteratorResult<unknown>> {
    return this.#consumer.next(...args);
  }

  return(value?: unknown): Promise<IteratorResult<unknown>> {
    return this.#consumer.return(value);
  }

  throw(error?: unknown): Promise<IteratorResult<unknown>> {
    return this.#consumer.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

export function toPublicStream(consumer: Consumer, kind: SourceKind, host: Host): object {
  switch (kind) {
    case "iterable":
    case "generator":
      return new RemoteGenerator(consumer);
    case "readable":
    case "bytes":
      return toReadableStream(consumer, kind === "bytes");
    case "node":
    case "nodeObjects":
      return host.toReadable(new RemoteGenerator(consumer), kind === "nodeObjects");
  }
}

function toReadableStream(consumer: Consumer, bytes: boolean): ReadableStream {
  const pull = async (controller: ReadableStreamDefaultController | ReadableByteStreamController): Promise<void> => {
    const step = await consumer.next();
    if (step.done === true) {
      controller.close();
      if ("byobRequest" in controller) controller.byobRequest?.respond(0);
    } else {
      controller.enqueue(step.value as Uint8Array<ArrayBuffer>);
    }
  };
  const cancel = async (reason: unknown): Promise<void> => void (await consumer.return(reason));
  const stream = bytes ? new ReadableStream({ type: "bytes", pull, cancel }) : new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  abandoned.register(stream, consumer);
  return stream;
}
