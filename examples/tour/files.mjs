// What the job works on: the JavaScript in a folder.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes. Larger bundles are left out: one of them would be half of the work. */
const LARGEST = 500_000;
/** Files in one call. */
const BATCH = 32;

/** @returns {Promise<{ batches: string[][], files: number, bytes: number }>} batches of about the same size */
export async function findFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const all = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
  const chosen = all.filter(({ size }) => size <= LARGEST).toSorted((a, b) => b.size - a.size);

  // Dealt out like cards, the largest first.
  const batches = Array.from({ length: Math.ceil(chosen.length / BATCH) }, () => []);
  for (const [index, { path }] of chosen.entries()) batches[index % batches.length].push(path);
  return { batches, files: chosen.length, bytes: chosen.reduce((sum, { size }) => sum + size, 0) };
}
