// Connections as users have them, by the public functions, for tests in which the far side comes to its end.
import { fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { ConnectionOptions } from "../../lib/core/options.ts";
import { connect, open, spawnProcess, spawnThread } from "../../lib/index.ts";
import type { Loose } from "./loose.ts";
import type { FarPlace } from "./places.ts";
import type { Opened } from "./suite.ts";

const fixture = (name: string): URL => new URL(`../fixtures/${name}`, import.meta.url);
const spawned = fixture("contract-spawned.mjs");

type Connection = Opened["connection"];

function opened(connection: Connection, place: Partial<FarPlace>): Opened {
  const nobody = (): never => {
    throw new Error("Nobody can be asked there beside the connection");
  };
  return {
    connection,
    remote: connection.remote as unknown as Loose,
    place: { connect: nobody, ask: nobody, isAlive: () => true, stop: async () => {}, ...place },
  };
}

const quiet = { stderr: true } as const;

export const startThread =
  (sharedMemory: boolean) =>
  async (options: ConnectionOptions): Promise<Opened> => {
    const connection = await spawnThread(spawned, { ...options, ...quiet, sharedMemory });
    return opened(connection, { thread: connection.worker });
  };

/** A Worker of the user's own. */
export async function wrapWorker(options: ConnectionOptions): Promise<Opened> {
  const worker = new Worker(spawned, quiet);
  worker.on("error", () => {});
  const connection = open(worker, options);
  await connection.ready;
  return opened(connection, { thread: worker, stop: async () => void (await worker.terminate()) });
}

export async function startProcess(options: ConnectionOptions): Promise<Opened> {
  const connection = await spawnProcess(spawned, { ...options, stdio: ["ignore", "ignore", "ignore"] });
  return opened(connection, { process: connection.child });
}

export const forkProcess =
  (serialization: "json" | "advanced") =>
  async (options: ConnectionOptions): Promise<Opened> => {
    const child = fork(spawned, { serialization, stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const connection = open(child, options);
    await connection.ready;
    return opened(connection, { process: child, stop: async () => void child.kill("SIGKILL") });
  };

export async function connectSocket(options: ConnectionOptions): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "nearcall-"));
  const path = join(folder, "socket");
  const child = fork(fixture("contract-server.mjs"), [path], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  await once(child, "message");
  const connection = await connect(path, options);
  return opened(connection, {
    process: child,
    async stop() {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
