// What the job works on: the JavaScript that `npm ci` put into node_modules.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Leaves out the largest bundles, which would make one call out of half of the work. */
const LARGEST = 1_000_000;
const BATCH = 16;

/** @returns {Promise<{ batches: string[][], files: number, bytes: number }>} the largest files first, so that no worker ends on a long one */
export async function findFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const all = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
  const chosen = all.filter(({ size }) => size <= LARGEST).toSorted((a, b) => b.size - a.size);
  const batches = [];
  for (let start = 0; start < chosen.length; start += BATCH) batches.push(chosen.slice(start, start + BATCH).map(({ path }) => path));
  return { batches, files: chosen.length, bytes: chosen.reduce((sum, { size }) => sum + size, 0) };
}
