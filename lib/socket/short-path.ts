// A path of any length that can be bound or connected to: Linux reaches a folder through an open descriptor of it,
// by a name of some 20 bytes. Others get the path as it is.
import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { checkLength, longestPath } from "./place.ts";

export interface ShortPath extends Disposable {
  readonly path: string;
}

/**
 * Keep it until what was done with the path is done.
 *
 * @throws RpcError `ERR_SOCKET_PATH` when the path is too long and cannot be shortened
 */
export function shortPath(path: string): ShortPath {
  if (Buffer.byteLength(path) <= longestPath(process.platform)) return { path, [Symbol.dispose]() {} };
  if (process.platform !== "linux") checkLength(path, process.platform);
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${folder}/${basename(path)}`, [Symbol.dispose]: () => closeSync(folder) };
}
