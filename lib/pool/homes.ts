// Which seat a key belongs to. By rendezvous hashing: every seat draws a number for the key and the highest wins, so
// that the same key comes to the same seat whatever else happens, and a seat that falls out moves only its own keys.
// Keys that were seen are remembered with the worker that had them, since what it keeps for them lives there.

/** Where a key was last seen; `worker` tells whether the same worker still sits there. */
export interface Home {
  readonly seat: number;
  readonly worker: number;
}

/** Keys remembered in each of two generations; beyond that the longest unused are forgotten and hashed anew. */
const REMEMBERED = 32_768;

export class Homes {
  readonly #seats: number;
  readonly #limit: number;
  #young = new Map<string, Home>();
  #old = new Map<string, Home>();

  constructor(seats: number, limit: number = REMEMBERED) {
    this.#seats = seats;
    this.#limit = limit;
  }

  find(key: string): Home | undefined {
    const home = this.#young.get(key);
    if (home !== undefined) return home;
    const old = this.#old.get(key);
    if (old !== undefined) this.remember(key, old);
    return old;
  }

  remember(key: string, home: Home): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, home);
  }

  /** The seat that wins the key among those that `mayTake` allows; -1 if it allows none. */
  choose(key: string, mayTake: (seat: number) => boolean): number {
    const hash = hashOf(key);
    let best = -1;
    let highest = -1;
    for (let seat = 0; seat < this.#seats; seat += 1) {
      const drawn = mix(hash ^ mix(seat + 1));
      if (drawn > highest && mayTake(seat)) {
        best = seat;
        highest = drawn;
      }
    }
    return best;
  }
}

/** FNV-1a over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash;
}

/** Spreads every bit over all others (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
