// What does it cost to turn values into bytes and back, against JSON, v8 and devalue in the same run?
// Each figure is encode plus decode of one value, in ns: the lower quartile of many short runs, since
// whatever else the machine does only makes some of them longer.
//   node bench/micro/codec.mjs [ms per measurement] [only rows with this in their name]
// (after npm run build)
import { cpus } from "node:os";
import { deserialize, serialize } from "node:v8";
import { parse, stringify } from "devalue";
import { wireCodec } from "../../dist/wire/codec.js";
import { ByteReader, ByteWriter } from "../../dist/wire/bytes.js";
import { decodeValue, encodeValue } from "../../dist/wire/values.js";

const policy = {
  publicErrors: false,
  isLive: (value) => typeof value === "function",
  classCodecOf: () => undefined,
  classCodecNamed: () => undefined,
};
const limits = { text: 2 ** 26, binary: 2 ** 27, depth: 1000, nodes: 10_000_000 };
const NONE = [];

const time = Number(process.argv[2] ?? 300);
const only = process.argv[3] ?? "";

const person = {
  id: 4711,
  firstName: "Grace",
  lastName: "Hopper",
  email: "grace.hopper@example.org",
  age: 85,
  active: true,
  score: 98.6,
  role: "admiral",
  street: "1 Harbour Street",
  city: "New York",
  zip: "10001",
  country: "US",
  phone: "+1 212 555 0100",
  language: "en",
  theme: "dark",
  visits: 1024,
  balance: 1234.56,
  parent: null,
  createdAt: "2024-02-29T12:00:00.000Z",
  tags: ["navy", "compiler", "cobol"],
};
const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: `row ${id}`, value: id * 1.5, done: id % 2 === 0 }));
const rich = {
  when: new Date(0),
  seen: new Set([1, 2, 3]),
  by: new Map([
    ["a", { n: 1 }],
    ["b", { n: 2 }],
  ]),
  big: 12345678901234567890n,
};
const letters = (count) => "The quick brown fox jumps over the lazy dog. ".repeat(count / 45 + 1).slice(0, count);
const bytes = (count) => new Uint8Array(count).fill(7);

const VALUES = {
  number: 42,
  double: 0.1,
  "string of 10": letters(10),
  "string of 40": letters(40),
  "3 numbers in an array": [1, 2, 3],
  "point {x, y}": { x: 1, y: 2 },
  "20-field object": person,
  "1,000 small objects": rows,
  "1,000 numbers": Array.from({ length: 1000 }, (_, index) => index * 7),
  "1,000 doubles": Array.from({ length: 1000 }, (_, index) => index / 7),
  "1,000 strings": Array.from({ length: 1000 }, (_, index) => `string ${index}`),
  "Map, Set, Date, BigInt": rich,
  error: new TypeError("no such thing"),
  "text of 1 KiB": letters(1024),
  "text of 64 KiB": letters(65_536),
  "text of 1 MiB": letters(2 ** 20),
  "text of 64 KiB, not ASCII": `${letters(65_535)}日`,
  "bytes, 64": bytes(64),
  "bytes, 1 KiB": bytes(1024),
  "bytes, 64 KiB": bytes(65_536),
  "bytes, 1 MiB": bytes(2 ** 20),
};

const CODECS = {
  nearcall: ours(),
  JSON: (value) => JSON.parse(JSON.stringify(value)),
  v8: (value) => deserialize(serialize(value)),
  devalue: (value) => parse(stringify(value)),
};
/** Codecs that lose a value. */
const LOST = { JSON: /bytes|Map|error/, devalue: /error/ };

console.log(`${cpus()[0].model}, Node ${process.version}, ${time} ms each, ns for encode plus decode`);
print("", Object.keys(CODECS));
for (const batch of [1, 100]) {
  const name = `call of 2 numbers, ${batch} a batch`;
  if (name.includes(only)) print(name, [(cost(callThroughFrames(batch), [2, 3]) / batch).toFixed(0)]);
}
for (const [name, value] of Object.entries(VALUES)) {
  if (!name.includes(only)) continue;
  const cells = Object.entries(CODECS).map(([codec, run]) => (LOST[codec]?.test(name) ? "" : cost(run, value).toFixed(0)));
  print(name, cells);
}

function ours() {
  const writer = new ByteWriter(4096);
  const reader = new ByteReader();
  return (value) => {
    encodeValue(writer, value, "value", policy, []);
    reader.reset(writer.buffer, 0, writer.length, false);
    const copy = decodeValue(reader, policy, limits, NONE);
    writer.truncate(0);
    return copy;
  };
}

/** Calls, frame and all, from the caller's side to where the dispatcher would take them. */
function callThroughFrames(batch) {
  let answer;
  const receiver = { call: (_id, _op, _kind, _target, _path, _flags, _headers, _depth, args) => (answer = args) };
  const slots = { toSlot() {}, undoSlot() {}, fromSlot() {}, messageDone() {}, reviving() {} };
  const outgoing = wireCodec.outgoing(policy, slots);
  const incoming = wireCodec.incoming({ policy, slots, receiver, limits, shouldYield: () => false });
  const path = { names: ["math", "add"], interned: 0 };
  let id = 0;
  return (args) => {
    for (let call = 0; call < batch; call += 1) outgoing.call(++id, "call", "reference", 0, path, 0, undefined, 0, args);
    incoming.receive(outgoing.take(false), undefined, false);
    return answer;
  };
}

function cost(run, value) {
  // So many at once that looking at the clock does not count.
  let count = 1;
  while (measure(run, value, count) < 0.3) count *= 2;
  const end = performance.now() + time;
  const results = [];
  do results.push(measure(run, value, count));
  while (performance.now() < end);
  results.sort((a, b) => a - b);
  return (results[results.length >> 2] / count) * 1e6;
}

function measure(run, value, count) {
  const began = performance.now();
  for (let n = 0; n < count; n += 1) run(value);
  return performance.now() - began;
}

function print(name, cells) {
  console.log(name.padEnd(28) + cells.map((cell) => String(cell).padStart(12)).join(""));
}
