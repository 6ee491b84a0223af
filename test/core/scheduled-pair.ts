// Two ends of a connection in one thread, between which each message arrives when a scheduler says so. In each direction
// messages keep their order; everything else may come in any.
import type fc from "fast-check";
import { Session } from "../../lib/core/session.ts";
import type { ConnectionOptions } from "../../lib/core/options.ts";
import type { Carries, Transport, TransportEnd, TransportEvents } from "../../lib/core/transport.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { wireCodec } from "../../lib/wire/codec.ts";

class ScheduledEnd implements Transport {
  readonly label: string;
  readonly carries: Carries = { handles: false, sameProcess: true, trustedPeerOnly: false };
  readonly retains = false;
  peer!: ScheduledEnd;
  readonly #scheduler: fc.Scheduler;
  #events: TransportEvents | undefined;
  /** What is on its way here. The end is the last. */
  readonly #arriving: (Uint8Array | TransportEnd)[] = [];
  #isClosed = false;

  constructor(label: string, scheduler: fc.Scheduler) {
    this.label = label;
    this.#scheduler = scheduler;
  }

  start(events: TransportEvents): void {
    this.#events = events;
  }

  send(bytes: Uint8Array): boolean {
    if (!this.#isClosed) this.peer.#expect(Uint8Array.from(bytes));
    return true;
  }

  close(): void {
    this.#end("closed");
  }

  destroy(): void {
    this.#end("destroyed");
  }

  ref(): void {}
  unref(): void {}

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.peer.#expect({ reason: "the far side closed the connection" });
    const events = this.#events;
    this.#events = undefined;
    setImmediate(() => events?.onEnd({ reason }));
  }

  #expect(what: Uint8Array | TransportEnd): void {
    this.#arriving.push(what);
    void this.#scheduler.schedule(Promise.resolve(), `to ${this.label}`).then(() => this.#deliver());
  }

  #deliver(): void {
    const what = this.#arriving.shift();
    const events = this.#events;
    if (events === undefined || what === undefined) return;
    if (what instanceof Uint8Array) return events.onReceive(what, undefined, true);
    this.#events = undefined;
    this.#isClosed = true;
    events.onEnd(what);
  }
}

export interface ScheduledPair {
  readonly near: Session;
  readonly far: Session;
}

/** Two sessions that know each other already; from here on the scheduler decides. */
export async function scheduledPair(
  scheduler: fc.Scheduler,
  nearApi: object,
  farApi: object,
  options: ConnectionOptions = {},
): Promise<ScheduledPair> {
  const one = new ScheduledEnd("far", scheduler);
  const two = new ScheduledEnd("near", scheduler);
  one.peer = two;
  two.peer = one;
  const near = new Session({ transport: one, host: nodeHost, codec: wireCodec, options });
  const far = new Session({ transport: two, host: nodeHost, codec: wireCodec, options });
  near.expose(nearApi);
  far.expose(farApi);
  near.start();
  far.start();
  await scheduler.waitFor(Promise.all([near.connection.ready, far.connection.ready]));
  return { near, far };
}
