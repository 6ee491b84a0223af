// Calls that wait for a connection, oldest first, within bounds of count and bytes. Each has a time limit, which
// somebody else watches.

/** What a queue needs to know of a call. */
export interface Queueable {
  readonly size: number;
}

interface Entry<Call> {
  readonly call: Call;
  readonly order: number;
}

export class CallQueue<Call extends Queueable> {
  bytes = 0;
  #entries: Entry<Call>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Puts it where it was among the others, as told by `order`, which grows from call to call. */
  add(call: Call, order: number): void {
    let at = this.#entries.length;
    while (at > 0 && this.#entries[at - 1]!.order > order) at -= 1;
    this.#entries.splice(at, 0, { call, order });
    this.bytes += call.size;
  }

  /** Whether there is room for one more of that size. */
  hasRoom(size: number, maxCalls: number, maxBytes: number): boolean {
    return this.size < maxCalls && (this.size === 0 || this.bytes + size <= maxBytes);
  }

  remove(call: Call): boolean {
    const at = this.#entries.findIndex((entry) => entry.call === call);
    if (at === -1) return false;
    this.#entries.splice(at, 1);
    this.bytes -= call.size;
    return true;
  }

  /** Takes out all, oldest first. */
  takeAll(): { readonly call: Call; readonly order: number }[] {
    const all = this.#entries;
    this.#entries = [];
    this.bytes = 0;
    return all;
  }
}
