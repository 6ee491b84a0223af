import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
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

describe("listen with activation", () => {
  it("serves on the socket that it was left, whose name stays when it closes", async () => {
    const folder = mkdtempSync("/tmp/nearcall-");
    // What a service manager does: it listens, and starts the server with the socket as descriptor 3.
    const manager = createServer().listen(`${folder}/s`);
    await once(manager, "listening");
    const { fd } = (manager as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const fixture = new URL("../fixtures/socket-activated.mjs", import.meta.url).pathname;
    const script = `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=api exec "${process.execPath}" "${fixture}"`;
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit", fd] });
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    expect(JSON.parse(String(line))).toEqual({ path: `${folder}/s`, answer: "served by activation", variables: [] });
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    // Removed by whoever made it, and by nobody else.
    expect(manager.listening).toBe(true);
    manager.close();
    rmSync(folder, { recursive: true });
  });
});
