// Those who wait for a child to be up, to be down or to be reloaded.

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export type Goal = "up" | "down" | "reload";

export class Waiters {
  readonly #waiting = new Map<string, Set<Waiter>>();

  wait(what: Goal, id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const key = keyOf(what, id);
      const waiters = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiters);
      waiters.add({ resolve, reject });
    });
  }

  resolve(what: Goal, id: string): void {
    for (const waiter of this.#take(what, id)) waiter.resolve();
  }

  reject(what: Goal, id: string, error: unknown): void {
    for (const waiter of this.#take(what, id)) waiter.reject(error);
  }

  has(what: Goal, id: string): boolean {
    return this.#waiting.has(keyOf(what, id));
  }

  #take(what: Goal, id: string): Iterable<Waiter> {
    const key = keyOf(what, id);
    const waiters = this.#waiting.get(key);
    this.#waiting.delete(key);
    return waiters ?? [];
  }

  /** The ids that somebody waits for. */
  ids(): Set<string> {
    return new Set([...this.#waiting.keys()].map((key) => key.slice(key.indexOf(":") + 1)));
  }
}

function keyOf(what: Goal, id: string): string {
  return `${what}:${id}`;
}
