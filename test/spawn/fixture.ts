// What the tests of this folder share: the fixtures, and how they are started in each way.
import type { EventEmitter } from "node:events";
import { afterEach, expect, onTestFinished } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import { PeerLostError } from "../../lib/core/errors.ts";
import type { Remote } from "../../lib/core/remote.ts";
import { processState } from "../../lib/node/process-state.ts";
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

/** When Node tells of its end; to be asked for before. Not by once(), which an 'error' rejects. */
export function exitOf(connection: object): Promise<number> {
  const { worker, child } = connection as Partial<{ worker: EventEmitter; child: EventEmitter }>;
  return new Promise((resolve) => (worker ?? child)!.on("exit", () => resolve(performance.now())));
}

/** One that nobody has reaped yet is dead too. */
export function isAlive(pid: number): boolean {
  return ["running", "stopped"].includes(processState(pid));
}

/** 1,000 calls that are never answered, and which the far side has. */
export async function makePending(remote: Remote<Fixture>): Promise<readonly Promise<unknown>[]> {
  const { stackTraceLimit } = Error;
  // Each rejection gets the stack of who awaits it; what a test runner does with stacks takes longer than all the rest.
  Error.stackTraceLimit = 0;
  onTestFinished(() => void (Error.stackTraceLimit = stackTraceLimit));
  const pending = Array.from({ length: 1000 }, () => remote.wait());
  await remote.later(undefined);
  return pending;
}

/** What they were rejected with, within 100 ms of when Node told of the far side's end. */
export async function expectLost(pending: readonly Promise<unknown>[], exited: Promise<number>): Promise<PeerLostError[]> {
  const settled = await Promise.allSettled(pending);
  const now = performance.now();
  expect(now - (await exited)).toBeLessThan(100);
  return settled.map((result) => {
    const error: unknown = result.status === "rejected" ? result.reason : undefined;
    expect(error).toBeInstanceOf(PeerLostError);
    return error as PeerLostError;
  });
}
