import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { GUARD_SCRIPT } from "../../lib/spawn/orphan-guard.ts";
import { child, isAlive } from "./fixture.ts";

function sleeper(): ChildProcess {
  const process = spawn("sleep", ["100"], { stdio: "ignore" });
  onTestFinished(() => void process.kill("SIGKILL"));
  return process;
}

it("kills those who are left when its input ends, and those alone", async () => {
  const sleepers = Array.from({ length: 5 }, sleeper);
  const [first, second, third, fourth, fifth] = sleepers.map(({ pid }) => pid!);
  const guard = spawn("/bin/sh", ["-c", GUARD_SCRIPT], { stdio: ["pipe", "inherit", "inherit"] });
  const [firstExit, fifthExit] = [once(sleepers[0]!, "exit"), once(sleepers[4]!, "exit")];
  guard.stdin.end(`+ ${first}\n+ ${second}\n+ ${third}\n- ${second}\n+ ${fourth}\n- ${fourth}\n- ${third}\n+ ${fifth}\n`);
  expect(await firstExit).toEqual([null, "SIGKILL"]);
  expect(await fifthExit).toEqual([null, "SIGKILL"]);
  expect([second, third, fourth].filter((pid) => isAlive(pid!))).toEqual([second, third, fourth]);
});

it("ends at once when nobody is left, and is not ended by signals to a terminal's group", async () => {
  // Signals that come before it has told the shell to ignore them end it; then it is replaced.
  const script = GUARD_SCRIPT.replace("pids=", "echo ready; pids=");
  const guard = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(guard.stdout, "data");
  guard.stdin.write("+ 1000000\n- 1000000\n");
  for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const) guard.kill(signal);
  expect(guard.exitCode).toBe(null);
  const exit = once(guard, "exit");
  guard.stdin.end();
  expect(await exit).toEqual([0, null]);
});

/** The guards among the children of this process. */
function guards(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = Number(/\) . (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("nearcall-orphan-guard");
      } catch {
        return false;
      }
    })
    .map(Number);
}

it.runIf(process.platform === "linux")("is there once for all children while there are any, and again when it was killed", async () => {
  expect(guards()).toEqual([]);
  const [left, right] = await Promise.all([child(), child()]);
  const [first, ...others] = guards();
  expect(first).toBeGreaterThan(0);
  expect(others).toEqual([]);

  process.kill(first!, "SIGKILL");
  await expect.poll(guards).toEqual([]);
  const third = await child();
  expect(guards()).toHaveLength(1);
  expect(guards()).not.toEqual([first]);

  await Promise.all([left.close(), right.close(), third.close()]);
  await expect.poll(guards).toEqual([]);
});

it.runIf(process.platform === "linux")("is not there for children that may outlive this process", async () => {
  const connection = await child(undefined, { whenOrphaned: "survive" });
  expect(guards()).toEqual([]);
  await connection.close();
});
