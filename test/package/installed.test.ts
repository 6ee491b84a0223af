// What a user gets: the tarball that npm would publish, installed into an empty folder, runs the README's example
// from JavaScript and from TypeScript.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, fileNameOf, programsOf } from "../docs/code-blocks.ts";
import { toPattern } from "../examples/expected-output.ts";
import { runProgram } from "../examples/run-program.ts";

const run = promisify(execFile);
const compiler = resolve("node_modules/typescript/bin/tsc");
const [example] = programsOf(readFileSync("README.md", "utf8"));
const folder = mkdtempSync(join(tmpdir(), "installed-"));

beforeAll(async () => {
  // dist is as the tests' setup left it.
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--loglevel=error", "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  write("package.json", JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", join(folder, filename), "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], { cwd: folder });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the README's example, installed from the tarball", () => {
  it("runs as it stands", async () => {
    for (const [name, source] of example?.files ?? []) write(name, source);
    await expectExample("main.js");
  });

  it("runs from .mjs in a package that is not of type module", async () => {
    write("plain/package.json", "{}");
    for (const [name, source] of example?.files ?? [])
      write(`plain/${name.replace(/js$/, "mjs")}`, source.replaceAll("./math.js", "./math.mjs"));
    await expectExample("plain/main.mjs");
  });

  it("runs from TypeScript, and its types hold without skipLibCheck", { timeout: 60_000 }, async () => {
    write("typed/math.ts", readFileSync("test/package/math.ts", "utf8"));
    write("typed/main.ts", typescriptOf("README.md").get("main.ts") ?? "");
    write("typed/user.ts", readFileSync("test/package/user.ts", "utf8"));
    expect(await compile("typed")).toBe("");
    await expectPrinted("typed/out/main.js", ["832040"]);
    await expectPrinted("typed/out/user.js", ["832040", "1", "4", "half", "gone"]);
  });
});

it("every TypeScript program of the pages compiles", { timeout: 60_000 }, async () => {
  const pages = [
    "README.md",
    ...readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  for (const page of pages) {
    for (const [name, source] of typescriptOf(page)) write(`pages/${page.replaceAll(/\W/g, "-")}/${name}`, source);
    for (const { files } of programsOf(readFileSync(page, "utf8")))
      for (const [name, source] of files) write(`pages/${page.replaceAll(/\W/g, "-")}/${name}`, source);
  }
  expect(await compile("pages")).toBe("");
});

function write(name: string, source: string): void {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, source);
}

function typescriptOf(page: string): Map<string, string> {
  const blocks = blocksOf(readFileSync(page, "utf8")).filter(({ info }) => info === "ts");
  return new Map(blocks.map(({ code, line }) => [fileNameOf(code) ?? `line-${line}.ts`, code]));
}

/** Compiles a folder into its `out`, as strictly as can be, and answers what the compiler says. */
async function compile(name: string): Promise<string> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "ES2023",
    module: "NodeNext",
    lib: ["ES2023", "ESNext.Disposable"],
    types: ["node"],
    typeRoots: [resolve("node_modules/@types")],
    allowJs: true,
    checkJs: false,
    skipLibCheck: false,
    rootDir: ".",
    outDir: "out",
  };
  write(`${name}/tsconfig.json`, JSON.stringify({ compilerOptions, exclude: ["out"] }));
  return run(process.execPath, [compiler, "-p", join(folder, name)]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

async function expectExample(program: string): Promise<void> {
  await expectPrinted(program, example?.prints ?? []);
}

async function expectPrinted(program: string, lines: readonly string[]): Promise<void> {
  const { stdout, stderr, code } = await runProgram([join(folder, program)], { cwd: folder });
  expect({ stdout, stderr, code }).toEqual({ stdout, stderr: "", code: 0 });
  expect(stdout).toMatch(toPattern(lines));
}
