// Calls with a key, said in frames: which of them run again.
import { expect, it } from "vitest";
import { Replays } from "../../lib/core/replays.ts";
import { Session } from "../../lib/core/session.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { pathOf, twoEnds } from "../wire/two-ends.ts";
import { FedTransport } from "../fixtures/fed-transport.mjs";

it.each([
  ["a short answer is remembered, on whichever connection its key comes again", "text", ["text"]],
  ["a long one is not, and the call runs again", "x".repeat(70_000), ["x".repeat(70_000), "x".repeat(70_000)]],
])("%s", async (_, answer, expected) => {
  const ran: string[] = [];
  const api = { run: (text: string) => (ran.push(text), text) };
  const replays = new Replays(() => performance.now());
  for (let connection = 0; connection < 2; connection += 1) {
    const transport = new FedTransport();
    const session = new Session({ transport, host: nodeHost, codec: wireCodec, options: {}, replays: () => replays });
    session.expose(api);
    session.start();
    const { out, incoming, told } = twoEnds();
    out.hello({ version: 1, epoch: "e", limits: { text: 100_000, binary: 100_000, window: 1_000_000 }, handles: false });
    out.call(0, "call", "reference", 0, pathOf("run"), 0, { key: "1" }, 0, [answer]);
    transport.feed(Uint8Array.from(out.take(true)));
    await new Promise(setImmediate);
    for (const bytes of transport.sent) incoming.receive(bytes, undefined, true);
    expect(told.filter(([name]) => name === "result")).toEqual([["result", 1, answer]]);
    session.connection.destroy();
  }
  expect(ran).toEqual(expected);
});
