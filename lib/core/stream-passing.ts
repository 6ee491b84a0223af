// Which values are streams, how each is opened on its own side, and what it becomes on the other.
import { ProtocolError, UnserializableError } from "./errors.ts";
import type { Host } from "./host.ts";
import { type Slot, SlotKind } from "./messages.ts";
import type { Presenter } from "./presenter.ts";
import { Consumer, type Window } from "./streams/consumer.ts";
import type { Pullable } from "./streams/local-streams.ts";
import { Producer } from "./streams/producer.ts";
import { type SourceKind, toPublicStream } from "./streams/remote-stream.ts";
import { drainInto, type SinkKind, SinkProducer, toPublicSink, webWriting } from "./streams/sink.ts";
import type { StreamTable } from "./streams/stream-table.ts";

const SOURCE_KINDS: readonly SourceKind[] = ["iterable", "generator", "readable", "bytes", "node", "nodeObjects"];
const SINK_KINDS: readonly SinkKind[] = ["writable", "node"];

export class StreamPassing {
  readonly #table: StreamTable;
  readonly #host: Host;
  readonly #window: Window;
  readonly #onError: (error: unknown) => void;
  /** How to take back what introducing a stream did, until its message is written. */
  readonly #undo = new Map<number, () => void>();

  constructor(table: StreamTable, host: Host, window: Window, onError: (error: unknown) => void) {
    this.#table = table;
    this.#host = host;
    this.#window = window;
    this.#onError = onError;
  }

  /** The message is written, or given up. */
  messageDone(): void {
    if (this.#undo.size !== 0) this.#undo.clear();
  }

  toSlot(value: object): Slot {
    if (value instanceof WritableStream) return this.#introduceSink(value, "writable");
    if (value instanceof ReadableStream) return this.#introduceWebSource(value);
    const kind = this.#host.nodeStreamKind(value);
    if (kind === "duplex")
      throw new UnserializableError("A Duplex is two streams; send its readable and its writable half (stream.Duplex.toWeb)", "");
    if (kind === "writable") return this.#introduceSink(value, "node");
    if (kind === "readable") {
      const objects = (value as { readableObjectMode?: boolean }).readableObjectMode === true;
      const source = this.#host.fromReadable(value);
      return this.#introduceSource(objects ? "nodeObjects" : "node", source, () => source.release());
    }
    if (typeof (value as { next?: unknown }).next === "function") return this.#introduceSource("generator", value as Pullable);
    return this.#introduceSource("iterable", () => (value as AsyncIterable<unknown>)[Symbol.asyncIterator]() as Pullable);
  }

  /** The message that introduced the stream could not be sent. */
  undo(slot: Slot): void {
    this.#undo.get(slot.id)?.();
    this.#undo.delete(slot.id);
    this.#table.retract(slot.id);
  }

  fromSlot(slot: Slot, presenter: Presenter | undefined): object {
    if (slot.kind === SlotKind.sink) {
      const kind = SINK_KINDS[slot.extra as number];
      if (kind === undefined) throw new ProtocolError("A stream of unknown kind");
      let producer: SinkProducer | undefined;
      this.#table.receive(slot.id, (link) => (producer = new SinkProducer(link)));
      return toPublicSink(producer!, kind, this.#host);
    }
    const kind = SOURCE_KINDS[slot.extra as number];
    if (kind === undefined || slot.kind !== SlotKind.source) throw new ProtocolError("A stream of unknown kind");
    let consumer: Consumer | undefined;
    const stepwise = kind === "generator" || kind === "iterable";
    this.#table.receive(slot.id, (link) => (consumer = new Consumer(link, this.#window, stepwise, presenter)));
    return presenter?.streamOf(consumer!) ?? toPublicStream(consumer!, kind, this.#host);
  }

  #introduceSource(kind: SourceKind, source: Pullable | (() => Pullable), undo?: () => void): Slot {
    const id = this.#table.introduce((link) => new Producer(link, source, this.#onError));
    if (undo !== undefined) this.#undo.set(id, undo);
    return { kind: SlotKind.source, id, extra: SOURCE_KINDS.indexOf(kind) };
  }

  #introduceWebSource(stream: ReadableStream): Slot {
    if (stream.locked) throw new UnserializableError("The ReadableStream is locked to a reader; send it before it is read", "");
    const bytes = isByteStream(stream);
    const reader = stream.getReader();
    return this.#introduceSource(bytes ? "bytes" : "readable", readerPullable(reader), () => reader.releaseLock());
  }

  #introduceSink(value: object, kind: SinkKind): Slot {
    if (value instanceof WritableStream && value.locked)
      throw new UnserializableError("The WritableStream is locked to a writer; send it before it is written to", "");
    const web = value instanceof WritableStream ? webWriting(value) : undefined;
    let isUndone = false;
    const id = this.#table.introduce((link) => {
      const consumer = new Consumer(link, this.#window, false);
      // Started when the message is out: the credit must not be sent before the stream is known there.
      this.#host.afterMicrotasks(() => {
        if (!isUndone) drainInto(consumer, link, web ?? this.#host.fromWritable(value)).catch(this.#onError);
      });
      return consumer;
    });
    this.#undo.set(id, () => {
      isUndone = true;
      web?.release();
    });
    return { kind: SlotKind.sink, id, extra: SINK_KINDS.indexOf(kind) };
  }
}

/** Only a byte stream lets itself be read with a reader of the caller's own buffers. */
function isByteStream(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

function readerPullable(reader: ReadableStreamDefaultReader): Pullable {
  const leave = (reason: unknown): Promise<IteratorResult<unknown>> => reader.cancel(reason).then(() => ({ done: true, value: undefined }));
  return { next: () => reader.read() as Promise<IteratorResult<unknown>>, return: leave, throw: leave };
}
