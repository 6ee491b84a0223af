import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pathOf } from "../../lib/socket/bound-path.ts";
import { activatedSockets, takeActivated } from "../../lib/socket/activation.ts";

const left = (count: string, names?: string): Record<string, string | undefined> => ({
  LISTEN_PID: "7",
  LISTEN_FDS: count,
  ...(names !== undefined && { LISTEN_FDNAMES: names }),
});

describe("activatedSockets", () => {
  it("counts from descriptor 3, and reads the names", () => {
    expect(activatedSockets(left("2", "api:metrics"), 7)).toEqual([
      { fd: 3, name: "api" },
      { fd: 4, name: "metrics" },
    ]);
    expect(activatedSockets(left("1"), 7)).toEqual([{ fd: 3, name: "" }]);
  });

  it.each([[{}], [left("0")], [left("-1")], [left("x")], [left("1e99")], [{ ...left("1"), LISTEN_PID: "8" }], [{ LISTEN_FDS: "1" }]])(
    "finds nothing in %j for process 7",
    (environment) => {
      expect(activatedSockets(environment, 7)).toEqual([]);
    },
  );
});

describe("takeActivated", () => {
  it("takes the first, and removes the variables, so that no child takes it too", () => {
    const environment = { ...left("1", "api"), PATH: "/bin" };
    expect(takeActivated(true, environment, 7)).toBe(3);
    expect(environment).toEqual({ PATH: "/bin" });
    expect(takeActivated(true, environment, 7)).toBe(undefined);
  });

  it("takes each once, by name or in order", () => {
    const environment = left("3", "api:metrics:admin");
    expect(takeActivated("metrics", environment, 7)).toBe(4);
    expect(takeActivated(true, environment, 7)).toBe(3);
    expect(() => takeActivated("metrics", environment, 7)).toThrow(/no socket named "metrics"; it left: admin/);
    expect(takeActivated(true, environment, 7)).toBe(5);
    expect(environment).toEqual({});
  });

  it("says what there is when the name is another", () => {
    expect(() => takeActivated("api", left("2", ":metrics"), 7)).toThrow(expect.objectContaining({ code: "ERR_ACTIVATION" }));
    expect(() => takeActivated("api", left("2", ":metrics"), 7)).toThrow(/one without a name, metrics/);
  });
});

describe("pathOf", () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
00000000e90e99bd: 00000002 00000000 00010000 0001 01 11520 @name@@@@@@
00000000e90e99be: 00000003 00000000 00000000 0001 03 11521
00000000e90e99bf: 00000002 00000000 00010000 0001 01 11522 /run/a folder/11522 socket`;

  it.each([
    ["11520", "\0name"],
    ["11521", undefined],
    ["11522", "/run/a folder/11522 socket"],
    ["1152", undefined],
  ])("finds that of the inode %s", (inode, path) => {
    expect(pathOf(inode, table)).toBe(path);
  });
});

describe("listen with activation", () => {
  it("serves on the socket that it was left, whose name stays when it closes", async () => {
    const folder = mkdtempSync("/tmp/nearcall-");
    const manager = fileURLToPath(new URL("../fixtures/socket-manager.mjs", import.meta.url));
    const child = spawn(process.execPath, [manager, `${folder}/s`], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    await once(child.stdout, "close");
    expect(JSON.parse(output)).toEqual({ path: `${folder}/s`, answer: "served by activation", variables: [] });
    // It is the service manager's to remove.
    expect(lstatSync(`${folder}/s`).isSocket()).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
