// Runs one row over its peers in alternating rounds: A B C, then B C A, … so that whatever the machine does besides
// falls on all of them. Starting, checking and stopping are outside the time that is measured.

import { deadline } from "./deadline.mjs";
import { median } from "./statistics.mjs";

/** Ms for which each peer does a row's work before it counts: its first thousands of calls run in the interpreter. */
const WARM_UP = 300;

/**
 * @param {import("./types.mjs").Row} row
 * @param {readonly import("./types.mjs").Peer[]} peers
 * @param {{ rounds: number, milliseconds: number }} options
 * @returns {Promise<import("./types.mjs").Result[]>}
 */
export async function measureRow(row, peers, { rounds, milliseconds }) {
  const entries = [];
  for (const peer of peers.filter((one) => fits(row, one))) {
    const entry = await openEntry(row, peer);
    if (lacks(row, entry)) await stop(entry);
    else entries.push(entry);
  }
  const end = await row.beside?.();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const entry of rotated(entries, round)) await measureEntry(row, entry, milliseconds);
    }
  } finally {
    end?.();
    for (const entry of entries) await stop(entry);
  }
  return entries.map((entry) => resultOf(row, entry));
}

function fits({ id, kinds, wants }, peer) {
  const barred = peer.without?.some((beginning) => id.startsWith(beginning)) ?? false;
  return kinds.includes(peer.kind) && !barred && (wants?.(peer) ?? true);
}

function lacks({ needs }, { running }) {
  return needs !== undefined && running !== undefined && running[needs] === undefined;
}

async function openEntry(row, peer) {
  const entry = { peer, running: undefined, samples: [], latency: undefined, failure: undefined };
  if (row.measureAlone) return entry;
  await attempt(entry, `start for ${row.id}`, async () => {
    entry.running = await peer.start({ threads: row.threads ?? 1 });
    if (lacks(row, entry)) return;
    await row.check?.(entry.running);
    await row.measure(entry.running, WARM_UP);
  });
  return entry;
}

async function measureEntry(row, entry, milliseconds) {
  if (entry.failure !== undefined) return;
  await attempt(entry, row.id, async () => {
    const measured = row.measureAlone ? await row.measureAlone(entry.peer, milliseconds) : await row.measure(entry.running, milliseconds);
    const { value, latency } = typeof measured === "number" ? { value: measured } : measured;
    entry.samples.push(value);
    entry.latency = latency ?? entry.latency;
  });
}

// A peer that fails or hangs loses its place in this row; the others go on.
async function attempt(entry, what, work) {
  try {
    await deadline(work(), 30_000, `${entry.peer.name}: ${what}`);
  } catch (error) {
    entry.failure = String(error?.message ?? error).replaceAll(/\s+/g, " ");
  }
}

async function stop({ running, peer }) {
  try {
    await deadline(Promise.resolve(running?.stop?.()), 5_000, `${peer.name}: stop`);
  } catch {
    // The figures stand; the process ends with the run.
  }
}

function rotated(entries, by) {
  const at = by % Math.max(entries.length, 1);
  return [...entries.slice(at), ...entries.slice(0, at)];
}

function resultOf(row, { peer, samples, latency, failure }) {
  return {
    row: row.id,
    peer: peer.name,
    kind: peer.kind,
    samples,
    median: median(samples),
    minimum: Math.min(...samples),
    maximum: Math.max(...samples),
    ...(latency === undefined ? {} : { latency }),
    ...(failure === undefined ? {} : { failure }),
  };
}
