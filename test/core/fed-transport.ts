// The near end of a connection whose far end is the test: it takes what it is given for what arrived.
import type { Transport, TransportEvents } from "../../lib/core/transport.ts";

export class FedTransport implements Transport {
  readonly label = "fuzzer";
  readonly carries = { handles: false, sameProcess: false, trustedPeerOnly: false };
  readonly retains = false;
  /** What was sent, in order. */
  readonly sent: Uint8Array[] = [];
  #events: TransportEvents | undefined;

  start(events: TransportEvents): void {
    this.#events = events;
  }
  feed(bytes: Uint8Array): void {
    this.#events?.onReceive(bytes, undefined, false);
  }
  send(bytes: Uint8Array): boolean {
    this.sent.push(Uint8Array.from(bytes));
    return true;
  }
  close(): void {
    this.destroy();
  }
  destroy(): void {
    const events = this.#events;
    this.#events = undefined;
    events?.onEnd({ reason: "closed" });
  }
  ref(): void {}
  unref(): void {}
}
