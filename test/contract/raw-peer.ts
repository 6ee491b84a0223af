// The near end of a connection spoken to in frames, past everything that keeps ourselves from sending what is forbidden.
import type { Incoming, Outgoing, SlotTable } from "../../lib/core/codec.ts";
import type { Hello, MemberPath, Messages, Slot } from "../../lib/core/messages.ts";
import type { Transport, TransportEnd } from "../../lib/core/transport.ts";
import type { PassingPolicy } from "../../lib/core/values.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import type { FarPlace } from "./places.ts";

/** A live value, written as exactly this slot. */
export class RawSlot {
  readonly slot: Slot;
  constructor(kind: Slot["kind"], id: number, extra?: unknown) {
    this.slot = { kind, id, extra };
  }
}

/** One message that came: its name and what was in it. */
export type Heard = readonly [name: string, ...args: unknown[]];

const policy: PassingPolicy = {
  publicErrors: false,
  isLive: (value) => value instanceof RawSlot,
  classCodecOf: () => undefined,
  classCodecNamed: () => undefined,
};
const slots: SlotTable = {
  toSlot: (live) => (live as RawSlot).slot,
  undoSlot() {},
  messageDone() {},
  reviving() {},
  // Slots come out as they came.
  fromSlot: (slot) => slot,
};
const LIMITS = { text: 2 ** 26, binary: 2 ** 26, depth: 1000, nodes: 2 ** 20 };

export class RawPeer {
  readonly place: FarPlace;
  readonly heard: Heard[] = [];
  readonly ended: Promise<TransportEnd>;
  readonly #transport: Transport;
  readonly #out: Outgoing = wireCodec.outgoing(policy, slots);
  readonly #incoming: Incoming;
  #wake: () => void = () => {};
  #lastCall = 0;
  #isOver = false;

  constructor(transport: Transport, place: FarPlace) {
    this.#transport = transport;
    this.place = place;
    const receiver = new Proxy({} as Messages, {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          void this.heard.push([String(name), ...args]),
    });
    this.#incoming = wireCodec.incoming({ policy, slots, receiver, limits: LIMITS, shouldYield: () => false });
    this.ended = new Promise((resolve) => {
      transport.start({
        onReceive: (bytes, handles, owned) => {
          this.#incoming.receive(bytes, handles, owned);
          this.#wake();
        },
        onDrain() {},
        onEnd: (end) => {
          this.#isOver = true;
          resolve(end);
          this.#wake();
        },
      });
    });
  }

  /** Says hello as a session would, and waits for the far side's. */
  async hello(changes: Partial<Hello> = {}): Promise<void> {
    const limits = { text: 2 ** 26, binary: 2 ** 26, window: 2 ** 23 };
    this.send((out) => out.hello({ version: 1, epoch: "raw", limits, handles: false, ...changes }));
    await this.hears("hello");
  }

  /** Sends what `write` writes. */
  send(write: (out: Outgoing) => void): void {
    write(this.#out);
    this.#transport.send(this.#out.take(true));
  }

  /** The bytes of what `write` writes. */
  bytesOf(write: (out: Outgoing) => void): Uint8Array {
    write(this.#out);
    return Uint8Array.from(this.#out.take(true));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#transport.send(bytes);
  }

  /** Makes a call past all proxies; answers its number. */
  call(names: readonly string[], args: readonly unknown[] = [], op: Parameters<Messages["call"]>[1] = "call", target = 0): number {
    const id = ++this.#lastCall;
    const path: MemberPath = { names, interned: 0 };
    this.send((out) => out.call(id, op, "reference", target, path, 0, undefined, 0, args));
    return id;
  }

  /** How call `id` was answered. */
  async answer(id: number): Promise<{ readonly rejected: boolean; readonly value: unknown }> {
    const isAnswer = ([name, to]: Heard): boolean => (name === "result" || name === "failure") && to === id;
    await this.#until(() => this.heard.some(isAnswer));
    const [name, , value] = this.heard.find(isAnswer)!;
    return { rejected: name === "failure", value };
  }

  /** The first message of that name, once it is here. */
  async hears(name: string): Promise<Heard> {
    await this.#until(() => this.heard.some(([heard]) => heard === name));
    return this.heard.find(([heard]) => heard === name)!;
  }

  /** Sends what was sent, then ends. */
  close(): void {
    this.#transport.close();
  }

  destroy(): void {
    this.#transport.destroy();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#isOver) throw new Error(`The connection ended; heard: ${JSON.stringify(this.heard.map(([name]) => name))}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
