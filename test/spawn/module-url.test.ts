import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { moduleUrl } from "../../lib/spawn/module-url.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nearcall-")));
const file = join(folder, "a module.mjs");

beforeAll(() => {
  writeFileSync(file, "");
  mkdirSync(join(folder, "node_modules/found"), { recursive: true });
  writeFileSync(join(folder, "node_modules/found/package.json"), JSON.stringify({ name: "found", exports: "./main.js" }));
  writeFileSync(join(folder, "node_modules/found/main.js"), "");
});
beforeEach(() => void vi.spyOn(process, "cwd").mockReturnValue(folder));
afterAll(() => rmSync(folder, { recursive: true }));

describe("moduleUrl", () => {
  it.each<[string, URL | string, string]>([
    ["a file's URL", pathToFileURL(file), pathToFileURL(file).href],
    ["a file's URL as a string", pathToFileURL(file).href, pathToFileURL(file).href],
    ["a file's URL with a query", new URL("?worker#1", pathToFileURL(file)), `${pathToFileURL(file).href}?worker#1`],
    ["an absolute path", file, pathToFileURL(file).href],
    ["a data: URL", "data:text/javascript,1", "data:text/javascript,1"],
    ["a module of Node", "node:zlib", "node:zlib"],
    ["a package's name, found from the working directory", "found", pathToFileURL(join(folder, "node_modules/found/main.js")).href],
    ["a module of Node by its bare name", "path", "node:path"],
  ])("takes %s", (_, given, expected) => {
    expect(moduleUrl(given)).toBe(expected);
  });

  it.each<[string, unknown, string]>([
    ["a file that is missing", new URL("./missing.mjs", pathToFileURL(file)), "There is no file"],
    ["a folder", folder, "is a folder"],
    ["a relative path", "./worker.js", 'new URL("./worker.js", import.meta.url)'],
    ["a parent's relative path", "../worker.js", 'new URL("../worker.js", import.meta.url)'],
    ["an empty string", "", "is relative"],
    ["a name that may be a file's", "worker.js", 'new URL("./worker.js", import.meta.url)'],
    ["a package that is missing", "not-installed", 'import.meta.resolve("not-installed")'],
    ["a URL of another kind", "https://example.org/worker.js", "https: URLs"],
    ["a file of another machine", "file://elsewhere/worker.js", "names no file of this machine"],
    ["what is no URL", 5, "It is number"],
    ["null", null, "It is null"],
  ])("refuses %s, and says what to do", (_, given, message) => {
    expect(() => moduleUrl(given as string)).toThrow(
      expect.objectContaining({ code: "ERR_MODULE", message: expect.stringContaining(message) }),
    );
  });
});
