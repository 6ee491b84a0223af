// What the tests of this folder share: the fixtures, and how they are started in each way.
import { afterEach } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import { spawnProcess } from "../../lib/spawn/process.ts";
import type { SpawnProcessOptions } from "../../lib/spawn/process.ts";
import { spawnThread } from "../../lib/spawn/thread.ts";
import type { SpawnThreadOptions } from "../../lib/spawn/thread.ts";

/** The interface of `spawn-module.mjs`. */
export interface Fixture {
  add(left: number, right: number): number;
  later<T>(value: T): Promise<T>;
  nested: { deep: { twice(value: number): number } };
  limit: number;
  Counter: new (start: number) => { up(): number };
  default(name: string): string;
  noteEnd(path: string): void;
  wait(): Promise<never>;
  exit(code: number): never;
  kill(signal: string): void;
  throwLater(message: string): void;
  block(): never;
  fillMemory(): never;
  keepBusy(): void;
  callBack<T>(callback: (word: string) => T): T;
  started(): {
    pid: number;
    argv: string[];
    env: Record<string, string>;
    cwd: string;
    execArgv: string[];
    workerData: unknown;
    title: string;
  };
}

export const fixture = (name: string): URL => new URL(`../fixtures/${name}.mjs`, import.meta.url);
export const MODULE: URL = fixture("spawn-module");

const opened: Connection[] = [];

afterEach(async () => {
  const connections = opened.splice(0);
  for (const connection of connections) connection.destroy();
  await Promise.all(connections.map(({ closed }) => closed));
});

type Common = Omit<SpawnThreadOptions & SpawnProcessOptions, "env" | "argv" | "execArgv"> & {
  readonly argv?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Record<string, string>;
};

export interface Way {
  readonly name: string;
  spawn<T = Fixture>(module: URL | string, options?: Common): Promise<Connection<T>>;
}

/** A thread or a process of a test, ended with it. */
export async function thread<T = Fixture>(module: URL | string = MODULE, options: SpawnThreadOptions = {}) {
  const connection = await spawnThread<T>(module, options);
  opened.push(connection);
  return connection;
}

export async function child<T = Fixture>(module: URL | string = MODULE, options: SpawnProcessOptions = {}) {
  const connection = await spawnProcess<T>(module, options);
  opened.push(connection);
  return connection;
}

export const WAYS: readonly Way[] = [
  { name: "a thread", spawn: (module, options) => thread(module, options) },
  { name: "a thread without shared memory", spawn: (module, options) => thread(module, { ...options, sharedMemory: false }) },
  { name: "a process", spawn: (module, options) => child(module, options) },
];

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
