// How far sides for blocking calls are started, and what they cost when nobody calls.
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MessageChannel, SHARE_ENV } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { transfer } from "nearcall";
import { connectSync, spawnProcessSync, spawnThreadSync } from "nearcall/sync";

type Far = typeof import("../fixtures/sync-options.mjs");
const module = new URL("../fixtures/sync-options.mjs", import.meta.url);

describe("a thread for blocking calls", () => {
  it("gets its options of Node's Worker, and has its name in errors", () => {
    const { port1, port2 } = new MessageChannel();
    using connection = spawnThreadSync<Far>(module, {
      workerData: { port: port2, text: "for you" },
      transferList: [port2],
      argv: ["one", "two"],
      env: { SYNC_TEST: "given" },
      name: "reader",
      startTimeout: 20_000,
    });
    expect(connection.remote.startedWith()).toMatchObject({
      text: "for you",
      hasPort: true,
      argv: ["one", "two"],
      env: "given",
      threadId: connection.threadId,
      pid: process.pid,
    });
    expect(connection.label).toBe(`worker#${connection.threadId} (reader)`);
    port1.close();
  });

  it("shares the environment of this thread where that is asked for", () => {
    using connection = spawnThreadSync<Far>(module, { env: SHARE_ENV });
    connection.remote.setEnv("shared");
    expect(process.env["SYNC_TEST"]).toBe("shared");
    delete process.env["SYNC_TEST"];
  });

  it("has memory moved to it, from it, and shared with it", () => {
    using connection = spawnThreadSync<Far>(module);
    const buffer = new ArrayBuffer(2_000_000);
    expect(connection.remote.sizeOf(transfer(buffer, [buffer]))).toBe(2_000_000);
    expect(buffer.byteLength).toBe(0);
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared)[0] = 7;
    expect(connection.remote.memoryOf(shared)).toBe(7);
    expect(connection.remote.giveBack(shared)).toBeInstanceOf(SharedArrayBuffer);
  });
});

describe("a process for blocking calls", () => {
  it("gets its options of Node's spawn", () => {
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), "nearcall-sync-")));
    using connection = spawnProcessSync<Far>(module, { argv: ["one"], env: { ...process.env, SYNC_TEST: "given" }, cwd, name: "reader" });
    expect(connection.remote.startedWith()).toMatchObject({ argv: ["one"], env: "given", cwd, pid: connection.pid });
    expect(connection.label).toBe(`pid ${connection.pid} (reader)`);
    rmSync(cwd, { recursive: true });
  });

  it("refuses what cannot be moved to it", () => {
    using connection = spawnProcessSync<Far>(module);
    const buffer = new ArrayBuffer(8);
    expect(() => connection.remote.sizeOf(transfer(buffer, [buffer]))).toThrow(/between threads of one process only/);
  });
});

describe("a server with a key", () => {
  it("lets in who has it, and tells the others", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nearcall-sync-"));
    const path = join(folder, "socket");
    const key = "a secret that is long enough";
    const server = fork(fileURLToPath(new URL("../fixtures/sync-server.mjs", import.meta.url)), [path, key]);
    await once(server, "message");
    const connection = connectSync<typeof import("../fixtures/sync-api.mjs")>(path, { key });
    expect(connection.remote.add(1, 2)).toBe(3);
    connection.close();
    for (const options of [{}, { key: "another one, as long as it" }])
      expect(() => connectSync(path, options)).toThrow(expect.objectContaining({ code: "ERR_AUTHENTICATION" }));
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
});

describe("a program with blocking connections", () => {
  const run = async (how: string): Promise<string> =>
    (
      await promisify(execFile)(process.execPath, [fileURLToPath(new URL("../fixtures/sync-quiet.mjs", import.meta.url)), how])
    ).stdout.trim();

  it("uses no processor while nobody calls", async () => {
    expect(Number(await run("idle"))).toBeLessThan(2);
  });

  it("is told of their ends, though nothing else holds it", async () => {
    expect(await run("closed")).toBe("closed, destroyed");
  });

  it("ends though nobody closed them", async () => {
    expect(await run("unref")).toBe("not held");
  });

  it("is held by one that is told to", async () => {
    expect(await run("ref")).toBe("held");
  });
});
