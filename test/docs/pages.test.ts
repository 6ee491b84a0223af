// Every program that README.md and the pages in docs/ show runs, and prints what the page says.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { toPattern } from "../examples/expected-output.ts";
import { runProgram } from "../examples/run-program.ts";
import { blocksOf, fileNameOf, programsOf, type Program } from "./code-blocks.ts";

const pages = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
/** Pages whose every block of JavaScript is a file or runs. */
const whole = [
  "README.md",
  "docs/getting-started.md",
  "docs/what-can-be-passed.md",
  "docs/errors.md",
  "docs/transports.md",
  "docs/options.md",
];

// Below the repository, so that programs find "nearcall" as users do, by its name.
mkdirSync(".cache", { recursive: true });
const folder = mkdtempSync(join(".cache", "pages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const page of pages) {
  const programs = programsOf(readFileSync(page, "utf8"));
  if (programs.length === 0) continue;

  describe.concurrent(`programs in ${page}`, () => {
    it.for(programs)("$title", { timeout: 60_000 }, async (program, { expect }) => {
      const { stdout, stderr, code } = await run(program);
      expect({ stdout, stderr, code }).toEqual({ stdout, stderr: "", code: 0 });
      expect(stdout).toMatch(toPattern(program.prints));
    });
  });
}

describe("pages", () => {
  it.each(whole)("%s shows no code that nothing runs", (page) => {
    const blocks = blocksOf(readFileSync(page, "utf8")).filter(({ info }) => /^(js|javascript|mjs)\b/.test(info));
    expect(blocks.filter(({ info, code }) => !/^js (run|then)$/.test(info) && fileNameOf(code) === undefined)).toEqual([]);
    expect(blocks.some(({ info }) => info === "js run")).toBe(true);
  });

  it("are all linked from the README", () => {
    const readme = readFileSync("README.md", "utf8");
    expect(pages.filter((page) => page !== "README.md" && !readme.includes(`](${page})`))).toEqual([]);
  });

  it.each(pages)("%s links only to what is there", (page) => {
    const text = readFileSync(page, "utf8");
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)].map(([, target]) => join(dirname(page), target ?? ""));
    const missing = targets.filter((target) => !readdirSync(dirname(target)).includes(target.split("/").at(-1) ?? ""));
    expect(missing).toEqual([]);
  });
});

async function run(program: Program) {
  const place = mkdtempSync(join(folder, "program-"));
  for (const [name, source] of program.files) write(join(place, name), source);
  write(join(place, program.name), program.source);
  return runProgram([join(place, program.name)], { timeout: 50_000 });
}

function write(path: string, source: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
}
