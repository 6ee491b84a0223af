// A path as the system is to be given it. One of any length can be bound or connected to: Linux reaches a folder through
// an open descriptor of it, by a name of some 20 bytes.
import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { checkLength, longestPath } from "./place.ts";

export interface ShortPath extends Disposable {
  readonly path: string;
}

/** Bytes for a name in Linux's structure. */
const STRUCTURE = 108;

/**
 * Keep it until what was done with the path is done.
 *
 * @throws RpcError `ERR_SOCKET_PATH` when the path is too long and cannot be shortened
 */
export function shortPath(path: string): ShortPath {
  const length = Buffer.byteLength(path);
  // Node 20 gives the whole of the system's structure as an abstract name, later ones what there is of the name: filled
  // up, it is the same for all.
  if (path.startsWith("\0")) return { path: path + "\0".repeat(STRUCTURE - length), [Symbol.dispose]() {} };
  if (length <= longestPath(process.platform)) return { path, [Symbol.dispose]() {} };
  if (process.platform !== "linux") checkLength(path, process.platform);
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${folder}/${basename(path)}`, [Symbol.dispose]: () => closeSync(folder) };
}
