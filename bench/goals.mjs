// What nearcall has set itself, as ratios within one run, or as plain figures where nothing is named to compare with.
//
// `against` is another peer in the same row (or in `againstRow`); `atLeast` and `atMost` are multiples of its figure.

/**
 * @typedef {object} Goal
 * @property {string} row
 * @property {string} peer
 * @property {string} [against]
 * @property {string} [againstRow]
 * @property {number} [atLeast]
 * @property {number} [atMost]
 */

const raw = "raw postMessage";
const json = "raw process.send json";
const best = "piscina, 100 tasks a worker";

/** @type {readonly Goal[]} */
export const goals = [
  // Threads, over shared memory and over a plain port.
  { row: "sequential", peer: "nearcall", against: raw, atLeast: 15 },
  { row: "sequential", peer: "nearcall", against: "comlink", atLeast: 20 },
  { row: "sequential", peer: "nearcall, no spinning", against: raw, atLeast: 0.9 },
  { row: "in-flight-100", peer: "nearcall", against: raw, atLeast: 4 },
  { row: "in-flight-100", peer: "nearcall", against: "comlink", atLeast: 15 },
  { row: "in-flight-1000", peer: "nearcall", against: raw, atLeast: 4.5 },
  { row: "in-flight-1000", peer: "nearcall", against: "comlink", atLeast: 20 },
  { row: "in-flight-100", peer: "nearcall, port", against: raw, atLeast: 1.7 },
  { row: "in-flight-100", peer: "nearcall, port", against: "comlink", atLeast: 7 },
  { row: "in-flight-1000", peer: "nearcall, port", against: raw, atLeast: 3 },
  { row: "in-flight-1000", peer: "nearcall, port", against: "comlink", atLeast: 13 },

  // Values.
  { row: "object-20-in-flight-100", peer: "nearcall", against: raw, atLeast: 1.2 },
  { row: "object-20-in-flight-100", peer: "nearcall", against: "comlink", atLeast: 4 },
  { row: "text-1m", peer: "nearcall", against: raw, atLeast: 2 },
  { row: "text-1m", peer: "nearcall", against: "comlink", atLeast: 2 },
  { row: "bytes-1m", peer: "nearcall", against: raw, atLeast: 1 },
  { row: "bytes-1m", peer: "nearcall", against: "comlink", atLeast: 1 },

  // Other processes.
  { row: "in-flight-100", peer: "nearcall process", against: json, atLeast: 3 },
  { row: "in-flight-100", peer: "nearcall process", against: "raw pipe frames", atLeast: 0.6 },
  { row: "in-flight-1000", peer: "nearcall process", against: json, atLeast: 6 },
  { row: "in-flight-100", peer: "nearcall socket", against: json, atLeast: 3 },
  { row: "in-flight-100", peer: "nearcall socket", against: "raw socket frames", atLeast: 0.6 },
  { row: "in-flight-1000", peer: "nearcall socket", against: json, atLeast: 6 },
  { row: "bytes-64m", peer: "nearcall socket", against: "raw socket frames", atLeast: 0.8 },

  // Talking back, starting, and what it costs the machine.
  { row: "callback", peer: "nearcall", against: "nearcall", againstRow: "sequential", atLeast: 0.8 },
  { row: "stream", peer: "nearcall", atLeast: 1_000_000 },
  { row: "import", peer: "nearcall", atMost: 25 },
  { row: "idle", peer: "nearcall", atMost: 0.5 },
  { row: "cpu-sequential", peer: "nearcall", against: raw, atMost: 1 },
  { row: "cpu-in-flight-100", peer: "nearcall", against: raw, atMost: 1 },
  { row: "hog-sequential", peer: "nearcall", against: raw, atLeast: 0.9 },
  { row: "hog-in-flight-100", peer: "nearcall", against: raw, atLeast: 0.9 },

  // Pools.
  { row: "pool-in-flight-100", peer: "nearcall pool", against: "piscina", atLeast: 10 },
  { row: "pool-in-flight-100", peer: "nearcall pool", against: best, atLeast: 4 },
  { row: "pool-in-flight-100", peer: "nearcall pool", against: "tinypool", atLeast: 10 },
  { row: "pool-in-flight-100", peer: "nearcall pool", against: "workerpool", atLeast: 10 },
  { row: "pool-in-flight-100", peer: "nearcall pool", against: "jest-worker", atLeast: 10 },
  { row: "pool-files", peer: "nearcall pool", against: "piscina", atLeast: 0.97 },

  // Blocking calls.
  { row: "blocking", peer: "nearcall sync", against: "synckit", atLeast: 20 },
  { row: "blocking", peer: "nearcall sync", against: "make-synchronous", atLeast: 20 },
  { row: "blocking", peer: "nearcall sync, no spinning", against: "synckit", atLeast: 1.5 },
  { row: "blocking", peer: "nearcall sync, no spinning", against: "make-synchronous", atLeast: 1.5 },
  { row: "blocking-bytes-64k", peer: "nearcall sync", against: "synckit", atLeast: 3 },
  { row: "blocking-bytes-64k", peer: "nearcall sync", against: "make-synchronous", atLeast: 3 },
  { row: "blocking-callback", peer: "nearcall sync", against: "nearcall sync", againstRow: "blocking", atLeast: 0.3 },
  { row: "blocking", peer: "nearcall sync socket", against: "nearcall socket", againstRow: "sequential", atLeast: 0.5 },
];
