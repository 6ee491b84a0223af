// Holds the process while somebody waits for the pool: a call that no worker has yet holds no handle of its own.
export class KeepAlive {
  #holders = 0;
  #timer: NodeJS.Timeout | undefined;

  hold(): void {
    this.#holders += 1;
    if (this.#holders > 1) return;
    // Made once, since calls may begin and cease to wait thousands of times a second. It does nothing when it fires.
    this.#timer ??= setInterval(() => {}, 2 ** 31 - 1);
    this.#timer.ref();
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#timer?.unref();
  }

  /** Nobody waits any more, ever. */
  close(): void {
    clearInterval(this.#timer);
  }
}
