// What holds a process, and what ends its children: seen from outside, on programs that end in each way.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { fixture, isAlive } from "./fixture.ts";

function run(name: string, args: readonly string[]): ChildProcess {
  const program = spawn(process.execPath, [fileURLToPath(fixture(name)), ...args], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void program.kill("SIGKILL"));
  return program;
}

describe.each(["thread", "process"])("a program with a %s", (kind) => {
  const program = async (what: string): Promise<{ readonly printed: string; readonly code: unknown }> => {
    const child = run("spawn-program", [kind, what]);
    const [printed, [code]] = await Promise.all([text(child.stdout!), once(child, "exit")]);
    return { printed, code };
  };

  it("ends by itself once it was closed", async () => {
    expect(await program("close")).toEqual({ printed: "3\nclosed\nexit\n", code: 0 });
  });

  it("ends by itself once it was destroyed", async () => {
    expect(await program("destroy")).toEqual({ printed: "exit\n", code: 0 });
  });

  it("is held by it", async () => {
    expect(await program("hold")).toEqual({ printed: "held\nexit\n", code: 0 });
  });

  it("is not held by it after unref()", async () => {
    expect(await program("unref")).toEqual({ printed: "exit\n", code: 0 });
  });

  it("is held by a pending call after unref(), and no longer than that", async () => {
    expect(await program("unref-with-call")).toEqual({ printed: "after a while\nexit\n", code: 0 });
  });
});

describe("the children of a process that", () => {
  /** Starts a parent, whose children's pids are answered once they are in their state. */
  async function parent(count: number, state: "idle" | "blocked", end: string, ...more: string[]): Promise<[ChildProcess, number[]]> {
    const program = run("spawn-parent", [String(count), state, end, ...more]);
    const [line] = (await once(createInterface(program.stdout!), "line")) as [string];
    const pids = JSON.parse(line) as number[];
    onTestFinished(() => {
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    });
    return [program, pids];
  }

  async function expectEnded(pids: readonly number[], within: number): Promise<void> {
    const began = performance.now();
    await expect.poll(() => pids.filter(isAlive), { timeout: 5000, interval: 10 }).toEqual([]);
    expect(performance.now() - began).toBeLessThan(within);
  }

  it.each(["idle", "blocked"] as const)("is killed end within a second (%s)", async (state) => {
    const [program, pids] = await parent(3, state, "stays");
    expect(pids.filter(isAlive)).toEqual(pids);
    program.kill("SIGKILL");
    await once(program, "exit");
    await expectEnded(pids, 1000);
  });

  it("is killed end when they are stopped, too", async () => {
    const [program, pids] = await parent(1, "idle", "stays");
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    program.kill("SIGKILL");
    await once(program, "exit");
    await expectEnded(pids, 1000);
  });

  it.each([
    ["exit", "blocked"],
    ["throws", "blocked"],
    ["returns", "idle"],
  ] as const)("ends by itself end as soon (%s, %s)", async (end, state) => {
    const [program, pids] = await parent(2, state, end);
    if (program.exitCode === null) await once(program, "exit");
    await expectEnded(pids, 1000);
  });

  it("is killed live on where that was asked for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const sign = join(folder, "sign");
    const options = JSON.stringify({ whenOrphaned: "survive", argv: [sign] });
    const [program] = await parent(1, "idle", "stays", "spawn-survivor", options);
    program.kill("SIGKILL");
    await once(program, "exit");
    await expect.poll(() => existsSync(sign), { timeout: 10_000 }).toBe(true);
  });
});
