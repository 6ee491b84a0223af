// What was given to a medium and the system has not taken yet, so that it can be written synchronously in the
// last moment of a process, when Node writes no more: of 1 MB, 219,264 bytes arrived without this.
import { writeSync } from "node:fs";

/** Without progress for so long, in ms, the far side is taken not to read any more. */
const PATIENCE = 1000;
const RETRY_AFTER = 1;

/** Bytes, or how to make them where a medium writes them in a form of its own. */
type Chunk = Uint8Array | (() => Uint8Array);

export class Unwritten {
  /** Oldest first. The first may have been written in part, which only the medium's counters tell. */
  readonly #chunks: Chunk[] = [];

  add(chunk: Chunk): void {
    this.#chunks.push(chunk);
  }

  /** The oldest was written. */
  removeOldest(): void {
    this.#chunks.shift();
  }

  /**
   * Writes the last `left` bytes of what was added, past the medium, to its descriptor. The medium must
   * not be used afterwards.
   */
  flushSync(fd: number, left: number): void {
    const rest = Buffer.concat(this.#chunks.splice(0).map((chunk) => (typeof chunk === "function" ? chunk() : chunk)));
    // More than was added: others write here too, and a mixture would be worse than a loss.
    if (left > rest.length) return;
    writeAll(fd, rest.subarray(rest.length - left));
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let left = bytes;
  let progress = performance.now();
  while (left.byteLength !== 0) {
    try {
      left = left.subarray(writeSync(fd, left));
      progress = performance.now();
    } catch (error) {
      // The far side is gone, or does not read: nothing more can be done, and this is no place to throw.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || performance.now() - progress > PATIENCE) return;
      Atomics.wait(sleeper, 0, 0, RETRY_AFTER);
    }
  }
}
