// The short forms of test/soak/blocking.mjs and test/soak/blocking-faults.mjs.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = (name: string, ...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL(`../soak/${name}.mjs`, import.meta.url)), ...args]);

it("answers 30,000 blocking calls with random pauses, each with its own answer", { timeout: 60_000 }, async () => {
  expect((await run("blocking", "30000", "1")).stdout).toMatch(/30000 calls .* pending 0, late replies 0, streams 0/);
});

it("sees every kind of death while it blocks, again and again", { timeout: 60_000 }, async () => {
  const { stdout } = await run("blocking-faults", "2");
  expect(stdout.match(/2 times in/g)?.length).toBe(8);
});
