// The lock under which a public name is taken over, given back or replaced: one process at a time. See lock-chain.ts
// for how it works; here are its links in the file system, and the waiting.
import { lstatSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { RpcError } from "../core/errors.ts";
import { readChain, releaseLock, takeLock } from "./lock-chain.ts";
import type { Links } from "./lock-chain.ts";
import { lifeOfHolder, pidOfHolder, PrivateFolder, removeLeftovers } from "./private-folder.ts";
import { probe } from "./probe.ts";

export interface Lock {
  /** A folder beside the public name that is ours as long as the lock is. */
  readonly folder: PrivateFolder;
  /** Whether a holder before us was killed. */
  readonly wasBroken: boolean;
  release(): Promise<void>;
}

/** How long to wait, in ms, when a holder lives but has no room for one more that waits. */
const CROWDED = 5;

/**
 * Takes the lock beside `path`, waiting for whoever holds it.
 *
 * @param patience ms; then it rejects with RpcError `ERR_LOCKED`
 * @param isDecided asked before each attempt; true gives up, and the promise resolves to undefined
 */
export async function acquireLock(path: string, patience: number, isDecided: () => Promise<boolean>): Promise<Lock | undefined> {
  const head = `${path}.lock`;
  const deadline = performance.now() + patience;
  const folder = await PrivateFolder.beside(path);
  try {
    for (;;) {
      if (await isDecided()) {
        await folder.remove();
        return undefined;
      }
      const chain = readChain(files, head);
      const last = chain.holders.at(-1);
      if (last !== undefined && (await outlives(path, last, deadline))) {
        if (performance.now() > deadline) throw lockedError(path, head, last, patience);
        continue;
      }
      if (takeLock(files, chain, head, folder.holder))
        return { folder, wasBroken: last !== undefined, release: () => release(path, head, folder) };
    }
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function release(path: string, head: string, folder: PrivateFolder): Promise<void> {
  try {
    for (const dead of releaseLock(files, head)) removeLeftovers(path, dead);
  } finally {
    await folder.remove();
  }
}

/** False when that holder is dead. If it lives, waits until it does not, or until the deadline. */
async function outlives(path: string, holder: string, deadline: number): Promise<boolean> {
  const life = lifeOfHolder(path, holder);
  if (life === undefined)
    throw new RpcError("ERR_LOCKED", `${path}.lock was not made by nearcall; remove it, or give the socket another path`);
  const finding = await probe(life);
  if (finding.state === "forbidden") {
    throw new RpcError("ERR_LOCKED", `Another user's process is taking over ${path}, or was killed while it did (${path}.lock)`, {
      cause: finding.cause,
    });
  }
  if (finding.state !== "alive") return false;
  const { socket } = finding;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.min(socket === undefined ? CROWDED : Infinity, Math.max(0, deadline - performance.now())));
    socket?.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket?.resume();
  });
  socket?.destroy();
  return true;
}

function lockedError(path: string, head: string, holder: string, patience: number): RpcError {
  return new RpcError(
    "ERR_LOCKED",
    `The process ${pidOfHolder(holder)} has been about to take over ${path} for ${patience} ms. If it is stopped, continue or end it (the lock is ${head})`,
  );
}

const files: Links = {
  read(link) {
    try {
      return readlinkSync(link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      // Not a link: somebody else's file, which is not ours to remove.
      if (code === "EINVAL" && lstatSync(link, { throwIfNoEntry: false }) !== undefined) return "";
      throw error;
    }
  },
  create(link, holder) {
    try {
      symlinkSync(holder, link);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  },
  remove(link) {
    try {
      unlinkSync(link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  },
};
