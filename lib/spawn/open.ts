// Where a connection begins on an endpoint that the user has: exposing something on it, reaching what the far side exposes,
// or both. Without an endpoint, what started this thread or process is the far side.
import { checkApi } from "../core/check-api.ts";
import { parentPort } from "node:worker_threads";
import type { Connection } from "../core/connection.ts";
import { RpcError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";
import type { Remote } from "../core/remote.ts";
import type { Session } from "../core/session.ts";
import type { Endpoint } from "../transports/endpoint.ts";
import { sessionOn } from "./endpoint-sessions.ts";
import { parentOfThisThread } from "./parent.ts";

/** Settings of a connection that is opened on an endpoint, and what this side exposes on it. */
export interface OpenOptions extends ConnectionOptions {
  /** What the far side can call. @defaultValue nothing */
  readonly api?: object;
}

/**
 * Exposes an object, class or function to the far side of an endpoint. Without one, to whatever started this thread or
 * process: `spawnThread` or `spawnProcess` (then `api` takes the place of the module's exports), else the parent
 * behind `parentPort`, else the one behind Node's IPC channel; on the latter two nothing is said before the parent does.
 *
 * @returns the connection, of which `remote` is what the far side exposes, if it does
 * @throws {RpcError} `ERR_ENDPOINT`: the endpoint cannot carry a connection, or there is none; `ERR_ALREADY_EXPOSED`:
 * something is exposed there; `ERR_EXPOSE`: `api` is neither object nor function; `ERR_OPTIONS`: the endpoint's connection
 * was opened with other options
 *
 * @example
 * expose({ add: (left, right) => left + right });
 * expose(store, port, { writable: true });
 */
export function expose(api: object, endpoint?: Endpoint, options: ConnectionOptions = {}): Connection {
  checkApi(api);
  if (endpoint !== undefined) return exposeOn(sessionOn(endpoint, options), api, options);
  const parent = parentOfThisThread();
  if (parent !== undefined) return parent.expose(api, options);
  return exposeOn(sessionOn(nodesParent(), options, true), api, options);
}

/**
 * What the far side of an endpoint exposes. Calls need not wait for it: they are kept until it is there.
 *
 * @throws {RpcError} `ERR_ENDPOINT`: the endpoint cannot carry a connection; `ERR_OPTIONS`: its connection was opened with
 * other options
 *
 * @example
 * const store = wrap<Store>(new Worker(new URL("./store.js", import.meta.url)));
 * await store.get("tea");
 */
export function wrap<T = unknown>(endpoint: Endpoint, options: ConnectionOptions = {}): Remote<T> {
  return sessionOn(endpoint, options).connection.remote as Remote<T>;
}

/**
 * `expose` and `wrap` in one: either side calls the other.
 *
 * @throws {RpcError} as `expose` and `wrap` do
 *
 * @example
 * const left = open<Right>(port1, { api: { name: () => "left" } });
 * await left.remote.name();
 * await left.close();
 */
export function open<T = unknown>(endpoint: Endpoint, { api, ...options }: OpenOptions = {}): Connection<T> {
  if (api !== undefined) checkApi(api);
  const session = sessionOn(endpoint, options);
  if (api !== undefined) exposeOn(session, api, options);
  return session.connection as Connection<T>;
}

function exposeOn(session: Session, api: object, options: ConnectionOptions): Connection {
  if (session.exposes) {
    throw new RpcError(
      "ERR_ALREADY_EXPOSED",
      `Something is exposed to ${session.label} already. To offer more, expose one object that has it all as members.`,
    );
  }
  session.expose(api, options);
  return session.connection;
}

function nodesParent(): Endpoint {
  if (parentPort !== null) return parentPort;
  if (typeof process.send === "function") return process;
  throw new RpcError(
    "ERR_ENDPOINT",
    "expose() was called without an endpoint, and nothing is there to expose to: this is no thread, no process that spawnProcess() or fork() started. Give it an endpoint: expose(api, endpoint).",
  );
}
