// Where a server is found: a name in the file system, an abstract one, a pipe, or a socket that somebody else opened.
// Whatever it is, sockets come out of it, and it can be closed.
import { fstatSync } from "node:fs";
import type { Server as NetServer, Socket } from "node:net";
import { AlreadyOwnedError, RpcError } from "../core/errors.ts";
import { accept, stopAccepting } from "./accept.ts";
import type { Address } from "./address.ts";
import { boundPath } from "./bound-path.ts";
import { PublishedName } from "./published-name.ts";
import type { PublishedNameParts } from "./published-name.ts";

export interface Listener {
  readonly path: string;
  readonly label: string;
  /** Nobody new finds us, and whoever had by then was accepted. */
  close(): Promise<void>;
  ref(): void;
  unref(): void;
}

export interface ListenerParts extends Omit<PublishedNameParts, "path"> {
  onSocket(socket: Socket): void;
}

/** @throws as `claim` */
export async function listenAt(address: Address, parts: ListenerParts): Promise<Listener> {
  const { path, label } = address;
  if (address.kind === "file") {
    const name = await PublishedName.claim({ ...parts, path });
    return { path, label, close: () => name.close(), ref: () => name.ref(), unref: () => name.unref() };
  }
  try {
    // The system itself keeps these names apart, and lets go of them when a process dies.
    return listenerOf(path, label, await accept({ ...parts, at: { path } }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE") throw new RpcError("ERR_LISTEN", `Cannot listen on ${label}: ${String(code)}`, { cause: error });
    const pid = await parts.askPid();
    throw new AlreadyOwnedError(
      `${pid === undefined ? "A living process" : `The process ${pid}`} listens on ${label} already. End it, or listen elsewhere`,
      path,
      pid,
    );
  }
}

/** On a socket that listens already and is not ours: its name is neither taken nor removed. */
export async function listenOn(fd: number, parts: ListenerParts): Promise<Listener> {
  if (!fstatSync(fd).isSocket()) throw new RpcError("ERR_ACTIVATION", `The descriptor ${fd} that the service manager left is no socket`);
  const path = boundPath(fd) ?? `fd ${fd}`;
  const server = await accept({ ...parts, at: { fd } });
  const listener = listenerOf(path, `unix:${path.replace(/^\0/, "@")}`, server);
  // Those who wait to be accepted wait for whoever the service manager starts next.
  return { ...listener, close: async () => void server.close() };
}

function listenerOf(path: string, label: string, server: NetServer): Listener {
  return { path, label, close: () => stopAccepting(server), ref: () => server.ref(), unref: () => server.unref() };
}
