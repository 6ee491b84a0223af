// The folder for sockets that were given a name alone: the session's run-time folder, else one of the user's own
// under the folder for temporary files. Both are checked, since anybody may have made the latter before us.
import { lstatSync, mkdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { pathError } from "./place.ts";

/** What the choice depends on. */
export interface Surroundings {
  /** `XDG_RUNTIME_DIR`, if it is set. */
  readonly runtimeFolder: string | undefined;
  readonly temporaryFolder: string;
  readonly uid: number;
}

export function surroundings(): Surroundings {
  return { runtimeFolder: process.env["XDG_RUNTIME_DIR"], temporaryFolder: tmpdir(), uid: process.geteuid?.() ?? 0 };
}

/**
 * The folder, which is the user's and nobody else may enter. With `create`, it is made where it is missing.
 *
 * @throws RpcError `ERR_SOCKET_PATH` when somebody else made it, or others may enter
 */
export function ownFolder(create: boolean, { runtimeFolder, temporaryFolder, uid }: Surroundings = surroundings()): string {
  // A variable kept by `su` or `sudo` names another user's folder: then it is as if it were not set.
  if (runtimeFolder !== undefined && isAbsolute(runtimeFolder) && faultOf(statOf(runtimeFolder), uid) === undefined) return runtimeFolder;
  const folder = join(temporaryFolder, `nearcall-${uid}`);
  if (create) makeFolder(folder);
  const stats = statOf(folder);
  // Nothing listens there, and who connects will be told so.
  if (stats === undefined && !create) return folder;
  const fault = faultOf(stats, uid);
  if (fault !== undefined) {
    throw pathError(
      `${folder} should be your own folder for sockets, but ${fault}. Remove it, or set XDG_RUNTIME_DIR, or give a whole path`,
    );
  }
  return folder;
}

/** Why a folder cannot be trusted with sockets; undefined when it can. */
export function faultOf(stats: Pick<Stats, "mode" | "uid" | "isDirectory"> | undefined, uid: number): string | undefined {
  if (stats === undefined) return "it does not exist";
  if (!stats.isDirectory()) return "it is not a folder";
  if (stats.uid !== uid) return `it belongs to the user with id ${stats.uid}, and you are ${uid}`;
  if ((stats.mode & 0o077) !== 0) return `others may use it (its mode is ${(stats.mode & 0o777).toString(8)}, not 700)`;
  return undefined;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw pathError(`Your folder for sockets cannot be made: ${folder}`, error);
  }
}

/** Of the folder itself: a link in its place may lead anywhere. */
function statOf(folder: string): Stats | undefined {
  return lstatSync(folder, { throwIfNoEntry: false });
}
