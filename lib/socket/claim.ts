// Makes a public name lead to a socket of this process, and gives it back. Both under the lock, so that of any
// number of processes that try, one has it; the name never leads to a socket that others may not yet use.
import { chmodSync, linkSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { AlreadyOwnedError, RpcError } from "../core/errors.ts";
import { acquireLock } from "./lock.ts";
import { pathError } from "./place.ts";
import { probe } from "./probe.ts";
import { sweep } from "./sweep.ts";
import { nextStep } from "./take-over.ts";
import type { Standing } from "./take-over.ts";

export interface ClaimParts {
  readonly path: string;
  readonly mode: number;
  /** Take the name from a living owner. */
  readonly replace: boolean;
  /** How long to wait for others that are about to take the name, in ms. */
  readonly patience: number;
  /** Binds a socket to that path and listens. */
  listen(path: string): Promise<void>;
  /** The pid of whoever owns the name, if it says so. */
  askPid(): Promise<number | undefined>;
}

/** What tells our socket from another under the same name. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
}

/**
 * Claims the name. Once it resolves, it is ours.
 *
 * @throws AlreadyOwnedError a living process has it
 * @throws RpcError `ERR_NOT_A_SOCKET` the name is that of something else, which is left alone
 * @throws RpcError `ERR_LOCKED` another process has been about to take it for too long
 * @throws RpcError `ERR_LISTEN` the system did not let us
 */
export async function claim(parts: ClaimParts): Promise<Identity> {
  const { path, replace, patience } = parts;
  try {
    const isDecided = async (): Promise<boolean> => {
      const { standing, isMine } = await look(path);
      return isRefusal(nextStep(standing, isMine, replace));
    };
    const lock = (await isDecided()) ? undefined : await acquireLock(path, patience, isDecided);
    if (lock === undefined) throw await refusal(parts);
    try {
      const { standing, isMine, stats } = await look(path);
      const step = nextStep(standing, isMine, replace);
      if (isRefusal(step)) throw await refusal(parts);
      if (lock.wasBroken || standing === "dead") await sweep(path);
      return await publish(parts, lock.folder.candidate, step === "replace" ? stats : undefined);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw explained(error, path);
  }
}

/** Removes the name if it is still ours. Call it while the socket is open: then nobody else can have its inode. */
export async function disclaim(path: string, identity: Identity, patience: number): Promise<void> {
  if (!isOurs(path, identity)) return;
  const lock = await acquireLock(path, patience, async () => !isOurs(path, identity));
  if (lock === undefined) return;
  try {
    if (isOurs(path, identity)) unlinkSync(path);
  } finally {
    await lock.release();
  }
}

export function isOurs(path: string, identity: Identity): boolean {
  try {
    const { ino, dev } = lstatSync(path);
    return ino === identity.ino && dev === identity.dev;
  } catch {
    // Not there, or its folder may not be entered any more.
    return false;
  }
}

interface Look {
  readonly standing: Standing;
  /** It belongs to this user. */
  readonly isMine: boolean;
  readonly stats: Stats | undefined;
}

/** What stands at the name. */
async function look(path: string): Promise<Look> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { standing: "nothing", isMine: false, stats };
  return { standing: stats.isSocket() ? await standingOf(path) : "other", isMine: stats.uid === process.geteuid?.(), stats };
}

/** What stands at the name now. */
export async function standingAt(path: string): Promise<Standing> {
  return (await look(path)).standing;
}

async function standingOf(path: string): Promise<Standing> {
  try {
    const finding = await probe(path);
    if (finding.state === "alive") finding.socket?.destroy();
    return finding.state === "missing" ? "nothing" : finding.state;
  } catch (error) {
    // A datagram socket, for one.
    if ((error as NodeJS.ErrnoException).code === "EPROTOTYPE") return "other";
    throw error;
  }
}

async function publish(parts: ClaimParts, candidate: string, over: Stats | undefined): Promise<Identity> {
  const { path, mode } = parts;
  await parts.listen(candidate);
  chmodSync(candidate, mode);
  const identity = lstatSync(candidate);
  // Those who do not know of the lock may have made a file here meanwhile: it is theirs.
  if (over === undefined) {
    moveToFreeName(candidate, path);
  } else {
    // Its inode may be another's by now, since nothing holds that of a dead socket; the time of its last change tells.
    const still = lstatSync(path, { throwIfNoEntry: false });
    if (still?.ino !== over.ino || still.ctimeMs !== over.ctimeMs) {
      throw new RpcError("ERR_LISTEN", `${path} was replaced by somebody else while this process took it over. Try again`);
    }
    renameSync(candidate, path);
  }
  return { dev: identity.dev, ino: identity.ino };
}

/** Codes of file systems on which a socket cannot have two names. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Unlike `rename`, it replaces nothing. */
function moveToFreeName(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? "") || lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw error;
    renameSync(from, to);
    return;
  }
  unlinkSync(from);
}

function isRefusal(step: ReturnType<typeof nextStep>): boolean {
  return step !== "publish" && step !== "replace";
}

async function refusal({ path, replace, askPid }: ClaimParts): Promise<RpcError> {
  const { standing, isMine } = await look(path);
  const step = nextStep(standing, isMine, replace);
  switch (step) {
    case "not-a-socket":
      return new RpcError(
        "ERR_NOT_A_SOCKET",
        `${path} exists and is not a stream socket. It was left alone; remove it yourself, or listen elsewhere`,
      );
    case "not-ours":
      return pathError(`${path} is another user's socket. Listen elsewhere, or give a name alone, which goes to your own folder`);
    case "already-owned":
    case "publish":
    case "replace": {
      // The last two: it was alive when we were refused, and has ended since.
      const pid = step === "already-owned" ? await askPid() : undefined;
      const who = pid === undefined ? "A living process" : `The process ${pid}`;
      return new AlreadyOwnedError(
        `${who} listens on ${path} already. End it, listen elsewhere, or take its place with replace: true`,
        path,
        pid,
      );
    }
  }
}

const HINTS: Record<string, string> = {
  ENOENT: "the folder does not exist; make it first, or give a name alone, which goes to your own folder",
  ENOTDIR: "what should be its folder is none",
  EACCES: "this user may not write in the folder",
  EPERM: "this user may not change what is in the folder",
  EROFS: "the folder is on a file system that is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the user's share of the disk is full",
  EMFILE: "this process has no free file descriptor (see ulimit -n)",
  ENFILE: "the system has no free file descriptor",
  EEXIST: "somebody else made a file of that name just now",
};

function explained(error: unknown, path: string): unknown {
  if (error instanceof RpcError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new RpcError("ERR_LISTEN", `Cannot listen on ${path}: ${HINTS[code] ?? message} (${dirname(path)}, ${code || "no code"})`, {
    cause: error,
  });
}
