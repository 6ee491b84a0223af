import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { faultOf, ownFolder } from "../../lib/socket/own-folder.ts";

let folder: string;
const uid = process.geteuid!();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nearcall-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function choose(create: boolean, runtimeFolder?: string): string {
  return ownFolder(create, { runtimeFolder, temporaryFolder: folder, uid });
}

describe("ownFolder", () => {
  it("takes XDG_RUNTIME_DIR", () => {
    const runtime = join(folder, "runtime");
    mkdirSync(runtime, { mode: 0o700 });
    expect(choose(true, runtime)).toBe(runtime);
  });

  it.each<[string, (path: string) => void]>([
    ["is not there", () => {}],
    ["lets others in", (path) => (mkdirSync(path), chmodSync(path, 0o755))],
    ["is a file", (path) => writeFileSync(path, "")],
  ])("does not take XDG_RUNTIME_DIR when it %s", (_, make) => {
    const runtime = join(folder, "runtime");
    make(runtime);
    expect(choose(true, runtime)).toBe(join(folder, `nearcall-${uid}`));
  });

  it("does not take a relative XDG_RUNTIME_DIR", () => {
    expect(choose(true, ".")).toBe(join(folder, `nearcall-${uid}`));
  });

  it("makes a folder that is the user's alone, and takes it again", () => {
    const own = choose(true);
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(choose(true)).toBe(own);
    expect(choose(false)).toBe(own);
  });

  it("makes nothing for one who connects", () => {
    expect(choose(false)).toBe(join(folder, `nearcall-${uid}`));
    expect(() => statSync(join(folder, `nearcall-${uid}`))).toThrow(/ENOENT/);
  });

  it.each<[string, RegExp, (path: string) => void]>([
    ["others may enter", /mode is 750/, (path) => (mkdirSync(path), chmodSync(path, 0o750))],
    ["a link was put in its place", /is not a folder/, (path) => symlinkSync("/tmp", path)],
    ["a file was put in its place", /is not a folder/, (path) => writeFileSync(path, "")],
  ])("refuses when %s", (_, message, make) => {
    make(join(folder, `nearcall-${uid}`));
    expect(() => choose(true)).toThrow(message);
    expect(() => choose(false)).toThrow(expect.objectContaining({ code: "ERR_SOCKET_PATH" }));
  });

  it("says when the folder cannot be made", () => {
    expect(() => ownFolder(true, { runtimeFolder: undefined, temporaryFolder: join(folder, "missing"), uid })).toThrow(/cannot be made/);
  });
});

describe("faultOf", () => {
  it("refuses another user's folder", () => {
    expect(faultOf({ mode: 0o40700, uid: 1, isDirectory: () => true }, 2)).toBe("it belongs to the user with id 1, and you are 2");
    expect(faultOf({ mode: 0o40700, uid: 2, isDirectory: () => true }, 2)).toBe(undefined);
  });
});
