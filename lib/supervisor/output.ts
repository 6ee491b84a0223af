// What a child writes: kept for its exit report, split into lines, passed on as its spec says.
import { StringDecoder } from "node:string_decoder";
import type { EventHub } from "./events.ts";
import type { LineTail } from "./line-tail.ts";
import type { OutputMode, OutputStream } from "./spec.ts";

export interface Output {
  write(stream: OutputStream, chunk: Uint8Array | string): void;
}

/** A line without an end is passed on when it is this long. */
const LONGEST_LINE = 64 * 1024;

export function createOutput(mode: OutputMode, id: string, tail: LineTail, events: EventHub): Output {
  const splitters = { stdout: createSplitter(), stderr: createSplitter() };
  return {
    write(stream, chunk) {
      const text = splitters[stream].decode(chunk);
      if (stream === "stderr") tail.push(text);
      if (mode === "inherit" || mode === "ignore") return;
      for (const line of splitters[stream].lines(text)) {
        if (mode === "capture") events.emit("line", { id, stream, line });
        else process[stream].write(`${id} | ${line}\n`);
      }
    },
  };
}

interface Splitter {
  decode(chunk: Uint8Array | string): string;
  lines(text: string): string[];
}

function createSplitter(): Splitter {
  // Characters may be cut in two by chunks.
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    decode: (chunk) => (typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    lines(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LONGEST_LINE) {
        lines.push(rest);
        rest = "";
      }
      return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
    },
  };
}
