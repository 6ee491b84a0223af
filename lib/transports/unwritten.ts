// What a stream was given and the system has not taken yet, so that it can be written synchronously in the
// last moment of the process. Streams write no more then: of 1 MB, 219,264 bytes arrived without this.
import { writeSync } from "node:fs";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Without progress for so long, in ms, the far side is taken not to read any more. */
const PATIENCE = 1000;
const RETRY_AFTER = 1;

/** Node's handle under a socket: bytes that it was given, and how many of them still wait in libuv. */
interface CountingHandle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

export class Unwritten {
  readonly #stream: Duplex;
  readonly #fd: number;
  /** Oldest first. The first may have been written in part, which only the handle's counters tell. */
  #chunks: Uint8Array[] = [];
  #given = 0;
  /** What the stream was given by others before. */
  readonly #base: number;

  constructor(stream: Duplex, fd: number) {
    this.#stream = stream;
    this.#fd = fd;
    this.#base = (stream as Partial<Socket>).bytesWritten ?? 0;
  }

  write(bytes: Uint8Array): void {
    this.#given += bytes.byteLength;
    this.#chunks.push(bytes);
    this.#stream.write(bytes, this.#onWritten);
  }

  /** Nothing may be given to the stream afterwards. */
  flushSync(): void {
    const handle = this.#handle();
    if (handle === undefined) return;
    const taken = handle.bytesWritten - handle.writeQueueSize - this.#base;
    const rest = Buffer.concat(this.#chunks);
    this.#chunks = [];
    writeAll(this.#fd, rest.subarray(Math.max(0, rest.length - (this.#given - taken))));
  }

  #onWritten = (): void => {
    this.#chunks.shift();
  };

  #handle(): CountingHandle | undefined {
    const { _handle: handle } = this.#stream as { _handle?: Partial<CountingHandle> | null };
    return typeof handle?.bytesWritten === "number" && typeof handle.writeQueueSize === "number" ? (handle as CountingHandle) : undefined;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
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

const sleeper = new Int32Array(new SharedArrayBuffer(4));
