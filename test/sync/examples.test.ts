// The examples of blocking calls that are more than one file.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { promisedOutput } from "../examples/expected-output.ts";
import { runProgram } from "../examples/run-program.ts";

it("a require hook compiles with a compiler whose interface is async", { timeout: 60_000 }, async () => {
  const main = "examples/sync-require-hook/main.mjs";
  const { stdout, stderr, code } = await runProgram([main]);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  expect(stdout).toMatch(promisedOutput(readFileSync(main, "utf8"))!);
});
