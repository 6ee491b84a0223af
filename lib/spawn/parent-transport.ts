// The transport to whoever started this thread or process. It listens from the first moment, while the module is still
// loading and there is no session, so that this side learns of the parent's end; and it tells how the connection ended.
import type { Carries, Handle, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import { isBlockingTransport } from "../transports/blocking.ts";
import type { Received } from "../transports/blocking.ts";

/** `closed`: one of the two sides ended the connection. `lost`: the parent is gone, or let go without a word. */
export type ParentEnd = "closed" | "lost";

interface Early {
  readonly bytes: Uint8Array;
  readonly handles: readonly unknown[] | undefined;
}

export class ParentTransport implements Transport {
  readonly label: string;
  readonly carries: Carries;
  readonly retains: boolean | number;
  /** Where the parent can be waited for. */
  readonly receiveSync?: (timeoutMs: number) => Received;
  readonly #inner: Transport;
  readonly #onEnd: (how: ParentEnd) => void;
  #events: TransportEvents | undefined;
  #isClosing = false;
  /** What came before there was a session: the parent's hello. */
  #early: Early[] = [];
  #end: TransportEnd | undefined;

  constructor(inner: Transport, onEnd: (how: ParentEnd) => void) {
    this.#inner = inner;
    this.#onEnd = onEnd;
    this.label = inner.label;
    this.carries = inner.carries;
    this.retains = inner.retains;
    if (isBlockingTransport(inner)) this.receiveSync = (timeoutMs) => (this.#deliverEarly() ? "received" : inner.receiveSync(timeoutMs));
    inner.start({
      onReceive: (bytes, handles, owned) => this.#onReceive(bytes, handles, owned),
      onDrain: () => this.#events?.onDrain(),
      onEnd: (end) => this.#onInnerEnd(end),
    });
  }

  start(events: TransportEvents): void {
    this.#events = events;
    setImmediate(() => this.#deliverEarly());
  }

  send(bytes: Uint8Array, handles?: readonly Handle[], isWhole?: boolean): boolean {
    return this.#inner.send(bytes, handles, isWhole);
  }

  pause(): void {
    this.#inner.pause?.();
  }

  resume(): void {
    this.#inner.resume?.();
  }

  flushSync(): void {
    this.#inner.flushSync?.();
  }

  close(): void {
    this.#isClosing = true;
    this.#inner.close();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#inner.destroy();
  }

  ref(): void {
    this.#inner.ref();
  }

  unref(): void {
    this.#inner.unref();
  }

  #onReceive(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): void {
    if (this.#events !== undefined && this.#early.length === 0) return this.#events.onReceive(bytes, handles, owned);
    this.#early.push({ bytes: owned ? bytes : bytes.slice(), handles });
  }

  #deliverEarly(): boolean {
    const events = this.#events;
    if (events === undefined) return false;
    const early = this.#early.splice(0);
    for (const { bytes, handles } of early) events.onReceive(bytes, handles, true);
    const end = this.#end;
    this.#end = undefined;
    if (end !== undefined) events.onEnd(end);
    return early.length !== 0 || end !== undefined;
  }

  #onInnerEnd(end: TransportEnd): void {
    const how = this.#isClosing ? "closed" : "lost";
    // The session first, so that what is running here hears of it before this side ends.
    if (this.#events !== undefined && this.#early.length === 0) this.#events.onEnd(end);
    else this.#end = end;
    this.#onEnd(how);
  }
}
