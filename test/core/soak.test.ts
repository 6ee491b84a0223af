// The short forms of test/soak/references.mjs and test/soak/kills.mjs, by the program that `npm run soak` runs.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../soak/run.mjs", import.meta.url));

it("leaves nothing behind of callbacks, streams, aborted calls and killed servers", { timeout: 90_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--short", "references", "kills"]);
  expect(stdout).toContain("all 2 soaks hold");
});
