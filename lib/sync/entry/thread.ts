// The program that a thread for blocking calls begins with: that of any spawned thread, once it is counted how much it
// prints. A thread keeps what it prints until its parent wants more, so that without the count nobody could tell at the
// end of the process whether all of it is out.
import { workerData } from "node:worker_threads";
import { Word } from "../line.ts";

/** What the thread finds in its `workerData` beside what any spawned thread does. */
export interface CountedStart {
  readonly words: SharedArrayBuffer;
}

const words = new Int32Array((workerData as CountedStart).words);
count(process.stdout, Word.stdout);
count(process.stderr, Word.stderr);

function count(stream: NodeJS.WriteStream, word: number): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
    Atomics.add(words, word, typeof chunk === "string" ? Buffer.byteLength(chunk, encoding) : chunk.byteLength);
    return write(chunk, ...rest);
  }) as typeof stream.write;
}

await import("../../spawn/entry/thread.ts");
