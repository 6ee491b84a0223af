// Tells a thread that is too busy to hear messages which of its calls were given up: the pool writes the numbers of
// such calls into memory that both share, and `callContext().aborted` looks there.
//
// A table of sets of eight: a number belongs to one set and takes the place of the one that was written there the
// longest time ago. So a number stays until as many others were given up as the table holds, more or less; a call
// that looks more rarely than that hears of it by message all the same.

const SETS = 64;
const WAYS = 8;

export function createAbortMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(SETS * WAYS * Int32Array.BYTES_PER_ELEMENT);
}

/** For the side that gives calls up. */
export function abortMarker(memory: SharedArrayBuffer): (id: number) => void {
  const table = new Int32Array(memory);
  const next = new Uint8Array(SETS);
  return (id) => {
    const set = id % SETS;
    Atomics.store(table, set * WAYS + next[set]!, id | 0);
    next[set] = (next[set]! + 1) % WAYS;
  };
}

/** For the side that runs them. */
export function abortReader(memory: SharedArrayBuffer): (id: number) => boolean {
  const table = new Int32Array(memory);
  return (id) => {
    // One-way calls have no number; nothing tells of them.
    if (id === 0) return false;
    const first = (id % SETS) * WAYS;
    for (let at = first; at < first + WAYS; at += 1) if (Atomics.load(table, at) === (id | 0)) return true;
    return false;
  };
}
