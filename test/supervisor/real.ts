// What tests with real threads and processes share.
import { supervise } from "../../lib/supervisor/supervise.ts";
import type { SupervisorEventName, SupervisorEvents } from "../../lib/supervisor/events.ts";
import type { SupervisorSpec } from "../../lib/supervisor/spec.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import type * as Worker from "../fixtures/supervisor-worker.mjs";

export type WorkerModule = typeof Worker;

export const worker: URL = new URL("../fixtures/supervisor-worker.mjs", import.meta.url);
export const broken: URL = new URL("../fixtures/supervisor-broken.mjs", import.meta.url);
export const slow: URL = new URL("../fixtures/supervisor-slow.mjs", import.meta.url);

/** Closes what tests have started, whatever became of them. */
export class Started {
  readonly #all: Supervisor[] = [];

  async supervise(spec: SupervisorSpec): Promise<Supervisor> {
    const supervisor = await supervise(spec);
    this.#all.push(supervisor);
    return supervisor;
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((supervisor) => supervisor.close()));
  }
}

/** The next event of that name, about that child if it is given. */
export function next<Name extends SupervisorEventName>(supervisor: Supervisor, name: Name, id?: string): Promise<SupervisorEvents[Name]> {
  return new Promise((resolve) => {
    const off = supervisor.on(name, (detail) => {
      if (id !== undefined && (detail as { id?: string }).id !== id) return;
      off();
      resolve(detail);
    });
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when nobody has that pid any more. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}
