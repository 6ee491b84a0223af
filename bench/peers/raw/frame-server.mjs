// The far side of the raw rows with tagged frames. What is echoed is copied, not parsed and written anew:
// text and JSON are decoded to values all the same, as a call would get them.

import { add } from "../far/api.mjs";
import { FrameWriter, readFrames, TAG } from "./frames.mjs";

/** @param {import("node:stream").Duplex} stream */
export function frameServer(stream) {
  const writer = new FrameWriter(stream);
  readFrames(stream, (id, tag, source, start, end) => {
    if (tag === TAG.add) {
      const sum = add(source.readDoubleLE(start), source.readDoubleLE(start + 8));
      const { buffer, at } = writer.frame(id, TAG.number, 8);
      buffer.writeDoubleLE(sum, at);
    } else if (tag === TAG.bytes) {
      const { buffer, at } = writer.frame(id, tag, end - start);
      source.copy(buffer, at, start, end);
    } else {
      answerText(writer, id, tag, source.utf8Slice(start, end));
    }
  });
}

function answerText(writer, id, tag, text) {
  const answer = tag === TAG.json ? JSON.stringify(JSON.parse(text)) : text;
  const size = Buffer.byteLength(answer);
  const { buffer, at } = writer.frame(id, tag === TAG.fail ? TAG.error : tag, size);
  buffer.utf8Write(answer, at, size);
}
