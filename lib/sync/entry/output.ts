// What the far thread prints, written to this process's own output without the event loop of the thread that started
// it all, which stands still. Never blocks the helper: an end of the far side is told at once, even while nobody reads.
import { write } from "node:fs";
import type { Readable } from "node:stream";

/** A reader of a pipe that is full is asked again after so many ms. */
const RETRY_AFTER = 2;

export class Output {
  readonly #fd: number;
  #chunks: Uint8Array[] = [];
  #writing = false;
  /** What arrived, ever. */
  #count = 0;

  constructor(source: Readable, fd: number) {
    this.#fd = fd;
    source.on("data", (chunk: Uint8Array) => {
      this.#count += 1;
      this.#chunks.push(chunk);
      if (!this.#writing) this.#next();
    });
  }

  get idle(): boolean {
    return !this.#writing;
  }

  get count(): number {
    return this.#count;
  }

  #next(): void {
    const chunk = this.#chunks[0];
    this.#writing = chunk !== undefined;
    if (chunk === undefined) return;
    write(this.#fd, chunk, (error, written) => {
      if (error?.code === "EAGAIN") {
        setTimeout(() => this.#next(), RETRY_AFTER);
        return;
      }
      // Nobody reads any more (EPIPE): there is nothing to be done with it.
      if (error !== null || written === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(written);
      this.#next();
    });
  }
}

/** Calls back when nothing comes any more and all is written. */
export function whenQuiet(outputs: readonly Output[], done: () => void): void {
  let quietTurns = 0;
  let seen = -1;
  const look = (): void => {
    const count = outputs.reduce((sum, output) => sum + output.count, 0);
    const quiet = count === seen && outputs.every((output) => output.idle);
    seen = count;
    quietTurns = quiet ? quietTurns + 1 : 0;
    // What was printed before this was asked is on its way through ports and streams for a few turns.
    if (quietTurns >= 4) done();
    else if (quiet) setImmediate(look);
    else setTimeout(look, 1);
  };
  look();
}
