// A folder of its own for each test, and sockets in it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

export interface Place {
  /** Changes from test to test. */
  readonly folder: string;
  at(name: string): string;
  /** What is in the folder, sorted. */
  list(): string[];
}

export function useFolder(): Place {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nearcall-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    at: (name) => join(folder, name),
    list: () => readdirSync(folder).sort(),
  };
}

/** Leaves a socket at `path` whose process is dead. */
export async function leaveDeadSocket(path: string): Promise<void> {
  const child = spawn(process.execPath, ["-e", "require('net').createServer().listen(process.argv[1], () => console.log('up'))", path]);
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Resolves when `holds` does, which is asked in every turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
