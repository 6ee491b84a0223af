// The pages about options and errors name everything that there is, with the defaults that hold.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../lib/core/options.ts";

const options = readFileSync("docs/options.md", "utf8");
const errors = readFileSync("docs/errors.md", "utf8");
const MiB = 1024 * 1024;
/** Codes of Node that the library looks for. */
const NODES_OWN: ReadonlySet<string> = new Set(["ERR_UNKNOWN_FILE_EXTENSION", "ERR_WORKER_OUT_OF_MEMORY"]);

describe("docs/options.md", () => {
  it.each([
    ["lib/core/options.ts", "Limits", 12],
    ["lib/core/options.ts", "ConnectionOptions", 12],
    ["lib/core/options.ts", "CallOptions", 7],
    ["lib/spawn/until-ready.ts", "StartOptions", 4],
    ["lib/spawn/thread.ts", "SpawnThreadOptions", 10],
    ["lib/spawn/process.ts", "SpawnProcessOptions", 10],
    ["lib/socket/server.ts", "ListenOptions", 10],
    ["lib/socket/connect.ts", "ConnectOptions", 5],
    ["lib/socket/reconnect-options.ts", "ReconnectOptions", 7],
  ])("names every member that %s gives %s", (file, name, atLeast) => {
    const source = readFileSync(file, "utf8");
    const [body] = source.split(new RegExp(`^export interface ${name} .*{$`, "m"))[1]?.split("\n}") ?? [];
    const members = [...(body ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => String(member));
    expect(members.length).toBeGreaterThanOrEqual(atLeast);
    expect(members.filter((member) => !new RegExp(`^\\| [^|]*\`${member}\``, "m").test(options))).toEqual([]);
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
  const found = new Set<string>(sources.flatMap((source) => source.match(/(?<=")ERR_[A-Z_]+(?=")/g) ?? []));
  const codes = new Set([...found].filter((code) => !NODES_OWN.has(code)));

  it("has a row for every code of ours", () => {
    expect(codes.size).toBeGreaterThan(10);
    expect([...codes].filter((code) => !new RegExp(`^\\| \`${code}\` `, "m").test(errors))).toEqual([]);
  });

  it("tells of no code that there is not", () => {
    const rows = errors.match(/(?<=^\| `)ERR_[A-Z_]+/gm) ?? [];
    expect(rows.filter((code) => !codes.has(code))).toEqual([]);
  });
});
