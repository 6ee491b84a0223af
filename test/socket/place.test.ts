import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveAddress } from "../../lib/socket/address.ts";
import { checkLength, longestPath, placeOf } from "../../lib/socket/place.ts";

describe("placeOf", () => {
  it.each([
    ["billing", { kind: "name", name: "billing" }],
    ["billing.sock", { kind: "name", name: "billing.sock" }],
    ["./billing", { kind: "file", path: "./billing" }],
    ["/run/billing.sock", { kind: "file", path: "/run/billing.sock" }],
    ["@billing", { kind: "abstract", path: "\0billing" }],
    ["\0billing", { kind: "abstract", path: "\0billing" }],
    ["@a/b", { kind: "abstract", path: "\0a/b" }],
  ])("reads %j on Linux", (text, place) => {
    expect(placeOf(text, "linux")).toEqual(place);
  });

  it.each([
    ["billing", "\\\\.\\pipe\\nearcall-billing"],
    ["/run/billing.sock", "\\\\.\\pipe\\nearcall-run-billing.sock"],
    ["C:\\Temp\\billing", "\\\\.\\pipe\\nearcall-C-Temp-billing"],
    ["\\\\.\\pipe\\mine", "\\\\.\\pipe\\mine"],
    ["//./pipe/mine", "//./pipe/mine"],
  ])("maps %j to a named pipe on Windows", (text, path) => {
    expect(placeOf(text, "win32")).toEqual({ kind: "pipe", path });
  });

  it.each([
    ["", "linux", /needs a path or a name, and got an empty one/],
    [undefined, "linux", /got undefined/],
    ["/run/a\0b", "linux", /NUL/],
    ["a\0b", "linux", /NUL/],
    ["@", "linux", /needs a name/],
    ["@a\0b", "linux", /NUL/],
    [`@${"a".repeat(107)}`, "linux", /108 bytes.*at most 107/],
    ["@billing", "darwin", /Linux only/],
    ["\0billing", "win32", /Linux only/],
    ["..", "linux", /is a folder/],
  ])("refuses %j on %s", (text, platform, message) => {
    expect(() => placeOf(text as string, platform as NodeJS.Platform)).toThrow(message);
    expect(() => placeOf(text as string, platform as NodeJS.Platform)).toThrow(expect.objectContaining({ code: "ERR_SOCKET_PATH" }));
  });
});

describe("checkLength", () => {
  it("counts bytes, not characters", () => {
    const path = `/tmp/${"ä".repeat(51)}`;
    expect(() => checkLength(path, "linux")).not.toThrow();
    expect(() => checkLength(`${path}x`, "linux")).toThrow(/108 bytes.*at most 107.*Use a shorter folder/);
  });

  it("knows that others than Linux take less", () => {
    expect([longestPath("linux"), longestPath("darwin"), longestPath("freebsd")]).toEqual([107, 103, 103]);
    expect(() => checkLength("/".repeat(104), "darwin")).toThrow(/at most 103/);
  });
});

describe("resolveAddress", () => {
  it("makes paths absolute, so that a later change of folder does not matter", () => {
    expect(resolveAddress("./a.sock", false)).toEqual({ kind: "file", path: resolve("a.sock"), label: `unix:${resolve("a.sock")}` });
  });

  it("shows an abstract name as other tools do", () => {
    expect(resolveAddress("\0billing", false)).toEqual({ kind: "abstract", path: "\0billing", label: "unix:@billing" });
  });

  it("checks the path that it came to", () => {
    expect(() => resolveAddress(`./${"x".repeat(107)}`, false)).toThrow(/bytes/);
  });
});
