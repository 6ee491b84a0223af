// Calls that wait for an answer, by number. Numbers only grow and most calls are answered soon, so an
// array indexed by the number's low bits finds nearly all; a call that is still there when its place
// is needed again moves to a map.

const INITIAL_SIZE = 256;
const MAX_SIZE = 8192;

export class PendingTable<Call extends { readonly id: number }> {
  size = 0;
  #places: (Call | undefined)[] = new Array<Call | undefined>(INITIAL_SIZE).fill(undefined);
  #mask = INITIAL_SIZE - 1;
  readonly #old = new Map<number, Call>();

  add(call: Call): void {
    this.size += 1;
    if (this.size > this.#mask && this.#mask < MAX_SIZE - 1) this.#grow();
    const place = call.id & this.#mask;
    const before = this.#places[place];
    if (before !== undefined) this.#old.set(before.id, before);
    this.#places[place] = call;
  }

  get(id: number): Call | undefined {
    const call = this.#places[id & this.#mask];
    if (call !== undefined && call.id === id) return call;
    return this.#old.size === 0 ? undefined : this.#old.get(id);
  }

  /** Finds the call and forgets it. */
  take(id: number): Call | undefined {
    const place = id & this.#mask;
    const call = this.#places[place];
    if (call !== undefined && call.id === id) {
      this.#places[place] = undefined;
      this.size -= 1;
      return call;
    }
    const old = this.#old.get(id);
    if (old !== undefined) {
      this.#old.delete(id);
      this.size -= 1;
    }
    return old;
  }

  /** Forgets all and answers them, oldest first. */
  takeAll(): Call[] {
    const calls = [...this.#old.values()];
    for (const call of this.#places) if (call !== undefined) calls.push(call);
    this.#places.fill(undefined);
    this.#old.clear();
    this.size = 0;
    return calls.sort((a, b) => a.id - b.id);
  }

  #grow(): void {
    const calls = this.#places;
    this.#mask = this.#mask * 2 + 1;
    this.#places = new Array<Call | undefined>(this.#mask + 1).fill(undefined);
    for (const call of calls) if (call !== undefined) this.#places[call.id & this.#mask] = call;
  }
}
