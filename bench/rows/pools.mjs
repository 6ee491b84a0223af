// What does a pool add to small calls, and how near does it come to all cores' worth of real work?

import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ratePerSecond } from "../harness/sample.mjs";
import { work } from "../peers/far/api.mjs";
import { callsAtOnce, checkAdd } from "./small-calls.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

const threads = availableParallelism();
let files;

/** @type {readonly Row[]} */
export const pools = [smallCalls(), files5ms()];

/** @returns {Row} */
function smallCalls() {
  return {
    id: "pool-in-flight-100",
    title: `add(a, b) through a pool of ${threads}, 100 in flight`,
    unit: "calls/s",
    better: "higher",
    kinds: ["pool"],
    base: "piscina",
    threads,
    check: checkAdd,
    measure: (running, milliseconds) => ratePerSecond(() => callsAtOnce([running], 100), 100, milliseconds),
  };
}

/** @returns {Row} */
function files5ms() {
  return {
    id: "pool-files",
    title: `files parsed and hashed by a pool of ${threads}, about 5 ms a file`,
    unit: "files/s",
    better: "higher",
    kinds: ["here", "pool"],
    base: "raw, on this thread",
    threads,
    async check(running) {
      files ??= realFiles(64);
      for (const file of files.slice(0, 3)) {
        if ((await running.work(file)).hash !== work(file).hash) throw new Error(`another hash for ${file}`);
      }
    },
    measure: (running, milliseconds) =>
      ratePerSecond(
        async () => {
          const results = await Promise.all(files.map((file) => running.work(file)));
          if (results.some(({ hash }) => hash.length !== 64)) throw new Error("a hash is missing");
        },
        files.length,
        milliseconds * 3,
      ),
  };
}

// Module files from this package's own dependencies, of a size that takes about 5 ms.
function realFiles(count) {
  const root = fileURLToPath(new URL("../node_modules", import.meta.url));
  const names = readdirSync(root, { recursive: true }).filter((name) => /\.m?js$/.test(name));
  const found = [];
  for (const path of names.map((name) => join(root, name)).toSorted()) {
    const { size } = statSync(path);
    if (size > 25_000 && size < 90_000 && parses(path)) found.push(path);
    if (found.length === count) break;
  }
  return found;
}

function parses(path) {
  try {
    work(path);
    return true;
  } catch {
    return false;
  }
}
