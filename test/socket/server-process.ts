// Servers in processes of their own, for harm to come to.
import { execFile, fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ListenOptions } from "../../lib/socket/server.ts";

const program = fileURLToPath(new URL("../fixtures/socket-server.mjs", import.meta.url));

/** What test/fixtures/socket-server.mjs serves. */
export interface Harmed {
  pid(): number;
  echo<T>(value: T): T;
  hang(): Promise<never>;
  exit(code: number): never;
  exitLater(code: number): void;
  throwLater(): Promise<never>;
  rejectLater(): Promise<never>;
  runOutOfMemory(): never;
  block(ms: number): void;
  bytes(length: number): Uint8Array;
  text(length: number): string;
  memory(): { used: number; rss: number };
  connections(): number;
  append(file: string, line: string): void;
  untilAborted(file: string): Promise<void>;
}

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Resolves when it has ended. */
  readonly exited: Promise<unknown>;
}

/** Resolves when it listens. */
export async function startServer(path: string, options: ListenOptions = {}, execArgv: string[] = ["--expose-gc"]): Promise<ServerProcess> {
  const child = fork(program, [path, JSON.stringify(options)], { execArgv, stdio: ["ignore", "inherit", "ignore", "ipc"] });
  const exited = once(child, "exit") as Promise<[code: number | null]>;
  const ended = exited.then(([code]) => Promise.reject(new Error(`The server ended before it listened, with code ${code}`)));
  await Promise.race([once(child, "message"), ended]);
  ended.catch(() => {});
  return { child, exited };
}

/** From now on it may have so many open. Node would not start with so few: it reads its modules at the same time. */
export async function limitDescriptors({ child }: ServerProcess, descriptors: number): Promise<void> {
  await promisify(execFile)("prlimit", ["--pid", String(child.pid), `--nofile=${descriptors}:${descriptors}`]);
}

export async function stop({ child, exited }: ServerProcess): Promise<void> {
  child.kill("SIGKILL");
  await exited;
}
