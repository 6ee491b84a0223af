// From a module and options to a pool: checks both, and chooses what starts the workers.
import type { Piscina } from "piscina";
import { moduleUrl } from "../spawn/module-url.ts";
import { DEFAULT_EXIT_TIMEOUT } from "../spawn/until-ready.ts";
import { connectionOptionsOf, planOf, type PoolOptions, type PoolPlan, threadOptionsOf } from "./options.ts";
import type { Pool } from "./pool.ts";
import { PiscinaThreads } from "./piscina-threads.ts";
import { processOptionsOf, ProcessWorker } from "./process-worker.ts";
import { ThreadWorker } from "./thread-worker.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { WorkerSource } from "./worker.ts";

/**
 * Makes a pool of workers that serve a module's exports. Returns before the workers are ready; calls wait for them.
 * A module that fails to load rejects the calls that wait, and `pool.ready`, with its own error.
 *
 * @param module `new URL("./images.js", import.meta.url)`, an absolute path, a package's name
 * @throws RpcError `ERR_MODULE` if there is no such module; TypeError, RangeError for options that make no sense
 *
 * @example
 * await using pool = await createPool<typeof import("./images.js")>(new URL("./images.js", import.meta.url), { maxThreads: 4 });
 * const thumbnails = await Promise.all(images.map((image) => pool.remote.resize(image, { width: 200 })));
 */
export async function createPool<T = unknown>(module: URL | string, options: PoolOptions<T> = {}): Promise<Pool<T>> {
  const url = moduleUrl(module);
  const settings = options as unknown as PoolOptions<never>;
  const plan = planOf(settings);
  const source = plan.kind === "process" ? processes(url, settings) : threads(url, plan, settings, (await import("piscina")).Piscina);
  return new WorkerPool<T>({ label: `pool ${nameOf(url)}`, plan, options: settings, source });
}

function threads(module: string, { maxThreads, concurrency }: PoolPlan, options: PoolOptions<never>, Pool: typeof Piscina): WorkerSource {
  const started = new PiscinaThreads(Pool, maxThreads, threadOptionsOf(options));
  const { api, startTimeout, execArgv, spin, exitTimeout = DEFAULT_EXIT_TIMEOUT } = options;
  const parts = {
    threads: started,
    module,
    options: connectionOptionsOf(options),
    api,
    startTimeout,
    execArgv,
    concurrency,
    spin,
    exitTimeout,
  };
  return { start: () => new ThreadWorker(parts), close: () => started.close() };
}

function processes(module: string, options: PoolOptions<never>): WorkerSource {
  const settings = { ...connectionOptionsOf(options), ...processOptionsOf(options) };
  return { start: () => new ProcessWorker(module, settings), close: () => Promise.resolve() };
}

/** `file:///app/images.js` is "images.js". */
function nameOf(url: string): string {
  if (url.startsWith("data:")) return "data:";
  return url.slice(url.lastIndexOf("/") + 1).replace(/[?#].*$/, "");
}
