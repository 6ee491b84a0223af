// The blocking remote of a connection that exists already, or of the far side of a port.
import type { Connection } from "../core/connection.ts";
import { RpcError } from "../core/errors.ts";
import { nodeOf } from "../core/node.ts";
import type { RemoteNode } from "../core/node.ts";
import type { ConnectionOptions } from "../core/options.ts";
import type { RemoteHandle } from "../core/remote.ts";
import { Session } from "../core/session.ts";
import type { SyncRemote } from "../core/sync-remote.ts";
import { sessionOn } from "../spawn/endpoint-sessions.ts";
import type { Endpoint } from "../transports/endpoint.ts";
import { BlockingClient } from "./blocking-client.ts";
import { rootOf } from "./root.ts";
import { syncRemoteAt } from "./sync-proxy.ts";

/** A `Connection<T>`, by what tells its `T`. */
type Connected<T> = Omit<Connection, "remote"> & { readonly remote: RemoteHandle<T> };

/**
 * A blocking remote beside the one that is awaited, on the same connection: calls of both start in the order in which
 * they are made. Takes a connection of `spawnThread`, a remote of one, or a `MessagePort`; anything that does not pass
 * through this thread's event loop.
 *
 * @throws {RpcError} `ERR_NOT_BLOCKING`: what arrives comes through the event loop (sockets, child processes, a `Worker`),
 * or calls pass through an outgoing interceptor; `ERR_ENDPOINT`: it is nothing that can be called
 *
 * @example
 * const math = await spawnThread<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
 * const blocking = wrapSync(math);
 * const soon = math.remote.fib(30);
 * blocking.fib(20); // a number, here and now
 * await soon;
 */
export function wrapSync<T>(connection: Connected<T>): SyncRemote<T>;
export function wrapSync<T>(remote: RemoteHandle<T>): SyncRemote<T>;
export function wrapSync(connection: Connection): SyncRemote<unknown>;
export function wrapSync<T = unknown>(endpoint: Endpoint, options?: ConnectionOptions): SyncRemote<T>;
export function wrapSync(target: object, options: ConnectionOptions = {}): unknown {
  const remote = nodeOf(target) === undefined && isConnection(target) ? (target.remote as object) : target;
  const node = nodeOf(remote);
  if (node !== undefined) return syncRemoteAt(node, clientOf(node));
  return rootOf(BlockingClient.of(sessionOn(target as Endpoint, options)));
}

function clientOf({ origin }: RemoteNode): BlockingClient {
  const { peer } = origin;
  if (peer instanceof Session) return BlockingClient.of(peer);
  throw new RpcError(
    "ERR_NOT_BLOCKING",
    `Calls to ${peer.label} cannot block: they may have to wait for a connection, and connections are made through this thread's event loop.`,
  );
}

function isConnection(target: object): target is Connection {
  return "remote" in target && "closed" in target;
}
