// The short forms of test/soak/reload.mjs, test/soak/orphans.mjs and test/soak/supervised-kills.mjs.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

async function soak(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL(`../soak/${name}.mjs`, import.meta.url)), ...args]);
  return stdout;
}

test.each(["process", "thread"])("a %s is replaced under load, and no call fails or is lost", { timeout: 120_000 }, async (kind) => {
  expect(await soak("reload", "8", kind, "8")).toMatch(/^8 reloads of a .* 0 failed, 0 lost/u);
});

test("nobody survives a parent that is killed", { timeout: 120_000 }, async () => {
  expect(await soak("orphans", "3", "4")).toMatch(/0 survivors after 1000 ms/u);
});

test("children that are killed in every way are back, and no call stays unsettled", { timeout: 240_000 }, async () => {
  expect(await soak("supervised-kills", "25", "4", "100")).toMatch(
    /0 unsettled, .* 0 acknowledged effects missing, 0 ran twice, .* all 4 back/u,
  );
});
