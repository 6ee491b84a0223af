// `connect`: a connection to a server on a socket; one that comes back by itself is in reconnecting.ts.
import { lstatSync } from "node:fs";
import type { Connection } from "../core/connection.ts";
import type { ConnectionOptions } from "../core/options.ts";
import type { Session } from "../core/session.ts";
import { resolveAddress } from "./address.ts";
import type { Address } from "./address.ts";
import { connectFailed } from "./connect-errors.ts";
import { dial } from "./dial.ts";
import { checkKey } from "./key-gate.ts";
import type { Key } from "./key-gate.ts";
import type { ReconnectOptions } from "./reconnect-options.ts";
import { reconnecting } from "./reconnecting.ts";

/** Settings of `connect`. Times are in ms. */
export interface ConnectOptions extends ConnectionOptions {
  /**
   * How long to try to reach the server while nothing listens, or it is busy. 0: one attempt. A server that was
   * reached has `helloTimeout` to answer.
   *
   * @defaultValue 5,000
   */
  readonly connectTimeout?: number;
  /** The secret that the server has too; see `ListenOptions.key`. */
  readonly key?: Key;
  /** Connect again when the connection is lost. @defaultValue false */
  readonly reconnect?: boolean | ReconnectOptions;
  /** What the server reaches of this side, through the `remote` of its connection. */
  readonly api?: object;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

export const CONNECT_TIMEOUT: number = 5_000;

/**
 * Connects to what `listen` serves at `path`, which may be a name alone. While nothing listens there, it tries
 * again until `connectTimeout`.
 *
 * @throws RpcError `ERR_CONNECT` nobody let us in in time; the message says why
 * @throws RpcError `ERR_AUTHENTICATION` the server asks for another key, or has another one
 * @throws RpcError `ERR_SOCKET_PATH`, `ERR_KEY`
 * @example
 * await using connection = await connect<typeof api>("calculator");
 * await connection.remote.add(1, 2);
 */
export async function connect<T = unknown>(path: string, options: ConnectOptions = {}): Promise<Connection<T>> {
  const address = resolveAddress(path, false);
  if (options.key !== undefined) checkKey(options.key);
  const settings = { connectTimeout: CONNECT_TIMEOUT, ...options, errors: options.errors ?? errorsFor(address) };
  try {
    if (options.reconnect !== undefined && options.reconnect !== false) return (await reconnecting(address, settings)) as Connection<T>;
    return (await connectOnce(address, settings)) as Connection<T>;
  } catch (error) {
    throw connectFailed(address, error);
  }
}

async function connectOnce(address: Address, options: ConnectOptions & { readonly connectTimeout: number }): Promise<Connection> {
  const { signal, connectTimeout } = options;
  signal?.throwIfAborted();
  const stop = (): void => session?.destroy("the attempt to connect was given up", signal?.reason);
  let session: Session | undefined;
  signal?.addEventListener("abort", stop);
  try {
    const wait = (ms: number): Promise<void> => pause(ms, signal);
    const onSession = (attempt: Session): void => {
      session = attempt;
      if (signal?.aborted === true) stop();
    };
    const { connection } = await dial({ address, options, patience: connectTimeout, wait, onSession });
    return connection;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** What of our errors a server of another user gets to see. */
export function errorsFor({ kind, path }: Address): "full" | "public" {
  if (kind !== "file") return kind === "abstract" ? "public" : "full";
  try {
    return lstatSync(path).uid === process.geteuid?.() ? "full" : "public";
  } catch {
    // It is not there yet.
    return "full";
  }
}
