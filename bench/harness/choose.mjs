// Which rows and peers a run takes: all, those named, or in the short form those that goals speak of.

import { goals } from "../goals.mjs";
import { peers } from "../peers/index.mjs";
import { rows } from "../rows/index.mjs";

// Too slow, or too dependent on what else the machine does, for a check that has to be quick and steady.
const notInShort = ["bytes-64m", "idle", "hog-", "import", "pool-files", "blocking-bytes", "blocking-callback"];

/** @param {ReturnType<typeof import("./options.mjs").readOptions>} options */
export function chooseRows({ rows: wanted, short }) {
  const ofGoals = new Set(goals.flatMap(({ row, againstRow }) => [row, againstRow]));
  const chosen = rows.filter(({ id }) => {
    if (wanted.length > 0) return wanted.some((beginning) => id.startsWith(beginning));
    return !short || (ofGoals.has(id) && !notInShort.some((beginning) => id.startsWith(beginning)));
  });
  if (chosen.length === 0) throw new RangeError(`no row begins with ${wanted.join(" or ")}; --list names them`);
  return chosen;
}

/** @param {ReturnType<typeof import("./options.mjs").readOptions>} options */
export function choosePeers({ only }) {
  if (only.length === 0) return peers;
  return peers.filter(({ name }) => name.startsWith("raw") || only.some((part) => name.includes(part)));
}

/** In the short form a row takes the peers that a goal names there, and no others. */
export function peersOfRow(row, chosen, { short }) {
  if (!short) return chosen;
  const named = new Set();
  for (const { row: id, peer, against, againstRow } of goals) {
    if (id === row.id) named.add(peer);
    if ((againstRow ?? id) === row.id) named.add(against);
  }
  return chosen.filter(({ name }) => named.has(name));
}
