// Every program in examples/ runs, prints what it says that it prints, and leaves nothing running.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { promisedOutput, toPattern } from "./expected-output.ts";
import { runProgram } from "./run-program.ts";

const folders = readdirSync("examples").filter((name) => existsSync(`examples/${name}/main.mjs`));
const names = [
  ...readdirSync("examples").filter((name) => name.endsWith(".mjs")),
  // The tour has a test of its own.
  ...folders.filter((name) => name !== "tour").map((name) => `${name}/main.mjs`),
];
const MOST_LINES = 40;

describe.concurrent("every example", () => {
  it("is found", ({ expect }) => {
    expect(names.length).toBeGreaterThanOrEqual(20);
  });

  it.for(names)("%s runs and prints what it promises", { timeout: 60_000 }, async (name, { expect }) => {
    const { stdout, stderr, code, signal } = await runProgram([`examples/${name}`]);
    expect({ stdout, stderr, code, signal }).toEqual({ stdout, stderr: "", code: 0, signal: null });
    const promised = promisedOutput(readFileSync(`examples/${name}`, "utf8"));
    if (promised !== undefined) expect(stdout).toMatch(promised);
  });
});

describe("the numbered examples", () => {
  const numbered = names.filter((name) => /^\d\d-/.test(name));

  it.each(numbered)("%s is short, says what it is about, and what it prints", (name) => {
    const source = readFileSync(`examples/${name}`, "utf8");
    expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(MOST_LINES);
    expect(source).toMatch(/^\/\/ [A-Z]/);
    expect(promisedOutput(source)).toBeDefined();
  });

  it("count up from 01 without a gap", () => {
    expect(numbered.map((name) => Number(name.slice(0, 2)))).toEqual(numbered.map((_, index) => index + 1));
  });
});

describe("what an example promises to print", () => {
  it("is compared line by line, with room for what differs from run to run", () => {
    const pattern = toPattern(["pid …, all (well)", "…", "done"]);
    expect("pid 12, all (well)\na\nb\ndone\n").toMatch(pattern);
    expect("pid 12, all (well)\ndone\n").toMatch(pattern);
    expect("pid 12, all (well)\ndone\nmore\n").not.toMatch(pattern);
    expect("pid 12, all well\ndone\n").not.toMatch(pattern);
  });

  it("is read from the comment at the end", () => {
    expect(promisedOutput('console.log("a");\n\n// Prints:\n// a\n')).toEqual(/^a *\n$/);
    expect(promisedOutput('console.log("a");\n')).toBeUndefined();
  });
});
