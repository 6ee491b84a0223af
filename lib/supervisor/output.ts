// What a child writes: kept for its exit report, split into lines, passed on as its spec says.
import { StringDecoder } from "node:string_decoder";
import type { EventHub } from "./events.ts";
import type { LineTail } from "./line-tail.ts";
import { createLineSplitter } from "./line-splitter.ts";
import type { OutputMode, OutputStream } from "./spec.ts";

export interface Output {
  write(stream: OutputStream, chunk: Uint8Array | string): void;
  /** It has ended, and wrote what it wrote. */
  end(): void;
}

export function createOutput(mode: OutputMode, id: string, tail: LineTail, events: EventHub): Output {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  const splitters = { stdout: createLineSplitter(), stderr: createLineSplitter() };
  const passOn = (stream: OutputStream, lines: readonly string[]): void => {
    for (const whole of lines) {
      const line = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
      if (mode === "capture") events.emit("line", { id, stream, line });
      else process[stream].write(`${id} | ${line}\n`);
    }
  };
  return {
    write(stream, chunk) {
      // Characters may be cut in two by chunks.
      const text =
        typeof chunk === "string" ? chunk : decoders[stream].write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      if (stream === "stderr") tail.push(text);
      if (mode === "inherit") process[stream].write(chunk);
      else if (mode !== "ignore") passOn(stream, splitters[stream].push(text));
    },
    end() {
      if (mode === "inherit" || mode === "ignore") return;
      for (const stream of ["stdout", "stderr"] as const) passOn(stream, splitters[stream].end());
    },
  };
}
