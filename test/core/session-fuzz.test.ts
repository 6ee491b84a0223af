// A session that is spoken to in damaged frames, after a hello that is in order: it goes on or ends with a
// ProtocolError, its api does nothing that it was not asked for, and another connection to the same api notices nothing.
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { ProtocolError, RpcError } from "../../lib/core/errors.ts";
import type { Remote } from "../../lib/core/remote.ts";
import { Session } from "../../lib/core/session.ts";
import type { Transport } from "../../lib/core/transport.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { memoryPair } from "../../lib/transports/memory.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { corpus } from "../wire/corpus.ts";
import { damage, damaged } from "../wire/damage.ts";
import { createRandom, mutated, withItsLength } from "../fixtures/mutations.mjs";
import { FedTransport } from "../fixtures/fed-transport.mjs";

const RUNS = 300;
const INPUTS = 1_000;

const secrets: unknown[] = [];
const api = {
  echo: (...values: unknown[]) => values,
  later: async (value: unknown) => value,
  member: (...values: unknown[]) => values.length,
  math: { add: (a: number, b: number) => a + b },
  a: { b: (value: unknown) => value },
  *numbers() {
    yield* [1, 2, 3];
  },
  sink: () => new WritableStream(),
  // Nothing that is allowed leads here.
  _secret: () => secrets.push("_secret"),
};
const options = { limits: { text: 100_000, binary: 100_000, depth: 100, nodes: 10_000, references: 100, streams: 20 } };

function startSession(transport: Transport): Session {
  const session = new Session({ transport, host: nodeHost, codec: wireCodec, options });
  session.expose(api);
  session.start();
  return session;
}

const [near, far] = memoryPair();
startSession(far);
const other = startSession(near);
afterAll(() => other.connection.destroy());

/** Whether it ended since it could not take in what came. Throws if that was for a mistake of ours. */
async function wasRefused(session: Session): Promise<boolean> {
  const { reason, cause } = await session.connection.closed;
  if (cause === undefined || reason.startsWith("the far side")) return false;
  // What is no error of ours is wrapped in one that begins so.
  if (!(cause instanceof ProtocolError)) throw cause;
  if (cause.message.startsWith("What fuzzer sent could not be taken in") && !(cause.cause instanceof RpcError)) throw cause;
  return true;
}

it("very many damaged frames to one session after the other", { timeout: 15_000 + INPUTS }, async () => {
  const { hello, frames } = corpus();
  const seed = Date.now() >>> 0;
  const random = createRandom(seed);
  const before = Object.getOwnPropertyNames(Object.prototype);
  let [sessions, refused] = [0, 0];
  for (let input = 0; input < INPUTS; sessions += 1) {
    const transport = new FedTransport();
    const session = startSession(transport);
    transport.feed(hello);
    // One that bears a hundred is good for no more.
    for (let most = 100; most > 0 && input < INPUTS && !session.ended; most -= 1, input += 1) {
      const frame = frames[random() % frames.length]!;
      transport.feed((random() & 3) === 0 ? frame : mutated(frame, random));
    }
    await new Promise(setImmediate);
    session.connection.destroy();
    if (await wasRefused(session).catch((error: unknown) => Promise.reject(new Error(`Seed ${seed}, input ${input}`, { cause: error }))))
      refused += 1;
    transport.sent.length = 0;
  }
  expect(refused).toBeGreaterThan(sessions / 2);
  expect(secrets).toEqual([]);
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  expect(await (other.connection.remote as Remote<typeof api>).math.add(1, 2)).toBe(3);
});

it("damaged frames to a session", { timeout: 15_000 + RUNS * 50 }, async () => {
  const { hello, frames } = corpus();
  const pick = fc.nat(frames.length - 1);
  const before = Object.getOwnPropertyNames(Object.prototype);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(pick, fc.option(damage), fc.boolean()), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 200 }),
      async (picked, size) => {
        const transport = new FedTransport();
        const session = startSession(transport);
        transport.feed(hello);
        const bytes = Buffer.concat(
          picked.map(([index, changes, isFramed]) => {
            const frame = changes === null ? frames[index]! : damaged(frames[index]!, changes);
            return isFramed ? withItsLength(frame) : frame;
          }),
        );
        for (let at = 0; at < bytes.length; at += size) transport.feed(bytes.subarray(at, at + size));
        await new Promise(setImmediate);
        const { exports, streams, runningCalls } = session.connection.stats();
        expect(exports).toBeLessThanOrEqual(options.limits.references);
        expect(streams).toBeLessThanOrEqual(options.limits.streams);
        expect(runningCalls).toBeLessThanOrEqual(4);
        session.connection.destroy();
        if (await wasRefused(session)) refused += 1;
      },
    ),
    { numRuns: RUNS },
  );
  expect(refused).toBeGreaterThan(0);
  expect(secrets).toEqual([]);
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  expect(await (other.connection.remote as Remote<typeof api>).math.add(1, 2)).toBe(3);
});
