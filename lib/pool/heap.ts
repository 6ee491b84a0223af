// The order of those who wait: a binary heap in which everyone knows their place, so that whoever gives up leaves in
// O(log n) steps. Those that come in order (the usual case) are added in one.

/** What can wait in a heap; in one at a time. */
export interface Waiting {
  /** Its place in the heap; -1 while it is in none. Only the heap writes it. */
  place: number;
}

export class Heap<Item extends Waiting> {
  readonly #items: Item[] = [];
  readonly #isBefore: (a: Item, b: Item) => boolean;

  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Whoever is next; stays in. */
  get first(): Item | undefined {
    return this.#items[0];
  }

  add(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  /** Takes out whoever is next. */
  take(): Item | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(item: Item): void {
    const { place } = item;
    const last = this.#items.pop()!;
    item.place = -1;
    if (last === item) return;
    this.#put(last, place);
    this.update(last);
  }

  /** To be called when what the order depends on has changed. */
  update(item: Item): void {
    this.#rise(item);
    this.#sink(item);
  }

  /** Everyone, in no particular order; the heap is empty then. */
  takeAll(): Item[] {
    const all = this.#items.splice(0);
    for (const item of all) item.place = -1;
    return all;
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }

  #rise(item: Item): void {
    const items = this.#items;
    while (item.place > 0) {
      const { place } = item;
      const above = items[(place - 1) >> 1]!;
      if (!this.#isBefore(item, above)) return;
      this.#put(item, above.place);
      this.#put(above, place);
    }
  }

  #sink(item: Item): void {
    const items = this.#items;
    for (;;) {
      const { place } = item;
      const left = items[2 * place + 1];
      if (left === undefined) return;
      const right = items[2 * place + 2];
      const below = right !== undefined && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(below, item)) return;
      this.#put(item, below.place);
      this.#put(below, place);
    }
  }
}
