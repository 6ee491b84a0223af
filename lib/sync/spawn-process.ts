// Starts a module in a child process, for calls that block. The child is started by a helper thread, which owns the pipe
// to it.
import type { RpcError } from "../core/errors.ts";
import { farProgram } from "../node/far-program.ts";
import { moduleUrl } from "../spawn/module-url.ts";
import { checkApi } from "../core/check-api.ts";
import { connectionOptions, notStarted } from "../spawn/process.ts";
import type { SpawnProcessOptions } from "../spawn/process.ts";
import { DEFAULT_EXIT_TIMEOUT, notReady, startLimit } from "../spawn/until-ready.ts";
import type { ProcessJob } from "./entry/process-keeper.ts";
import { Helper } from "./helper.ts";
import { awaitReady, openHelped, passedOn } from "./open-helped.ts";
import { HelpedConnection } from "./sync-connection.ts";
import type { SyncConnection } from "./sync-connection.ts";

/** Settings of a child process whose calls block. */
export interface SpawnProcessSyncOptions extends Omit<SpawnProcessOptions, "stdio"> {
  /** Its standard input, output and error; a number is a descriptor of this process. @defaultValue "inherit" */
  readonly stdio?: "inherit" | "ignore" | number | readonly ("inherit" | "ignore" | number)[];
  /** Microseconds for which this thread looks for an answer before it sleeps; 0: never. @defaultValue 50 */
  readonly spin?: number;
}

/** A connection to a child process that was started with it. */
export interface SyncProcessConnection<T = unknown> extends SyncConnection<T> {
  readonly pid: number;
}

/**
 * Starts a module in a child process and blocks until it has loaded. Calls of `remote` block until they are answered;
 * the module may be async inside. The process ends with the connection, and with this process.
 *
 * @param module `new URL("./math.js", import.meta.url)`, an absolute path, a package's name
 * @param options as for `spawnProcess`. `timeout` is the time limit of each call, in ms
 * @throws what the module threw while it loaded; `TimeoutError` if it was not ready within `startTimeout`;
 * `PeerLostError` if it ended before; `RpcError` `ERR_MODULE` if there is no such module, `ERR_SPAWN` if the
 * process could not be started
 *
 * @example
 * using math = spawnProcessSync<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
 * math.remote.fib(20);
 */
export function spawnProcessSync<T = unknown>(module: URL | string, options: SpawnProcessSyncOptions = {}): SyncProcessConnection<T> {
  const url = moduleUrl(module);
  const { api, spin, exitTimeout = DEFAULT_EXIT_TIMEOUT } = options;
  if (api !== undefined) checkApi(api);
  const began = performance.now();
  const limit = startLimit(options.startTimeout, options.execArgv);
  const helper = new Helper(farProgram("sync/entry/process-keeper"), { url, options: ofChild(options), spin } satisfies ProcessJob);
  const { label, pid } = helper.awaitStart(limit === 0 ? Infinity : limit, () => notReady(url, "child process", limit));
  const client = openHelped({ helper, label, options: connectionOptions(options as SpawnProcessOptions), spin, carries: passedOn, api });
  try {
    awaitReady(client, helper, url, limit === 0 ? 0 : Math.max(1, limit - (performance.now() - began)));
  } catch (error) {
    throw pid === undefined ? notStarted(options as SpawnProcessOptions, (error as RpcError).cause) : error;
  }
  return Object.assign(new HelpedConnection<T>(client, helper, exitTimeout), { pid: pid! });
}

/** Those that the helper needs, all of which can cross to it. */
function ofChild(options: SpawnProcessSyncOptions): SpawnProcessOptions {
  const { argv, env, execArgv, execPath, cwd, stdio, detached, uid, gid, killSignal, whenOrphaned, exitTimeout, name } = options;
  return {
    // What this thread sees as its environment now.
    env: { ...(env ?? process.env) },
    execArgv: execArgv ?? [...process.execArgv],
    ...(argv !== undefined && { argv }),
    ...(execPath !== undefined && { execPath }),
    ...(cwd !== undefined && { cwd: cwd instanceof URL ? cwd.href : cwd }),
    ...(stdio !== undefined && { stdio }),
    ...(detached !== undefined && { detached }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(killSignal !== undefined && { killSignal }),
    ...(whenOrphaned !== undefined && { whenOrphaned }),
    ...(exitTimeout !== undefined && { exitTimeout }),
    ...(name !== undefined && { name }),
  };
}
