// A conversation means the same wherever the bytes of it are cut in two.
import { expect, it } from "vitest";
import { Session } from "../../lib/core/session.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { pathOf, type Told, twoEnds } from "../wire/two-ends.ts";
import { FedTransport } from "../fixtures/fed-transport.mjs";

const api = {
  echo: (...values: unknown[]) => values,
  later: async (value: unknown) => value,
  fail(): never {
    throw new RangeError("no");
  },
  *numbers() {
    yield* [1, 2];
    return "end";
  },
  box: { get: () => "nested" },
};

/** What a far side says, of every kind: values in place and as text of devalue, streams, references, aborts, a one-way call. */
function conversation(): Uint8Array {
  const { out } = twoEnds();
  const say = (name: string, ...args: unknown[]): void =>
    out.call(0, "call", "reference", 0, pathOf(...name.split(".")), 0, undefined, 0, args);
  out.hello({ version: 1, epoch: "e", limits: { text: 100_000, binary: 100_000, window: 1_000_000 }, handles: false });
  say("echo", 1, "text", new Uint8Array([1, 2, 3]), { nested: [true, null] });
  say("echo", new Map([["key", new Set([1])]]), "wide: 日本", 10n ** 30n);
  say("later", "l".repeat(600));
  say("fail");
  say("numbers");
  say("box.get");
  say("missing");
  out.credit(1, false, 10, 1_000, undefined, false);
  out.abort(3, "enough");
  out.ping(7);
  return Uint8Array.from(out.take(true));
}

async function answersTo(parts: readonly Uint8Array[]): Promise<Told[]> {
  const transport = new FedTransport();
  const session = new Session({ transport, host: nodeHost, codec: wireCodec, options: { errors: "public" } });
  session.expose(api);
  session.start();
  for (const part of parts) transport.feed(part);
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
  const { incoming, told } = twoEnds();
  for (const bytes of transport.sent) incoming.receive(bytes, undefined, true);
  session.connection.destroy();
  // When it acknowledges is its own matter, and its epoch is new each time.
  return told.filter(([name]) => name !== "acknowledge" && name !== "hello");
}

it("wherever it is cut", { timeout: 60_000 }, async () => {
  const bytes = conversation();
  const whole = sorted(await answersTo([bytes]));
  expect(new Set(whole.map(([name]) => name))).toEqual(new Set(["result", "failure", "item", "end", "pong"]));
  for (let at = 1; at < bytes.length; at += 1) {
    expect(sorted(await answersTo([bytes.subarray(0, at), bytes.subarray(at)])), `cut at ${at}`).toEqual(whole);
  }
  expect(sorted(await answersTo([...bytes].map((byte) => new Uint8Array([byte]))))).toEqual(whole);
});

/** What is said of one call or stream keeps its order; different ones may overtake each other. */
function sorted(told: readonly Told[]): Told[] {
  return told.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}

function keyOf([name, id]: Told): string {
  const about = name === "item" || name === "end" ? "stream" : name === "pong" ? "pong" : "call";
  return `${about} ${String(id).padStart(5, "0")}`;
}
