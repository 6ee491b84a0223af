// The pages about options and errors name everything that there is, with the defaults that hold.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../lib/core/options.ts";

const options = readFileSync("docs/options.md", "utf8");
const errors = readFileSync("docs/errors.md", "utf8");
const MiB = 1024 * 1024;

describe("docs/options.md", () => {
  const source = readFileSync("lib/core/options.ts", "utf8");

  it.each(["Limits", "ConnectionOptions", "CallOptions"])("names every member of %s", (name) => {
    const [body] = source.split(`export interface ${name} {`)[1]?.split("\n}") ?? [];
    const members = [...(body ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => member);
    expect(members.length).toBeGreaterThan(5);
    expect(members.filter((member) => !options.includes(`| \`${member}\` |`))).toEqual([]);
  });

  it.each(Object.entries(DEFAULT_LIMITS))("tells the default of limits.%s", (limit, value) => {
    const [, limits = ""] = options.split("\n## Limits\n");
    const row = limits.split("\n").find((line) => line.startsWith(`| \`${limit}\` |`));
    expect(row).toContain(value % MiB === 0 ? `${value / MiB} MiB` : value.toLocaleString("en"));
  });
});

describe("docs/errors.md", () => {
  const paths = readdirSync("lib", { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const sources = paths.map((path) => readFileSync(`lib/${path}`, "utf8"));
  const codes = new Set<string>(sources.flatMap((source) => source.match(/(?<=")ERR_[A-Z_]+(?=")/g) ?? []));

  it("has a row for every code of ours", () => {
    expect(codes.size).toBeGreaterThan(10);
    expect([...codes].filter((code) => !errors.includes(`| \`${code}\` `))).toEqual([]);
  });

  it("tells of no code that there is not", () => {
    const rows = errors.match(/(?<=^\| `)ERR_[A-Z_]+/gm) ?? [];
    expect(rows.filter((code) => !codes.has(code))).toEqual([]);
  });
});
