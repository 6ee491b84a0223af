// Far sides that die while this thread stands still and waits for them: it is seen at once, with the reason. And what a
// far side prints meanwhile.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PeerLostError, spawnThread, TimeoutError } from "nearcall";
import { connectSync, spawnProcessSync, spawnThreadSync, wrapSync } from "nearcall/sync";
import type { SyncRemote } from "nearcall/sync";
import { type Api, thread } from "./places.ts";

const fixture = (name: string): URL => new URL(`../fixtures/sync-${name}.mjs`, import.meta.url);

/** What the call throws, which must be that its far side is lost. */
function lossOf(run: () => unknown): PeerLostError {
  try {
    run();
  } catch (error) {
    if (error instanceof PeerLostError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a thread that dies while it is waited for", () => {
  /** Milliseconds that pass from the death, of which the far side notes the time, until the call is lost. */
  const delayOf = (run: (memory: SharedArrayBuffer) => void): number => {
    const memory = new SharedArrayBuffer(8);
    run(memory);
    return performance.timeOrigin + performance.now() - new Float64Array(memory)[0]!;
  };

  it("by process.exit: lost within 250 ms, with the exit code", () => {
    const { remote } = thread.open();
    const delay = delayOf((memory) =>
      expect(lossOf(() => remote.exit(7, memory))).toMatchObject({ exitCode: 7, reason: "the worker exited with code 7" }),
    );
    expect(delay).toBeLessThan(250);
    expect(() => remote.add(1, 2)).toThrow(PeerLostError);
  });

  it("by an error that nobody catches: lost within 250 ms, with that error as the cause", () => {
    const { remote } = thread.open();
    const delay = delayOf((memory) => {
      const error = lossOf(() => remote.crash(memory));
      expect(error).toMatchObject({ exitCode: 1, cause: { message: "nobody caught this", code: "E_FAR" } });
      expect(error.cause).toBeInstanceOf(RangeError);
    });
    expect(delay).toBeLessThan(250);
  });

  it("by running out of memory: lost as soon as V8 has given up", () => {
    const { remote } = spawnThreadSync<Api>(fixture("api"), { resourceLimits: { maxOldGenerationSizeMb: 30 } });
    const delay = delayOf((memory) => {
      expect(lossOf(() => remote.outOfMemory(memory))).toMatchObject({ exitCode: 1, cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } });
    });
    // It collects garbage again and again before: by itself that takes 30 ms, and 500 on a busy machine.
    expect(delay).toBeLessThan(1_000);
  });

  it("by being terminated from a callback", () => {
    const connection = thread.open();
    expect(lossOf(() => connection.remote.callNow(() => connection.destroy()))).toMatchObject({ reason: "destroyed" });
  });

  it("by exiting before its stream has ended, or while it calls back", () => {
    const { remote } = thread.open();
    const numbers = remote.numbers(1_000_000);
    expect(numbers.next().value).toBe(0);
    lossOf(() => remote.callNow(() => remote.exit(3)));
    expect(() => [...numbers]).toThrow(PeerLostError);
  });

  it("though it was started for calls that are awaited: seen by its port", async () => {
    const connection = await spawnThread<Api>(fixture("api"));
    const began = performance.now();
    expect(lossOf(() => wrapSync(connection).exit(5)).reason).toBe("the far side closed its port");
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("a process that dies while it is waited for", () => {
  it.each<[how: string, die: (far: SyncRemote<Api>) => unknown, expected: object]>([
    ["by process.exit", (far) => far.exit(7), { exitCode: 7, signal: null }],
    ["by an error that nobody catches", (far) => far.crash(), { exitCode: 1 }],
    ["by a signal", (far) => far.kill("SIGKILL"), { exitCode: null, signal: "SIGKILL" }],
  ])("%s: lost with exit code or signal", (_, die, expected) => {
    const { remote } = spawnProcessSync<Api>(fixture("api"), { stdio: "ignore" });
    expect(lossOf(() => die(remote))).toMatchObject(expected);
  });
});

describe("a server that dies while it is waited for", () => {
  it("is lost", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nearcall-sync-"));
    const server = fork(fileURLToPath(fixture("server")), [join(folder, "socket")], { stdio: "ignore" });
    await once(server, "message");
    const { remote } = connectSync<Api>(join(folder, "socket"));
    const exited = once(server, "exit");
    expect(lossOf(() => remote.kill("SIGKILL")).reason).toMatch(/^the (far side closed the connection|connection broke)/);
    await exited;
    rmSync(folder, { recursive: true });
  });
});

describe("a far side that cannot be started", () => {
  it("throws what its module threw while it loaded, and where it cannot be parsed", () => {
    for (const spawn of [spawnThreadSync, spawnProcessSync]) {
      expect(() => spawn(fixture("throws"))).toThrow(expect.objectContaining({ name: "RangeError", message: "not today", detail: 5 }));
      // Cannot be parsed.
      expect(() => spawn(new URL("data:text/javascript,export const add = (left) => left +;"))).toThrow(
        expect.objectContaining({ name: "SyntaxError" }),
      );
    }
  });

  it("throws at once where there is nothing to start, and in time where it never gets ready", () => {
    expect(() => spawnThreadSync(fixture("nowhere"))).toThrow(expect.objectContaining({ code: "ERR_MODULE" }));
    expect(() => spawnThreadSync(fixture("hangs"), { startTimeout: 200 })).toThrow(TimeoutError);
    expect(() => spawnProcessSync(fixture("hangs"), { startTimeout: 400 })).toThrow(TimeoutError);
    expect(() => spawnProcessSync(fixture("api"), { execPath: "/nonexistent" })).toThrow(expect.objectContaining({ code: "ERR_SPAWN" }));
    expect(() => connectSync(join(tmpdir(), "nearcall-nobody"), { connectTimeout: 50 })).toThrow(
      expect.objectContaining({ code: "ERR_CONNECT" }),
    );
  });
});

describe("what a thread prints while this one stands still", () => {
  const run = (how: string) => fork(fileURLToPath(fixture("prints")), [how], { stdio: ["ignore", "pipe", "inherit", "ipc"] });

  it.each(["exits at once", "ends by itself"])("is written in full, though the program %s afterwards", async (how) => {
    expect((await text(run(how).stdout!)).length).toBe(1_000_000);
  });

  it("is written while it stands still", async () => {
    const program = run("stands still");
    let printed = "";
    for await (const chunk of program.stdout!) {
      printed += String(chunk);
      if (printed.endsWith("told while it stands still")) break;
    }
    program.kill("SIGKILL");
    expect(printed).toBe(`${"x".repeat(20)}told while it stands still`);
  });

  it("keeps nobody from seeing the thread's death, though nobody reads", async () => {
    const program = run("is not read");
    const [seen] = (await once(program, "message")) as [unknown];
    expect(seen).toEqual({ code: "ERR_PEER_LOST", exitCode: 9 });
    program.send("read it");
    expect((await text(program.stdout!)).length).toBe(4_000_000);
  });
});
