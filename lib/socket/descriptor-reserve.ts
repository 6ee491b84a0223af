// When a process has no file descriptor left, Node accepts a connection and closes it without a word. Some are kept
// back, so that there is always one to say "busy" with.
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

export class DescriptorReserve {
  readonly #size: number;
  readonly #kept: number[] = [];
  /** Connections that are being told, each with a descriptor of its own. */
  #lent = 0;

  /** @param size how many can be told at the same time */
  constructor(size: number) {
    this.#size = size;
    this.#refill();
  }

  /** To be asked after a connection was accepted: whether it took the last descriptor, so that it has to go again. */
  isShort(): boolean {
    this.#refill();
    // As many are kept as ever, and one more can be had.
    if (this.#kept.length + this.#lent < this.#size) return true;
    return !this.#tryOpen((fd) => closeSync(fd));
  }

  /**
   * Lends a descriptor for the connection that has to go. False: all are lent. Give it back when the connection is closed.
   */
  lend(): boolean {
    if (this.#lent >= this.#size) return false;
    this.#lent += 1;
    const fd = this.#kept.pop();
    if (fd !== undefined) closeSync(fd);
    return true;
  }

  giveBack(): void {
    this.#lent -= 1;
    this.#refill();
  }

  close(): void {
    for (const fd of this.#kept.splice(0)) closeSync(fd);
  }

  #refill(): void {
    while (this.#kept.length + this.#lent < this.#size && this.#tryOpen((fd) => this.#kept.push(fd)));
  }

  #tryOpen(use: (fd: number) => void): boolean {
    try {
      use(openSync(devNull, "r"));
      return true;
    } catch {
      return false;
    }
  }
}
