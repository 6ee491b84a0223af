// The tour: one job over real files, first on the main thread, then in threads, in processes and behind a socket.
// What to look at is the last column: how long the main thread could do nothing else.
// The files are those of node_modules, or of a folder of yours: npm start -- path/to/folder
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { findFiles } from "./files.mjs";
import { measure } from "./measure.mjs";
import { startProgress } from "./progress.mjs";
import { inProcesses, inThreads, onMainThread, overSocket } from "./ways.mjs";

const count = Math.max(2, Math.min(8, availableParallelism()));
const ways = [
  ["on the main thread", onMainThread],
  [`in ${count} threads`, inThreads],
  [`in ${count} processes`, inProcesses],
  [`over a socket, ${count} threads behind it`, overSocket],
];

const folder = process.argv[2] ?? fileURLToPath(new URL("../../node_modules", import.meta.url));
const { batches, files, bytes } = await findFiles(folder);
console.log(`Parse and hash ${files.toLocaleString("en")} JavaScript files in ${basename(folder)}, ${(bytes / 1e6).toFixed(0)} MB\n`);

const table = new Table({
  head: ["", "wall time", "speed-up", "longest event-loop delay"],
  colAligns: ["left", "right", "right", "right"],
  style: { head: [], border: [], compact: true },
});
let first;
for (const [label, way] of ways) {
  const bar = startProgress(label, bytes);
  const { result, wall, longestDelay } = await measure(() => way(batches, bar.add, count));
  bar.stop();
  if (!process.stderr.isTTY) console.log(`${label}: ${seconds(wall)}`);

  const summary = summarise(result);
  first ??= { summary, wall };
  if (summary.digest !== first.summary.digest) throw new Error(`${label}: other results than on the main thread`);
  table.push([label, seconds(wall), `${(first.wall / wall).toFixed(2)} ×`, `${longestDelay.toFixed(0)} ms`]);
}

console.log(`\n${table.toString()}\n`);
const { statements, copies } = first.summary;
console.log(
  `Every way found the same: ${statements.toLocaleString("en")} top-level statements, and ${copies.toLocaleString("en")} files that are copies of others.`,
);

/** What was found, in an order of its own, so that two runs can be compared. */
function summarise(found) {
  const hashes = found.map(({ path, hash, statements }) => `${path} ${hash} ${statements}`).toSorted();
  return {
    statements: found.reduce((sum, file) => sum + (file.statements ?? 0), 0),
    copies: found.length - new Set(found.map(({ hash }) => hash)).size,
    digest: createHash("sha256").update(hashes.join("\n")).digest("hex"),
  };
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}
