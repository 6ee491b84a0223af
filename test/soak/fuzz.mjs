// Damaged frames by the million: to the decoder alone, and to sessions, which go on or end with a ProtocolError.
// Nothing else is thrown, no object gets what it did not have, and memory stays where it is.
//
//   node --expose-gc test/soak/fuzz.mjs [inputs] [seed]        10,000,000
import { strict as assert } from "node:assert";
import * as nearcall from "nearcall";
import { ProtocolError, RpcError } from "../../dist/core/errors.js";
import { Session } from "../../dist/core/session.js";
import { nodeHost } from "../../dist/node/host.js";
import { wireCodec } from "../../dist/wire/codec.js";
import { copiedRows } from "../fixtures/contract-copied.mjs";
import { FedTransport } from "../fixtures/fed-transport.mjs";
import { createRandom, mutated } from "../fixtures/mutations.mjs";

const inputs = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const random = createRandom(seed);
/** Of so many inputs one goes to a session too, in a conversation with others. */
const SESSIONS = 10;
const limits = { text: 100_000, binary: 100_000, depth: 100, nodes: 10_000, references: 100, streams: 20 };
const policy = { publicErrors: false, isLive: (value) => typeof value === "function", classCodecOf() {}, classCodecNamed() {} };

const { hello, frames } = corpus();
const shape = () => JSON.stringify([Object.prototype, Array.prototype, Function.prototype].map((one) => Object.getOwnPropertyNames(one)));
const shapeBefore = shape();
globalThis.gc();
const heapBefore = process.memoryUsage().heapUsed;
const counts = { inputs, seed, messages: 0, "refused by the decoder": 0, sessions: 0, "ended with ProtocolError": 0 };
/** What is under way to the session at hand. */
let conversation = [];
const began = performance.now();

for (let input = 0; input < inputs; input += 1) {
  const bytes = mutated(frames[random() % frames.length], random);
  attempt(input, () => decode(bytes));
  if (input % SESSIONS !== 0) continue;
  conversation.push((random() & 3) === 0 ? frames[random() % frames.length] : bytes);
  if (conversation.length < 20) continue;
  await converse(conversation, input);
  conversation = [];
}

globalThis.gc();
counts.seconds = Math.round((performance.now() - began) / 1000);
counts["heap MB more"] = Math.round((process.memoryUsage().heapUsed - heapBefore) / 2 ** 20);
console.log(counts);
assert.equal(shape(), shapeBefore, "a prototype has changed");
assert.ok(counts["heap MB more"] < 20, "memory was kept");
assert.ok(counts.messages > inputs / 20 && counts["refused by the decoder"] > inputs / 20);
process.exit(0);

function decode(bytes) {
  let told = 0;
  const receiver = new Proxy({}, { get: () => () => void (told += 1) });
  const incoming = wireCodec.incoming({ policy, slots: slots(), receiver, limits, shouldYield: () => false });
  const cut = random() % bytes.length;
  try {
    incoming.receive(bytes.subarray(0, cut), undefined, false);
    incoming.receive(bytes.subarray(cut), undefined, true);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    counts["refused by the decoder"] += 1;
  }
  assert.ok(told <= bytes.length / 16);
  counts.messages += told;
}

async function converse(parts, input) {
  const transport = new FedTransport();
  const session = new Session({ transport, host: nodeHost, codec: wireCodec, options: { limits } });
  session.expose({
    echo: (...values) => values,
    later: async (value) => value,
    member: (...values) => values.length,
    *numbers() {
      yield* [1, 2, 3];
    },
  });
  session.connection.on("error", () => {});
  session.start();
  transport.feed(hello);
  for (const part of parts) if (!session.ended) transport.feed(part);
  await new Promise(setImmediate);
  session.connection.destroy();
  counts.sessions += 1;
  const { reason, cause } = await session.connection.closed;
  if (cause === undefined || reason.startsWith("the far side")) return;
  attempt(input, () => {
    if (!(cause instanceof ProtocolError)) throw cause;
    // What is no error of ours is wrapped in one that begins so: it is a mistake of ours.
    if (cause.message.startsWith("What fuzzer sent could not be taken in") && !(cause.cause instanceof RpcError)) throw cause;
  });
  counts["ended with ProtocolError"] += 1;
}

function attempt(input, step) {
  try {
    step();
  } catch (error) {
    console.error(`seed ${seed}, input ${input}`);
    throw error;
  }
}

/** Frames of all kinds, with values of all kinds. */
function corpus() {
  const out = wireCodec.outgoing(policy, slots());
  let lastId = 0;
  out.nextCallId = () => (lastId += 1);
  const path = (...names) => ({ names, interned: 0 });
  const fn = () => {};
  out.hello({ version: 1, epoch: "e", limits: { text: 100_000, binary: 100_000, window: 1_000_000 }, handles: false });
  const first = Uint8Array.from(out.take(true));
  out.auth({ answer: "x" });
  out.acknowledge(0, 0);
  out.ping(1);
  out.pong(1, 2);
  out.forget(1);
  out.release(1, 2);
  out.never(1);
  out.abort(1, new Error("stop"));
  out.settle(1, true, [fn]);
  out.fire(1, "reason");
  out.credit(1, true, 2, 3, { value: fn }, true);
  out.cancel(1, false, true, new Map([[1, 2]]));
  out.call(0, "call", "reference", 0, path("numbers"), 0, { timeout: 5, meta: { a: 1 } }, 2, [fn, 1, "x"]);
  for (const { make } of copiedRows) {
    try {
      const value = make(nearcall);
      out.result(1, value);
      out.call(0, "call", "reference", 0, path("echo"), 0, undefined, 0, [1, { value }]);
    } catch (error) {
      // An instance of a registered class, which only a session knows.
      if (error.code !== "ERR_UNSERIALIZABLE") throw error;
    }
  }
  return { hello: first, frames: framesOf(Uint8Array.from(out.take(true))).filter(({ length }) => length < 4096) };
}

function framesOf(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
    frames.push(bytes.slice(at, at + length));
    at += length;
  }
  return frames;
}

function slots() {
  const values = [];
  return {
    toSlot: (live) => ({ kind: 1, id: values.push(live), extra: undefined }),
    undoSlot() {},
    messageDone() {},
    reviving() {},
    fromSlot: ({ id }) => ({ slot: id }),
  };
}
