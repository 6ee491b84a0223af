// Runs a program the way a reader would, and tells what it printed and how it ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `timeout` in ms; a program that takes longer is killed, and ends with signal SIGKILL. */
export async function runProgram(args: readonly string[], { cwd = process.cwd(), timeout = 30_000 } = {}): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, timeout, killSignal: "SIGKILL", stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { stdout, stderr, code: code as number | null, signal: signal as NodeJS.Signals | null };
}
