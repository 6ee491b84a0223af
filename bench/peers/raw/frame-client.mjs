// The near side of the raw rows with tagged frames.

import { FrameWriter, readFrames, TAG } from "./frames.mjs";

/** @param {import("node:stream").Duplex} stream */
export function frameClient(stream) {
  const writer = new FrameWriter(stream);
  const pending = new Map();
  let lastId = 0;

  readFrames(stream, (id, tag, buffer, start, end) => {
    const { resolve, reject } = pending.get(id);
    pending.delete(id);
    if (tag === TAG.error) reject(new Error(buffer.utf8Slice(start, end)));
    else resolve(decode(tag, buffer, start, end));
  });

  const ask = (write) =>
    new Promise((resolve, reject) => {
      const id = (lastId = (lastId + 1) >>> 0);
      pending.set(id, { resolve, reject });
      write(id);
    });

  return {
    add: (left, right) =>
      ask((id) => {
        const { buffer, at } = writer.frame(id, TAG.add, 16);
        buffer.writeDoubleLE(left, at);
        buffer.writeDoubleLE(right, at + 8);
      }),
    echo: (value) => ask((id) => encode(writer, id, value)),
    fail: (message) => ask((id) => writeText(writer, id, TAG.fail, message)),
  };
}

function encode(writer, id, value) {
  if (typeof value === "string") {
    writeText(writer, id, TAG.text, value);
  } else if (value instanceof Uint8Array) {
    const { buffer, at } = writer.frame(id, TAG.bytes, value.length);
    buffer.set(value, at);
  } else {
    writeText(writer, id, TAG.json, JSON.stringify(value));
  }
}

function writeText(writer, id, tag, text) {
  const size = Buffer.byteLength(text);
  const { buffer, at } = writer.frame(id, tag, size);
  buffer.utf8Write(text, at, size);
}

function decode(tag, buffer, start, end) {
  if (tag === TAG.number) return buffer.readDoubleLE(start);
  if (tag === TAG.bytes) return buffer.subarray(start, end);
  const text = buffer.utf8Slice(start, end);
  return tag === TAG.json ? JSON.parse(text) : text;
}
