import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { fixture, kinds, maker, until } from "./helpers.ts";

const program = fileURLToPath(fixture("pool-program"));
const run = async (what: string, kind: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [program, what, kind], { timeout: 30_000 })).stdout;

describe.concurrent.each(kinds)("a program with a pool of %s workers", (kind) => {
  it.for([
    ["idle", "3\n"],
    ["waiting", "0\n1\n2\n"],
    ["replaced", "lost\n3\n"],
    ["bereft", "3\n".repeat(15)],
    ["leased", "3\n"],
    ["closing", "done\nclosed\n"],
  ] as const)(
    "that is %s lives as long as there is something to wait for, and no longer",
    { timeout: 60_000 },
    async ([what, output], { expect }) => {
      expect(await run(what, kind)).toBe(output);
    },
  );
});

describe("an idle pool", () => {
  it("takes no processor time", async () => {
    const pool = await maker("thread")({ minThreads: 1, maxThreads: 2, idleTimeout: 20 });
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => pool.remote.add(index, 1)));
    await until(() => pool.stats().threads === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { user, system } = process.cpuUsage(before);
    // Of a second. The test runner itself is not quite idle.
    expect((user + system) / 1_000).toBeLessThan(30);
  });
});
