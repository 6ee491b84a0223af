// The long forms are run by hand or by `npm run soak`; here is each of them in short, so that it works when it is needed.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

async function run(script: string, ...args: (string | number)[]): Promise<string> {
  const path = fileURLToPath(new URL(`../soak/${script}.mjs`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args.map(String)]);
  return stdout;
}

it("gives each of several rounds of contenders exactly one owner", { timeout: 60_000 }, async () => {
  expect(await run("takeover", 10, 4)).toContain("10 rounds of 4 contenders");
});

it("hands over under load without a call that fails", { timeout: 60_000 }, async () => {
  expect(await run("handover", 2, 2, 5)).toMatch(/ 0 failed, 0 ran twice, 0 ran without an answer/);
});

it("serves many clients, which all come back when it was killed", { timeout: 60_000 }, async () => {
  expect(await run("clients", 100, 50)).toMatch(/storm: 50 clients came back .* 0 failed/);
});

// How much slower is for the long form to say: here other tests run beside it.
it("is not slowed by clients that send a byte now and then, and cuts them off", { timeout: 60_000 }, async () => {
  expect(await run("slowloris", 40, 400, 400, 10)).toContain("40 of 40 were cut off");
});
