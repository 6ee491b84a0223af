// What a transport offers beside events to those who cannot wait for them: to be asked. The blocking client stands
// in `receiveSync` while its event loop does nothing.
import type { Transport, TransportEnd } from "../core/transport.ts";

/** What came of asking. */
export type Received = "received" | "timeout" | "ended";

/** A transport that can be waited for by blocking the thread. In between it works by events, like any other. */
export interface BlockingTransport extends Transport {
  /**
   * Blocks until one piece was handed to `onReceive`, or the connection ended (after `onEnd`), or the time
   * is over, whichever is first. Gives the medium what it has room for meanwhile, and calls `onDrain`.
   *
   * May be called from within `onReceive`, to any depth. What was lent to the outer `onReceive` is lost once the
   * inner one has returned, so the receiver keeps what it has not looked at yet.
   *
   * @param timeoutMs `Infinity` waits for as long as it takes
   */
  receiveSync(timeoutMs: number): Received;
}

export function isBlockingTransport(transport: Transport): transport is BlockingTransport {
  return typeof (transport as Partial<BlockingTransport>).receiveSync === "function";
}

/** What became of the thread on the far side, as somebody sees who watches it. */
export interface Fate {
  /** How it ended; undefined while it lives. Can be asked while this thread's event loop stands still. */
  read(): TransportEnd | undefined;
  /** The same for those who can wait. */
  readonly known: Promise<TransportEnd>;
}
