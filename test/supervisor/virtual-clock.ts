// A clock that is turned by hand, and a way to let everything happen that needs no time.
import type { Clock } from "../../lib/supervisor/clock.ts";

export class VirtualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<{ readonly due: number; readonly task: () => void }>();

  now = (): number => this.#now;
  date = (): number => this.#now;

  startTimer = (ms: number, task: () => void): { cancel(): void } => {
    const timer = { due: this.#now + ms, task };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  };

  hold = (): (() => void) => {
    this.holds += 1;
    return () => void (this.holds -= 1);
  };

  /** Those who hold the process. */
  holds = 0;

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.task();
      await settle();
    }
    this.#now = end;
  }

  /** As if the process had been stopped meanwhile: what was due comes late, all at once. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  #next(end: number): { readonly due: number; readonly task: () => void } | undefined {
    let first: { readonly due: number; readonly task: () => void } | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** Until no microtask is left. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
