import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { kinds } from "./helpers.ts";

const soak = fileURLToPath(new URL("../soak/pool-kills.mjs", import.meta.url));

it.each(kinds)("no call is left unsettled and the pool is whole after many kills of %s workers", { timeout: 120_000 }, async (kind) => {
  const { stdout } = await promisify(execFile)(process.execPath, [soak, kind === "thread" ? "40" : "15", "3", kind]);
  expect(stdout).toMatch(/kills of 3 \w+ workers in .* none unsettled/);
});
