// The path of a socket that somebody else bound. Node does not tell; on Linux the kernel does.
import { readFileSync, readlinkSync } from "node:fs";

const SOCKET = /^socket:\[(\d+)\]$/;

/** Undefined where it cannot be known. An abstract name begins with NUL. */
export function boundPath(fd: number): string | undefined {
  try {
    const inode = SOCKET.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
    return inode === undefined ? undefined : pathOf(inode, readFileSync("/proc/self/net/unix", "utf8"));
  } catch {
    return undefined;
  }
}

/** In a line: address, references, protocol, flags, type, state, inode, path. Pure. */
export function pathOf(inode: string, table: string): string | undefined {
  for (const line of table.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[6] !== inode || columns[7] === undefined) continue;
    const path = line.slice(line.indexOf(` ${inode} `) + inode.length + 2);
    // The kernel shows each NUL as "@": the first one, and those with which Node 20 fills a short abstract name.
    return path.startsWith("@") ? `\0${path.slice(1).replace(/@+$/, "")}` : path;
  }
  return undefined;
}
