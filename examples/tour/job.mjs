// The job that the tour offloads: an ordinary module, which does not know where it runs.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse } from "acorn";

/** Milliseconds: nobody sees a bar move more often. */
const PROGRESS_EVERY = 25;

/**
 * Reads, parses and hashes files, one after the other, and tells `progress` how many bytes that were.
 * Nothing here gives way to the event loop, which is why it should run elsewhere.
 */
export async function inspect(paths, progress) {
  const found = [];
  let untold = 0;
  let told = performance.now();
  for (const path of paths) {
    const bytes = readFileSync(path);
    const hash = createHash("sha256").update(bytes).digest("hex");
    found.push({ path, hash, statements: countStatements(bytes.toString()) });
    untold += bytes.length;
    if (performance.now() - told < PROGRESS_EVERY) continue;
    await progress(untold);
    untold = 0;
    told = performance.now();
  }
  await progress(untold);
  return found;
}

/** Statements at the top level, or undefined for what is no JavaScript after all. */
function countStatements(source) {
  for (const sourceType of ["module", "script"]) {
    try {
      return parse(source, { sourceType, ecmaVersion: "latest", allowHashBang: true, allowReturnOutsideFunction: true }).body.length;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
