// When a process has no file descriptor left, Node accepts a connection and closes it without a word. Some are kept
// back, so that there is always one to say "busy" with.
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/** A connection that is being told. Its descriptor is free as soon as it is destroyed, before it says so. */
export interface Borrower {
  readonly destroyed: boolean;
}

export class DescriptorReserve {
  readonly #size: number;
  readonly #kept: number[] = [];
  readonly #lent = new Set<Borrower>();

  /** @param size how many can be told at the same time */
  constructor(size: number) {
    this.#size = size;
    this.refill();
  }

  /** To be asked after a connection was accepted: whether it took the last descriptor, so that it has to go again. */
  isShort(): boolean {
    this.refill();
    if (this.#kept.length + this.#lent.size < this.#size) return true;
    // As many are kept as ever; the next connection needs one, too.
    return !this.#tryOpen((fd) => closeSync(fd));
  }

  /** Lends a descriptor for a connection that has to go. False: all are lent. */
  lend(borrower: Borrower): boolean {
    this.refill();
    if (this.#lent.size >= this.#size) return false;
    this.#lent.add(borrower);
    const fd = this.#kept.pop();
    if (fd !== undefined) closeSync(fd);
    return true;
  }

  /** To be called when a borrower was destroyed: what it had is kept back again. */
  refill(): void {
    for (const borrower of this.#lent) if (borrower.destroyed) this.#lent.delete(borrower);
    while (this.#kept.length + this.#lent.size < this.#size && this.#tryOpen((fd) => this.#kept.push(fd)));
  }

  close(): void {
    for (const fd of this.#kept.splice(0)) closeSync(fd);
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
