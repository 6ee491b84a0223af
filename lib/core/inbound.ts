// What arrives, handed to whoever it concerns. The mirror of the encoder: one method a message.
import type { Incoming } from "./codec.ts";
import type { DeferredArguments } from "./deferred.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { ProtocolError } from "./errors.ts";
import type { Exports } from "./exports.ts";
import type { Handshake } from "./handshake.ts";
import type { CallHeaders, CallOp, Hello, MemberPath, Messages, TargetKind } from "./messages.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { Outbox } from "./outbox.ts";
import type { Passing } from "./passing.ts";
import type { StreamTable } from "./streams/stream-table.ts";

/** Answers above so many bytes are not kept on the far side just because a call might start at them. */
const LARGE_ANSWER = 16 * 1024;

export interface InboundParts {
  readonly handshake: Handshake;
  readonly calls: OpenCalls;
  readonly dispatcher: Dispatcher;
  readonly passing: Passing;
  readonly exports: Exports;
  readonly streams: StreamTable;
  readonly outbox: Outbox;
  readonly incoming: () => Incoming;
  readonly onGoAway: (data: unknown) => void;
  readonly onBye: (error: unknown) => void;
  readonly onPing: (id: number) => void;
  readonly onPong: (id: number) => void;
}

export class Inbound implements Messages {
  readonly #parts: InboundParts;
  readonly #calls: OpenCalls;
  readonly #dispatcher: Dispatcher;
  readonly #handshake: Handshake;

  constructor(parts: InboundParts) {
    this.#parts = parts;
    this.#calls = parts.calls;
    this.#dispatcher = parts.dispatcher;
    this.#handshake = parts.handshake;
  }

  hello(hello: Hello): void {
    this.#handshake.onHello(hello);
  }

  auth(data: unknown): void {
    this.#handshake.onAuth(data);
  }

  goAway(data: unknown): void {
    this.#checkOpen();
    this.#parts.onGoAway(data);
  }

  bye(error: unknown): void {
    this.#parts.onBye(error);
  }

  acknowledge(bytes: number, calls: number): void {
    this.#checkOpen();
    if (!this.#parts.outbox.acknowledge(bytes)) throw new ProtocolError(`${bytes} bytes were acknowledged, which is not what was sent`);
    this.#calls.accepted = calls;
  }

  ping(id: number): void {
    this.#parts.onPing(id);
  }

  pong(id: number): void {
    this.#parts.onPong(id);
  }

  call(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    args: readonly unknown[] | DeferredArguments,
  ): void {
    this.#checkOpen();
    this.#dispatcher.call(id, op, kind, target, path, flags, headers, depth, args);
  }

  result(id: number, value: unknown): void {
    this.#settle(id, false, value);
  }

  failure(id: number, thrown: unknown): void {
    this.#settle(id, true, thrown);
  }

  abort(id: number, reason: unknown): void {
    this.#dispatcher.abort(id, reason);
  }

  forget(id: number): void {
    this.#dispatcher.forget(id);
  }

  release(id: number, count: number): void {
    this.#parts.exports.release(id, count);
  }

  settle(id: number, rejected: boolean, value: unknown): void {
    this.#parts.passing.promises.onSettle(id, rejected, value);
  }

  fire(id: number, reason: unknown): void {
    this.#parts.passing.signals.onFire(id, reason);
  }

  never(id: number): void {
    this.#parts.passing.signals.onNever(id);
  }

  item(id: number, sendersNumber: boolean, value: unknown): void {
    const { streams, incoming } = this.#parts;
    streams.consumer(id, sendersNumber).onItem(value, incoming().frameLength);
  }

  end(id: number, sendersNumber: boolean, value: unknown): void {
    this.#parts.streams.consumer(id, sendersNumber).onEnd(value);
  }

  fail(id: number, sendersNumber: boolean, reason: unknown): void {
    this.#parts.streams.consumer(id, sendersNumber).onFail(reason);
  }

  credit(id: number, sendersNumber: boolean, items: number, bytes: number, value: unknown, hasValue: boolean): void {
    this.#parts.streams.producer(id, sendersNumber)?.onCredit(items, bytes, value, hasValue);
  }

  cancel(id: number, sendersNumber: boolean, thrown: boolean, value: unknown): void {
    this.#parts.streams.producer(id, sendersNumber)?.onCancel(thrown, value);
  }

  #settle(id: number, rejected: boolean, value: unknown): void {
    const { incoming, passing } = this.#parts;
    const { frameLength, lives } = incoming();
    if (lives.length !== 0 && !this.#calls.isAwaited(id)) passing.drop(lives);
    if (!this.#calls.settle(id, rejected, value, lives.length !== 0 || frameLength > LARGE_ANSWER))
      throw new ProtocolError(`An answer came for call ${id}, which was never made`);
  }

  #checkOpen(): void {
    if (!this.#handshake.open) throw new ProtocolError("Something was sent before both sides had said hello");
  }
}
