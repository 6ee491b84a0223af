// What do values cost on the way there and back: plain objects, text and bytes of four sizes, a transferred buffer?

import assert from "node:assert/strict";
import { ratePerSecond } from "../harness/sample.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

const kinds = ["thread", "pool", "ipc", "process", "socket"];
const sizes = [
  ["1k", 1_024],
  ["64k", 64 * 1_024],
  ["1m", 2 ** 20],
  ["16m", 2 ** 24],
];

/** @type {readonly Row[]} */
export const values = [
  echo("object-20", "an object of 20 fields", makeObject),
  echo("object-20-in-flight-100", "an object of 20 fields, 100 in flight", makeObject, { atOnce: 100 }),
  echo("array-1000", "an array of 1,000 small objects", makeArray),
  ...sizes.map(([name, size]) => echo(`text-${name}`, `text of ${name}`, () => textOf(size))),
  ...sizes.map(([name, size]) => echo(`bytes-${name}`, `bytes of ${name}`, () => bytesOf(size))),
  echo("bytes-64m", "bytes of 64m", () => bytesOf(2 ** 26), { rowKinds: ["process", "socket"] }),
  transfer(),
];

/** @returns {Row} */
function echo(id, title, make, { atOnce = 1, rowKinds = kinds } = {}) {
  let value;
  let arrived;
  return {
    id,
    title: `echo ${title}`,
    unit: "calls/s",
    better: "higher",
    kinds: rowKinds,
    needs: "echo",
    async check(running) {
      value ??= make();
      arrived ??= cheapCheck(value);
      assert.deepEqual(plainBytes(await running.echo(value)), value);
    },
    measure: (running, milliseconds) =>
      ratePerSecond(
        async () => {
          const calls = Array.from({ length: atOnce }, () => running.echo(value));
          for (const result of await Promise.all(calls)) if (!arrived(result)) throw new Error("another value came back");
        },
        atOnce,
        milliseconds,
      ),
  };
}

/** @returns {Row} */
function transfer() {
  return {
    id: "transfer-1m",
    title: "transfer a buffer of 1m there and back",
    unit: "calls/s",
    better: "higher",
    kinds,
    needs: "move",
    async check({ move }) {
      const sent = new ArrayBuffer(64);
      assert.equal((await move(sent)).byteLength, 64);
      assert.equal(sent.byteLength, 0, "the buffer was copied, not moved");
    },
    measure({ move }, milliseconds) {
      let buffer = new ArrayBuffer(2 ** 20);
      return ratePerSecond(async () => void (buffer = await move(buffer)), 1, milliseconds);
    },
  };
}

// The whole value is compared once, before the clock runs; after that what tells most of it cheaply.
function cheapCheck(value) {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) {
    return (result) => result.length === value.length && result.at(-1)?.id === value.at(-1)?.id;
  }
  return (result) => result.field19 === value.field19;
}

// A Buffer comes back where a Uint8Array went over a stream; the bytes are what counts.
const plainBytes = (value) => (Buffer.isBuffer(value) ? new Uint8Array(value) : value);

// 20 fields as a row of a table has them.
function makeObject() {
  const value = (index) => (index % 3 === 0 ? index : `value of field ${index}`);
  return Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${index}`, value(index)]));
}

function makeArray() {
  return Array.from({ length: 1_000 }, (_, index) => ({ id: index, name: `item ${index}`, open: index % 2 === 0 }));
}

function textOf(size) {
  const sentence = "plain text as it comes, one byte a character. ";
  return sentence.repeat(Math.ceil(size / sentence.length)).slice(0, size);
}

function bytesOf(size) {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31) & 255);
}
