// A worker that is a child process: memory of its own, a crash of its own. Started as `spawnProcess` starts one.
import { readFile } from "node:fs/promises";
import type { CloseReason } from "../core/connection.ts";
import type { Session } from "../core/session.ts";
import { inheritedExecArgv } from "../spawn/exec-argv.ts";
import { type SpawnProcessOptions, startProcess } from "../spawn/process.ts";
import { untilReady } from "../spawn/until-ready.ts";
import type { PoolOptions } from "./options.ts";
import type { PoolWorker } from "./worker.ts";

export class ProcessWorker implements PoolWorker {
  readonly label: string;
  readonly offers: undefined = undefined;
  readonly ready: Promise<Session>;
  readonly ended: Promise<CloseReason>;
  readonly #session: Session;
  readonly #pid: number | undefined;

  constructor(module: string, options: SpawnProcessOptions) {
    const { session, child } = startProcess(module, options);
    this.label = session.label;
    this.#session = session;
    this.#pid = child.pid;
    this.ready = untilReady(session, module, options.startTimeout, options.execArgv).then(() => session);
    this.ready.catch(() => {});
    this.ended = session.connection.closed;
  }

  async stop(): Promise<void> {
    await this.#session.close();
    await this.ended;
  }

  kill(reason: string): void {
    this.#session.destroy(reason);
  }

  async heapUsed(): Promise<number> {
    if (process.platform !== "linux" || this.#pid === undefined) return 0;
    // "size resident shared …", in pages.
    const pages = Number((await readFile(`/proc/${this.#pid}/statm`, "latin1")).split(" ")[1]);
    return pages * PAGE;
  }
}

const PAGE = 4096;

/** What of a pool's options is for processes. */
export function processOptionsOf(options: PoolOptions<never>): SpawnProcessOptions {
  const { env, argv, resourceLimits, startTimeout, exitTimeout, api } = options;
  const heap = resourceLimits?.maxOldGenerationSizeMb;
  const limit = heap === undefined ? [] : [`--max-old-space-size=${Math.ceil(heap)}`];
  const execArgv =
    options.execArgv === undefined && heap === undefined
      ? undefined
      : [...(options.execArgv ?? inheritedExecArgv(process.execArgv)), ...limit];
  return {
    ...(argv !== undefined && { argv: argv.map(String) }),
    // One and the same environment is for threads; a process has a copy.
    ...(typeof env === "object" && { env: env as NodeJS.ProcessEnv }),
    ...(execArgv !== undefined && { execArgv }),
    ...(startTimeout !== undefined && { startTimeout }),
    ...(exitTimeout !== undefined && { exitTimeout }),
    ...(api !== undefined && { api }),
  };
}
