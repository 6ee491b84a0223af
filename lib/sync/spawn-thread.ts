// Starts a module in a worker thread, for calls that block. The thread is started by a helper thread that watches it.
import { SHARE_ENV } from "node:worker_threads";
import { farProgram } from "../node/far-program.ts";
import { moduleUrl } from "../spawn/module-url.ts";
import { checkApi } from "../core/check-api.ts";
import type { ThreadStart } from "../spawn/start-data.ts";
import { connectionOptions, workerOptions } from "../spawn/thread.ts";
import type { SpawnThreadOptions } from "../spawn/thread.ts";
import { DEFAULT_EXIT_TIMEOUT, notReady, startLimit } from "../spawn/until-ready.ts";
import type { ThreadJob } from "./entry/thread-watcher.ts";
import { Helper } from "./helper.ts";
import { awaitReady, openHelped } from "./open-helped.ts";
import { HelpedConnection } from "./sync-connection.ts";
import type { SyncConnection } from "./sync-connection.ts";

/** Settings of a thread whose calls block. What it prints goes to this process's own output. */
export type SpawnThreadSyncOptions = Omit<SpawnThreadOptions, "stdin" | "stdout" | "stderr" | "sharedMemory">;

/** A connection to a thread that was started with it. */
export interface SyncThreadConnection<T = unknown> extends SyncConnection<T> {
  readonly threadId: number;
}

/**
 * Starts a module in a worker thread and blocks until it has loaded. Calls of `remote` block until they are answered;
 * the module may be async inside. Callbacks that are passed to a call can be called during it, and must answer at
 * once. The thread ends with the connection, or with the process.
 *
 * @param module `new URL("./math.js", import.meta.url)`, an absolute path, a package's name
 * @param options as for `spawnThread`. `timeout` is the time limit of each call, in ms
 * @throws what the module threw while it loaded; `TimeoutError` if it was not ready within `startTimeout`;
 * `PeerLostError` if it ended before; `RpcError` `ERR_MODULE` if there is no such module
 *
 * @example
 * const math = spawnThreadSync<typeof import("./math.js")>(new URL("./math.js", import.meta.url), { timeout: 5_000 });
 * const value: number = math.remote.fib(20);
 */
export function spawnThreadSync<T = unknown>(module: URL | string, options: SpawnThreadSyncOptions = {}): SyncThreadConnection<T> {
  const url = moduleUrl(module);
  const { api, name, spin, exitTimeout = DEFAULT_EXIT_TIMEOUT } = options;
  if (api !== undefined) checkApi(api);
  const began = performance.now();
  const limit = startLimit(options.startTimeout, options.execArgv);
  const start: Omit<ThreadStart, "port" | "memory"> = { spin, module: url, exitTimeout, workerData: options.workerData };
  const { env, ...rest } = workerOptions(options);
  const job: ThreadJob = {
    filename: farProgram("sync/entry/thread").href,
    options: { ...rest, ...(env !== undefined && env !== SHARE_ENV && { env }), workerData: start },
    sharesEnv: env === SHARE_ENV,
    transferList: options.transferList ?? [],
  };
  const helper = new Helper(farProgram("sync/entry/thread-watcher"), job, { transfer: job.transferList, sharesEnv: job.sharesEnv });
  const { label, threadId } = helper.awaitStart(limit === 0 ? Infinity : limit, () => notReady(url, "worker", limit));
  const client = openHelped({
    helper,
    label: name === undefined ? label : `${label} (${name})`,
    options: connectionOptions(options),
    spin,
    api,
  });
  const left = limit === 0 ? 0 : Math.max(1, limit - (performance.now() - began));
  awaitReady(client, helper, url, left);
  return Object.assign(new HelpedConnection<T>(client, helper, exitTimeout), { threadId: threadId! });
}
