// What the far thread prints, written to this process's own output without the event loop of the thread that started
// it all, which stands still. Never blocks the helper: an end of the far side is told at once, even while nobody reads.
import { write } from "node:fs";
import type { Readable } from "node:stream";

/** A reader of a pipe that is full is asked again after so many ms. */
const RETRY_AFTER = 2;
/** How often it is looked whether all is written, in ms. */
const LOOK_EVERY = 1;

export class Output {
  readonly #fd: number;
  readonly #printed: () => number;
  readonly #onWritten: (bytes: number) => void;
  #chunks: Uint8Array[] = [];
  #isWriting = false;
  #received = 0;
  #hasEnded = false;

  /**
   * @param printed how many bytes the far thread has printed, modulo 2^32
   * @param onWritten hears of bytes that were written
   */
  constructor(source: Readable, fd: number, printed: () => number, onWritten: (bytes: number) => void) {
    this.#fd = fd;
    this.#printed = printed;
    this.#onWritten = onWritten;
    source.on("data", (chunk: Uint8Array) => {
      this.#received = (this.#received + chunk.byteLength) | 0;
      this.#chunks.push(chunk);
      if (!this.#isWriting) this.#next();
    });
    source.on("end", () => (this.#hasEnded = true));
  }

  /** Whether all that was printed has been written. */
  get isWritten(): boolean {
    return !this.#isWriting && (this.#hasEnded || this.#received === this.#printed());
  }

  #next(): void {
    const chunk = this.#chunks[0];
    this.#isWriting = chunk !== undefined;
    if (chunk === undefined) return;
    write(this.#fd, chunk, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#next(), RETRY_AFTER);
        return;
      }
      this.#onWritten(written);
      // Nobody reads any more (EPIPE): there is nothing to be done with it.
      if (error !== null || written === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(written);
      this.#next();
    });
  }
}

/** Calls back when all that was printed is written. */
export function whenWritten(outputs: readonly Output[], done: () => void): void {
  if (outputs.every((output) => output.isWritten)) done();
  else setTimeout(() => whenWritten(outputs, done), LOOK_EVERY);
}
