// A whole program with a supervisor in it: what holds it, how it ends, and that nothing of it stays.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../fixtures/supervisor-program.mjs", import.meta.url));
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

interface Program {
  readonly child: ChildProcess;
  /** Its next line, as data. */
  line(): Promise<unknown>;
  exited: Promise<unknown[]>;
}

function run(...args: string[]): Program {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, "exit").finally(() => running.delete(child));
  return { child, exited, line: async () => JSON.parse(String((await lines.next()).value)) };
}

/** Not there, or dead and waiting to be counted as such. */
function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return true;
  }
}

async function timeUntilGone(pids: number[]): Promise<number> {
  const begin = performance.now();
  while (!pids.every(isGone)) await new Promise((resolve) => setTimeout(resolve, 5));
  return performance.now() - begin;
}

describe("a program with a supervisor", () => {
  test("stays while a child is being restarted, and ends when the supervisor is closed", async () => {
    const { line, exited } = run("restart");
    const [before, after] = (await line()) as number[];
    expect(after).not.toBe(before);
    expect(await exited).toEqual([0, null]);
  });

  test("ends by itself when all children are stopped", async () => {
    const { exited } = run("stop-all");
    expect(await exited).toEqual([0, null]);
  });

  test("closes on a signal, and its children with it", async () => {
    const { child, line, exited } = run("wait", "2");
    const pids = (await line()) as number[];
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    expect(pids.every(isGone)).toBe(true);
  });

  test("passes signals on to its children", async () => {
    const { child, line, exited } = run("signals");
    await line();
    child.kill("SIGUSR2");
    expect(await line()).toEqual(["SIGUSR2"]);
    child.kill("SIGTERM");
    await exited;
  });

  test("leaves no child behind when it is killed, one with a blocked event loop included", async () => {
    for (let round = 0; round < 3; round++) {
      const { child, line, exited } = run("block-half", "4");
      const pids = (await line()) as number[];
      expect(pids).toHaveLength(4);
      child.kill("SIGKILL");
      await exited;
      expect(await timeUntilGone(pids)).toBeLessThan(1_500);
    }
  });
});
