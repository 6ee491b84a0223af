// Damage to frames by the million: quick, without shrinking. A failure names its seed and its number.

/** Numbers from 0 to 2^32, always the same for a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

const TELLING = [0, 1, 2, 4, 7, 8, 13, 14, 15, 16, 19, 20, 21, 127, 128, 254, 255];

/** A copy of `frame` with one to four changes; of every two one that has the length which it says. */
export function mutated(frame: Uint8Array, random: () => number): Uint8Array {
  let bytes = Uint8Array.from(frame);
  for (let changes = 1 + (random() & 3); changes > 0 && bytes.length > 0; changes -= 1) bytes = changed(bytes, random);
  return (random() & 1) === 0 ? bytes : withItsLength(bytes);
}

function changed(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = random() % bytes.length;
  switch (random() % 6) {
    case 0:
      bytes[at] = TELLING[random() % TELLING.length]!;
      return bytes;
    case 1:
      bytes[at]! ^= 1 << (random() & 7);
      return bytes;
    case 2:
      bytes[at] = bytes[random() % bytes.length]!;
      return bytes;
    case 3:
      bytes[at] = random();
      return bytes;
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(at + (random() & 7)));
    default:
      return joined(bytes.subarray(0, at), bytes.subarray(at, at + (random() & 31)), bytes.subarray(at));
  }
}

/** Gives a frame the length that it has, so that its reader goes on to what is in it. */
export function withItsLength(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(Math.max(16, Math.ceil(bytes.length / 8) * 8));
  frame.set(bytes);
  new DataView(frame.buffer).setUint32(0, frame.length, true);
  return frame;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
