// How values pass in one session: turns the live values of a message into slots on the way out, and slots into
// proxies, streams, signals and promises on the way in. What is live at all, the rules above it decide.
import type { SlotTable } from "./codec.ts";
import { Deferred } from "./deferred.ts";
import { ProtocolError, StaleReferenceError, UnserializableError } from "./errors.ts";
import type { Exports } from "./exports.ts";
import { fromHandle, handleSlot, Moved } from "./handles.ts";
import type { Host } from "./host.ts";
import { Base, type ImportRecord, type Imports } from "./imports.ts";
import { LiveRules } from "./live-rules.ts";
import { isMarked, RemoteObject } from "./marks.ts";
import { type Slot, SlotKind } from "./messages.ts";
import { nodeOf, type Peer } from "./node.ts";
import type { ConnectionOptions, Limits } from "./options.ts";
import type { PendingCall } from "./pending-call.ts";
import type { Presenter } from "./presenter.ts";
import { Promises } from "./promises.ts";
import { proxyOf } from "./proxy.ts";
import { RemotePromise } from "./remote-promise.ts";
import { Signals } from "./signals.ts";
import type { StreamPassing } from "./stream-passing.ts";

/** What passing needs of the session that it works for. */
export interface PassingParts {
  readonly peer: Peer;
  readonly host: Host;
  readonly exports: Exports;
  readonly imports: Imports;
  readonly streams: StreamPassing;
  readonly options: ConnectionOptions;
  readonly limits: Limits;
  readonly handles: () => boolean;
  /** Whether a call to be sent now may start at the result of `call`; marks it if so. */
  readonly pipeline: (call: PendingCall) => boolean;
  /** What the peer's call `id` answers, when it is used as an argument. */
  readonly resultOf: (id: number) => PromiseLike<unknown>;
  readonly fire: (id: number, reason: unknown) => void;
  readonly never: (id: number) => void;
  readonly settle: (id: number, rejected: boolean, value: unknown) => void;
  /** The root of the far side, when it sends its own root home. */
  readonly root: () => Base;
  /** This thread stands still in a blocking call. */
  readonly isStanding: () => boolean;
  /** Who shows what comes with an answer, an item or another message, if not the core. */
  readonly presenterOf: (what: "answer" | "item" | "other", id: number, sendersNumber: boolean) => Presenter | undefined;
}

const MAX_NAME = 64;
/** A promise's slot says so where its value takes its place before the member runs. */
const REPLACED = 1;

export class Passing extends LiveRules implements SlotTable {
  readonly signals: Signals;
  readonly promises: Promises;
  readonly #parts: PassingParts;
  /** Objects that the peer constructed: it owns them. */
  readonly #constructed = new WeakSet<object>();
  #anyConstructed = false;
  /** Shows what comes with the message under way. */
  #presenter: Presenter | undefined = undefined;

  constructor(parts: PassingParts) {
    super(parts.host, parts.options);
    this.#parts = parts;
    const { references: limit } = parts.limits;
    this.signals = new Signals({ limit, fire: parts.fire, never: parts.never });
    this.promises = new Promises({ limit, settle: parts.settle });
  }

  /** The peer made this object and owns it, unless it was there before. */
  own(value: object): void {
    if (isMarked(value) || this.#parts.exports.has(value)) return;
    this.#constructed.add(value);
    this.#anyConstructed = true;
  }

  /** Whether the peer made this object. */
  owns(value: object): boolean {
    return this.#anyConstructed && this.#constructed.has(value);
  }

  override isLive(value: object): boolean {
    return super.isLive(value) || this.owns(value) || this.#parts.exports.has(value);
  }

  override messageDone(): void {
    super.messageDone();
    this.signals.messageDone();
    this.#parts.streams.messageDone();
  }

  toSlot(live: object, handles: object[]): Slot {
    const origin = nodeOf(live);
    if (origin !== undefined && origin.path.names.length === 0 && origin.origin instanceof Base && origin.origin.peer === this.#parts.peer)
      return this.#home(origin.origin);
    if (live instanceof Moved || (this.moving.size !== 0 && this.isMoving(live))) {
      this.#checkHandles("transfer()", ": leave out transfer()");
      return handleSlot(live instanceof Moved ? live : this.move(live), handles);
    }
    if (live instanceof SharedArrayBuffer) {
      this.#checkHandles("A SharedArrayBuffer", "");
      return handleSlot(new Moved(live, undefined), handles);
    }
    if (typeof live === "function") return this.#export(live, false);
    const call = RemotePromise.callOf(live);
    if (call !== undefined) return this.#pending(call);
    if (isMarked(live) || this.#parts.exports.has(live)) return this.#export(live, this.owns(live) || live instanceof RemoteObject);
    if (live instanceof Promise) return { kind: SlotKind.promise, id: this.promises.send(live), extra: undefined };
    if (live instanceof AbortSignal) return this.#signal(live);
    if (this.owns(live) || live instanceof RemoteObject) return this.#export(live, true);
    if (this.isListed(live)) return this.#export(live, false);
    if (this.isStream(live)) return this.#parts.streams.toSlot(live);
    return this.#export(live, false);
  }

  undoSlot(slot: Slot, live: object): void {
    if (slot.kind === SlotKind.export) this.#parts.exports.retract(slot.id);
    else if (slot.kind === SlotKind.promise) this.promises.retract(slot.id);
    else if (slot.kind === SlotKind.signal && live instanceof AbortSignal) this.signals.retract(live);
    else if (slot.kind === SlotKind.source || slot.kind === SlotKind.sink) this.#parts.streams.undo(slot);
  }

  reviving(what: "answer" | "item" | "other", id: number, sendersNumber: boolean): void {
    this.#presenter = this.#parts.presenterOf(what, id, sendersNumber);
  }

  fromSlot(slot: Slot, handles: readonly unknown[] | undefined): unknown {
    switch (slot.kind) {
      case SlotKind.export:
        return this.#fromExport(slot);
      case SlotKind.home:
        return this.#fromHome(slot.id);
      case SlotKind.value:
        return slot.extra;
      case SlotKind.result:
        return new Deferred(this.#parts.resultOf(slot.id));
      case SlotKind.promise: {
        const deferred = this.promises.receive(slot.id);
        return slot.extra === REPLACED ? deferred : deferred.promise;
      }
      case SlotKind.signal:
        return slot.id === 0 ? AbortSignal.abort((slot.extra as { reason?: unknown } | undefined)?.reason) : this.signals.receive(slot.id);
      case SlotKind.source:
      case SlotKind.sink:
      case SlotKind.duplex:
        return this.#parts.streams.fromSlot(slot, this.#presenter);
      case SlotKind.handle:
        return fromHandle(slot, handles);
    }
  }

  /** A message is not delivered: what its live values introduced is given back. */
  drop(lives: readonly unknown[]): void {
    for (const live of lives) {
      if ((typeof live !== "object" && typeof live !== "function") || live === null || live instanceof Deferred) continue;
      const origin = nodeOf(live)?.origin;
      if (origin instanceof Base) this.#parts.imports.giveBack(origin.record);
      else if (origin === undefined) dropStream(live, this.#parts.host);
    }
  }

  /** The connection is over. */
  clear(error: Error): void {
    this.promises.clear(error);
    this.signals.clear(error);
  }

  #home({ record, peer }: Base): Slot {
    if (record.released) throw new StaleReferenceError(`${peer.label}: a reference that was released cannot be sent home`);
    return { kind: SlotKind.home, id: record.id, extra: undefined };
  }

  #export(value: object, owned: boolean): Slot {
    const record = this.#parts.exports.introduce(value, owned);
    if (this.#parts.isStanding()) record.isForStanding = true;
    return { kind: SlotKind.export, id: record.id, extra: record.count === 1 ? nameOf(value) : undefined };
  }

  /** A call's promise among the arguments: its result takes its place over there before the member runs. */
  #pending(call: PendingCall): Slot {
    call.markHandled();
    if (call.state === "fulfilled") return { kind: SlotKind.value, id: 0, extra: call.value };
    if (this.#parts.pipeline(call)) return { kind: SlotKind.result, id: call.id, extra: undefined };
    return { kind: SlotKind.promise, id: this.promises.send(call.promise), extra: REPLACED };
  }

  #signal(signal: AbortSignal): Slot {
    if (signal.aborted) return { kind: SlotKind.signal, id: 0, extra: { reason: signal.reason as unknown } };
    return { kind: SlotKind.signal, id: this.signals.send(signal), extra: undefined };
  }

  #checkHandles(what: string, how: string): void {
    if (this.#parts.handles()) return;
    throw new UnserializableError(
      `${what} works between threads of one process only (MessagePort, shared memory); to ${this.#parts.peer.label} send a copy${how}.`,
      "",
    );
  }

  #fromExport(slot: Slot): object {
    const { imports, peer, root } = this.#parts;
    const name = typeof slot.extra === "string" ? slot.extra.slice(0, MAX_NAME) : "";
    const base = slot.id === 0 ? root() : imports.receive(slot.id, (record: ImportRecord) => new Base(peer, record, name));
    return this.#presenter?.remoteOf(base) ?? proxyOf(base);
  }

  #fromHome(id: number): object {
    const { exports } = this.#parts;
    const record = id === 0 ? exports.root : exports.get(id);
    if (record === undefined) throw new ProtocolError(`Reference ${id} came home after it was released`);
    return record.value;
  }
}

/** Ends a stream or closes a port that nobody will be given. */
function dropStream(live: object, host: Host): void {
  const ignore = (): void => {};
  if (live instanceof ReadableStream) live.cancel().catch(ignore);
  else if (live instanceof WritableStream) live.abort().catch(ignore);
  else if (host.nodeStreamKind(live) !== undefined) host.fromWritable(live).abort(new Error("The call was refused"));
  else if (Symbol.asyncIterator in live) (live as AsyncGenerator).return(undefined).catch(ignore);
  else if (typeof (live as { close?: unknown }).close === "function") (live as { close(): void }).close();
}

/** What to call it when it is printed on the other side. */
function nameOf(value: object): string | undefined {
  try {
    const name: unknown = typeof value === "function" ? value.name : Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" && name !== "" && name !== "Object" ? name.slice(0, MAX_NAME) : undefined;
  } catch {
    // A getter of the user's that throws says nothing about the value.
    return undefined;
  }
}
