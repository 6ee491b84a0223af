// Starts a module in a child process. The connection goes over a pipe of its own, so that its standard streams and
// Node's IPC channel stay what they are to it.
import type { ChildProcess, StdioNull, StdioPipe } from "node:child_process";
import { statSync } from "node:fs";
import type { Duplex, Stream } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Connection } from "../core/connection.ts";
import { RpcError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import type { Transport, TransportEnd } from "../core/transport.ts";
import { farProgram } from "../node/far-program.ts";
import { nodeHost } from "../node/host.ts";
import { descriptorOf } from "../transports/descriptor.ts";
import { streamTransport } from "../transports/stream.ts";
import { wireCodec } from "../wire/codec.ts";
import { childProcess } from "../node/seldom.ts";
import { inheritedExecArgv } from "./exec-argv.ts";
import { moduleUrl } from "./module-url.ts";
import { checkApi } from "../core/check-api.ts";
import { guardAgainstOrphan } from "./orphan-guard.ts";
import { ownedTransport } from "./owned-transport.ts";
import type { Owned } from "./owned-transport.ts";
import { PARENT_FD, PROCESS_START } from "./start-data.ts";
import type { ProcessStart, WhenOrphaned } from "./start-data.ts";
import { DEFAULT_EXIT_TIMEOUT, untilReady } from "./until-ready.ts";
import type { StartOptions } from "./until-ready.ts";

/** One of a child's standard streams, as in Node's `spawn`. */
export type ChildStdio = StdioNull | StdioPipe | Stream | number;

/** Settings of a child process: of its connection, of its start and end, and of Node's `spawn`. */
export interface SpawnProcessOptions extends Omit<ConnectionOptions, "helloTimeout" | "name">, StartOptions {
  /** What the module finds in `process.argv`, from the third place on. */
  readonly argv?: readonly string[];
  /** @defaultValue this process's environment */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Options of Node. @defaultValue those of this process, but for its debugger's */
  readonly execArgv?: readonly string[];
  /** The program that runs the module. @defaultValue `process.execPath` */
  readonly execPath?: string;
  /** @defaultValue this process's */
  readonly cwd?: string | URL;
  /** Its standard input, output and error; from the fourth place on, what it finds from descriptor 4 on. @defaultValue "inherit" */
  readonly stdio?: ChildStdio | readonly ChildStdio[];
  /** It leads a process group of its own. @defaultValue false */
  readonly detached?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  /** How it is killed: by `destroy()`, and when it does not end in time. @defaultValue "SIGKILL" */
  readonly killSignal?: NodeJS.Signals;
  /** Whether it ends, within a second, when this process is gone, however that came about. @defaultValue "end" */
  readonly whenOrphaned?: WhenOrphaned;
}

/** A connection to a child process that was started with it. */
export interface ProcessConnection<T = unknown> extends Connection<T> {
  readonly child: ChildProcess;
  readonly pid: number;
}

/**
 * Starts a module in a child process. Its exports are what `remote` calls, unless it calls `expose()`. The process ends with
 * the connection: `close()` lets it finish, `destroy()` kills it; and it ends when this one does.
 *
 * @param module `new URL("./math.js", import.meta.url)`, an absolute path, a package's name
 * @returns the connection, once the module has loaded
 * @throws what the module threw while it loaded; {@link TimeoutError} if it was not ready within `startTimeout`;
 * {@link PeerLostError} if it ended before; {@link RpcError} `ERR_MODULE` if there is no such module, `ERR_SPAWN` if the
 * process could not be started
 *
 * @example
 * await using math = await spawnProcess<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
 * await math.remote.fib(40);
 */
export async function spawnProcess<T = unknown>(module: URL | string, options: SpawnProcessOptions = {}): Promise<ProcessConnection<T>> {
  const url = moduleUrl(module);
  const { session, child } = startProcess(url, options);
  try {
    await untilReady(session, url, options.startTimeout, options.execArgv);
  } catch (error) {
    throw child.pid === undefined ? notStarted(options, (error as RpcError).cause) : error;
  }
  return Object.assign(session.connection as Connection<T>, { child, pid: child.pid! });
}

/** The same without the wait: calls are kept until the module has loaded. `url` was checked. */
export function startProcess(url: string, options: SpawnProcessOptions): { readonly session: Session; readonly child: ChildProcess } {
  const { api } = options;
  if (api !== undefined) checkApi(api);
  const { transport, child } = startChildTransport(url, options);
  const session = new Session({ transport, host: nodeHost, codec: wireCodec, options: connectionOptions(options) });
  if (api !== undefined) session.expose(api, options);
  session.start();
  return { session, child };
}

/** The child and the way to it, for whoever carries bytes. */
export function startChildTransport(
  url: string,
  options: SpawnProcessOptions,
): { readonly transport: Transport; readonly child: ChildProcess } {
  const { name, exitTimeout = DEFAULT_EXIT_TIMEOUT, whenOrphaned = "end" } = options;
  const child = startChild({ module: url, exitTimeout: Math.min(exitTimeout, Number.MAX_SAFE_INTEGER), whenOrphaned }, options);
  const pipe = child.stdio[PARENT_FD] as Duplex;
  const fd = descriptorOf(pipe);
  const inner = streamTransport(pipe, {
    label: `pid ${child.pid ?? "?"}${name === undefined ? "" : ` (${name})`}`,
    ...(fd !== undefined && { fd }),
  });
  const transport = ownedTransport(inner, ownedChild(child, options.killSignal ?? "SIGKILL"), exitTimeout);
  if (whenOrphaned === "end" && child.pid !== undefined) child.once("exit", guardAgainstOrphan(child.pid));
  return { transport, child };
}

function startChild(start: ProcessStart, options: SpawnProcessOptions): ChildProcess {
  const { argv = [], env = process.env, execPath = process.execPath, cwd, detached, uid, gid } = options;
  const execArgv = options.execArgv ?? inheritedExecArgv(process.execArgv);
  return childProcess().spawn(execPath, [...execArgv, fileURLToPath(farProgram("spawn/entry/process")), ...argv], {
    env: { ...env, [PROCESS_START]: JSON.stringify(start) },
    stdio: [...standardStreams(options.stdio), "pipe", ...(Array.isArray(options.stdio) ? options.stdio.slice(3) : [])],
    windowsHide: true,
    ...(cwd !== undefined && { cwd }),
    ...(detached !== undefined && { detached }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
}

function standardStreams(stdio: SpawnProcessOptions["stdio"] = "inherit"): ChildStdio[] {
  const given = Array.isArray(stdio) ? (stdio as readonly ChildStdio[]) : undefined;
  return [0, 1, 2].map((at) => (given === undefined ? (stdio as ChildStdio) : (given[at] ?? "inherit")));
}

/** What is left is the connection's. */
export function connectionOptions(options: SpawnProcessOptions): ConnectionOptions {
  const { name: _name, ...rest } = options;
  // `startTimeout` is in its place.
  return { ...rest, helloTimeout: 0 };
}

function ownedChild(child: ChildProcess, killSignal: NodeJS.Signals): Owned {
  return {
    onExit(listener) {
      // Stays: without a listener it would end this process.
      child.on("error", (cause) => {
        if (child.pid === undefined) listener({ reason: `the process could not be started (${cause.message})`, cause });
      });
      child.once("exit", (code, signal) => listener(exitOf(code, signal)));
    },
    kill: () => void child.kill(killSignal),
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): TransportEnd {
  return { reason: signal === null ? `the process exited with code ${code}` : `the process was killed by ${signal}`, code, signal };
}

export function notStarted({ execPath = process.execPath, cwd }: SpawnProcessOptions, cause: unknown): RpcError {
  const why = cause instanceof Error ? cause.message : String(cause);
  // The system says of a missing folder that the program is missing.
  const folder =
    cwd === undefined || statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true
      ? ""
      : ` There is no folder ${String(cwd)} (cwd).`;
  return new RpcError("ERR_SPAWN", `The process could not be started with ${execPath}: ${why}.${folder}`, { cause });
}
