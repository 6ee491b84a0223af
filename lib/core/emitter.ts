// A typed emitter as small as it can be. A listener that throws harms neither the others nor whoever emits.
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError hears what listeners throw */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on<Name extends keyof Events>(event: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    // Wrapped, so that the same function may listen twice.
    const entry = (value: Events[Name]): void => listener(value);
    listeners.add(entry as (value: never) => void);
    return () => void listeners.delete(entry as (value: never) => void);
  }

  /** Answers whether anybody listened. */
  emit<Name extends keyof Events>(event: Name, value: Events[Name]): boolean {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined || listeners.size === 0) return false;
    for (const listener of listeners) {
      try {
        (listener as (value: Events[Name]) => void)(value);
      } catch (error) {
        this.#onError(error);
      }
    }
    return true;
  }
}
