// Starts a module in a worker thread. The connection goes over a channel of its own, so that what the module and its
// parent post to each other beside it stays theirs, and through shared memory where that was not switched off.
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort, ResourceLimits, SHARE_ENV, Transferable, WorkerOptions } from "node:worker_threads";
import type { Connection } from "../core/connection.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import type { Transport, TransportEnd } from "../core/transport.ts";
import { farProgram } from "../node/far-program.ts";
import { nodeHost } from "../node/host.ts";
import { messagePortTransport } from "../transports/message-port.ts";
import { createSharedMemory } from "../transports/ring.ts";
import { sharedMemoryTransport } from "../transports/shared-memory.ts";
import { wireCodec } from "../wire/codec.ts";
import { moduleUrl } from "./module-url.ts";
import { checkApi } from "../core/check-api.ts";
import { ownedTransport } from "./owned-transport.ts";
import type { Owned } from "./owned-transport.ts";
import type { ThreadStart } from "./start-data.ts";
import { DEFAULT_EXIT_TIMEOUT, untilReady } from "./until-ready.ts";
import type { StartOptions } from "./until-ready.ts";

/** Settings of a thread: of its connection, of its start and end, and of Node's `Worker`, which it gets as they are. */
export interface SpawnThreadOptions extends Omit<ConnectionOptions, "helloTimeout" | "name">, StartOptions {
  /** What the module finds as `workerData` of node:worker_threads. */
  readonly workerData?: unknown;
  /** What of `workerData` is moved instead of copied. */
  readonly transferList?: readonly Transferable[];
  /** @defaultValue a copy of this thread's environment */
  readonly env?: NodeJS.ProcessEnv | typeof SHARE_ENV;
  /** Options of Node. @defaultValue those of this process */
  readonly execArgv?: readonly string[];
  /** What the module finds in `process.argv`, from the third place on. */
  readonly argv?: readonly unknown[];
  readonly resourceLimits?: ResourceLimits;
  /** `connection.worker.stdin` can be written to. @defaultValue false */
  readonly stdin?: boolean;
  /** `connection.worker.stdout` is to be read, and not joined to this process's own. @defaultValue false */
  readonly stdout?: boolean;
  /** @defaultValue false */
  readonly stderr?: boolean;
  readonly trackUnmanagedFds?: boolean;
  /** Send through shared memory; false: through a MessagePort only. @defaultValue true */
  readonly sharedMemory?: boolean;
  /** Microseconds for which either thread looks for news in shared memory before it sleeps; 0: never. @defaultValue 50 */
  readonly spin?: number;
}

/** A connection to a thread that was started with it. */
export interface ThreadConnection<T = unknown> extends Connection<T> {
  readonly worker: Worker;
}

/**
 * Starts a module in a worker thread. Its exports are what `remote` calls, unless it calls `expose()`. The thread ends with
 * the connection: `close()` lets it finish, `destroy()` terminates it.
 *
 * @param module `new URL("./math.js", import.meta.url)`, an absolute path, a package's name
 * @returns the connection, once the module has loaded
 * @throws what the module threw while it loaded; {@link TimeoutError} if it was not ready within `startTimeout`;
 * {@link PeerLostError} if it ended before; {@link RpcError} `ERR_MODULE` if there is no such module
 *
 * @example
 * await using math = await spawnThread<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
 * await math.remote.fib(40);
 */
export async function spawnThread<T = unknown>(module: URL | string, options: SpawnThreadOptions = {}): Promise<ThreadConnection<T>> {
  const url = moduleUrl(module);
  const { session, worker } = startThread(url, options);
  await untilReady(session, url, options.startTimeout, options.execArgv);
  return Object.assign(session.connection as Connection<T>, { worker });
}

/** The same without the wait: calls are kept until the module has loaded. `url` was checked. */
export function startThread(url: string, options: SpawnThreadOptions): { readonly session: Session; readonly worker: Worker } {
  const { api, name, exitTimeout = DEFAULT_EXIT_TIMEOUT, sharedMemory = true, spin } = options;
  if (api !== undefined) checkApi(api);
  const { port1, port2 } = new MessageChannel();
  const memory = sharedMemory ? createSharedMemory() : undefined;
  const worker = startWorker({ port: port2, memory, spin, module: url, exitTimeout, workerData: options.workerData }, options);
  const label = `worker#${worker.threadId}${name === undefined ? "" : ` (${name})`}`;
  const inner = transportTo(port1, memory, label, spin);
  const transport = ownedTransport(inner, ownedWorker(worker), exitTimeout);
  const session = new Session({ transport, host: nodeHost, codec: wireCodec, options: connectionOptions(options) });
  if (api !== undefined) session.expose(api, options);
  session.start();
  return { session, worker };
}

function startWorker(start: ThreadStart, options: SpawnThreadOptions): Worker {
  const transferList = [...(options.transferList ?? []), start.port];
  return new Worker(farProgram("spawn/entry/thread"), { ...workerOptions(options), workerData: start, transferList });
}

/** Those of Node's `Worker`, but for `workerData` and what is moved with it. */
export function workerOptions(options: SpawnThreadOptions): WorkerOptions {
  const { env, execArgv, argv, resourceLimits, stdin, stdout, stderr, trackUnmanagedFds, name } = options;
  return {
    ...(env !== undefined && { env }),
    ...(execArgv !== undefined && { execArgv: [...execArgv] }),
    ...(argv !== undefined && { argv: [...argv] }),
    ...(resourceLimits !== undefined && { resourceLimits }),
    ...(stdin !== undefined && { stdin }),
    ...(stdout !== undefined && { stdout }),
    ...(stderr !== undefined && { stderr }),
    ...(trackUnmanagedFds !== undefined && { trackUnmanagedFds }),
    ...(name !== undefined && { name }),
  };
}

function transportTo(port: MessagePort, memory: SharedArrayBuffer | undefined, label: string, spin: number | undefined): Transport {
  if (memory === undefined) return messagePortTransport(port, { label });
  return sharedMemoryTransport(port, memory, 0, label, spin === undefined ? {} : { spin });
}

/** Those of the connection, among others; what may be large is not kept for its life. */
export function connectionOptions(options: SpawnThreadOptions): ConnectionOptions {
  const { name: _name, workerData: _workerData, transferList: _transferList, ...rest } = options;
  // `startTimeout` is in its place.
  return { ...rest, helloTimeout: 0 };
}

function ownedWorker(worker: Worker): Owned {
  let uncaught: { readonly error: unknown } | undefined;
  // Stays: without a listener it would end this process.
  worker.on("error", (error) => (uncaught = { error }));
  return {
    onExit(listener) {
      worker.once("exit", (code) => {
        const end: TransportEnd = { reason: `the worker exited with code ${code}`, code };
        listener(uncaught === undefined ? end : { ...end, reason: `${end.reason} (${String(uncaught.error)})`, cause: uncaught.error });
      });
    },
    kill: () => void worker.terminate(),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}
