// The tour, as CI and a newcomer run it, without a terminal; on fewer files, so that the tests beside it get their turn.
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { runProgram } from "./run-program.ts";

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("tour-"));

it("does the job in four places, ends in a table, and cleans up after itself", { timeout: 120_000 }, async () => {
  const before = leftovers();
  const { stdout, stderr, code, signal } = await runProgram(["examples/tour/main.mjs", "node_modules/knip"], { timeout: 110_000 });
  expect({ stdout, stderr, code, signal }).toEqual({ stdout, stderr: "", code: 0, signal: null });

  for (const way of ["on the main thread", "threads", "processes", "over a socket"])
    expect(stdout).toMatch(new RegExp(`│.*${way}.*\\d s │.*× │.*ms │`));
  expect(stdout).toContain("Every way found the same");
  expect(stdout.split("\n").length).toBeLessThan(30);
  expect(leftovers()).toEqual(before);
});
