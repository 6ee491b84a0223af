// Where the far side of a blocking connection is: each place gives connections to test/fixtures/sync-api.mjs.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { connectSync, spawnProcessSync, spawnThreadSync } from "nearcall/sync";
import type { SyncConnection } from "nearcall/sync";
import type { ConnectionOptions } from "../../lib/core/options.ts";

export type Api = typeof import("../fixtures/sync-api.mjs");

export interface Place {
  readonly name: string;
  open(options?: ConnectionOptions & { readonly api?: object; readonly spin?: number }): SyncConnection<Api>;
}

const module = new URL("../fixtures/sync-api.mjs", import.meta.url);

export const thread: Place = { name: "a thread", open: (options) => spawnThreadSync<Api>(module, options) };
export const childProcess: Place = { name: "a process", open: (options) => spawnProcessSync<Api>(module, options) };

/** To be called inside of a `describe`: its server runs during the tests in it. */
export function socketPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "nearcall-sync-"));
  const path = join(folder, "socket");
  const server = fork(fileURLToPath(new URL("../fixtures/sync-server.mjs", import.meta.url)), [path]);
  beforeAll(async () => {
    await once(server, "message");
  });
  afterAll(() => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  return { name: "a socket", open: (options) => connectSync<Api>(path, options) };
}
