// Connects to a server on a socket, for calls that block. A helper thread owns the socket.
import { RpcError, TimeoutError } from "../core/errors.ts";
import type { Connection } from "../core/connection.ts";
import { resolveAddress } from "../socket/address.ts";
import { retryAfter } from "../socket/busy.ts";
import { CONNECT_TIMEOUT, errorsFor } from "../socket/connect.ts";
import type { ConnectOptions } from "../socket/connect.ts";
import { checkKey, keyGate } from "../socket/key-gate.ts";
import { socketOptions } from "../socket/session-parts.ts";
import { farProgram } from "../node/far-program.ts";
import { checkApi } from "../core/check-api.ts";
import type { BlockingClient } from "./blocking-client.ts";
import type { SocketJob } from "./entry/socket-keeper.ts";
import { Helper } from "./helper.ts";
import { openHelped, passedOn } from "./open-helped.ts";
import { HelpedConnection } from "./sync-connection.ts";
import type { SyncConnection } from "./sync-connection.ts";

/** Settings of `connectSync`. Times are in ms. */
export interface ConnectSyncOptions extends Omit<ConnectOptions, "reconnect" | "signal"> {
  /** Microseconds for which this thread looks for an answer before it sleeps; 0: never. @defaultValue 50 */
  readonly spin?: number;
}

const HELLO_TIMEOUT = 30_000;
/** How long a connection may take to go once it was closed, in ms. */
const EXIT_TIMEOUT = 2_000;
const HELPER_START = 10_000;

/**
 * Connects to what `listen` serves at `path`, which may be a name alone, and blocks until it is connected. Calls of
 * `remote` block until they are answered. While nothing listens there, it tries again until `connectTimeout`.
 *
 * @throws RpcError `ERR_CONNECT` nobody let us in in time; the message says why
 * @throws RpcError `ERR_AUTHENTICATION` the server asks for another key, or has another one
 * @throws RpcError `ERR_SOCKET_PATH`, `ERR_KEY`
 *
 * @example
 * using calculator = connectSync<typeof api>("calculator", { timeout: 1_000 });
 * calculator.remote.add(1, 2);
 */
export function connectSync<T = unknown>(path: string, options: ConnectSyncOptions = {}): SyncConnection<T> {
  const address = resolveAddress(path, false);
  const { key, api, spin, connectTimeout = CONNECT_TIMEOUT } = options;
  if (key !== undefined) checkKey(key);
  if (api !== undefined) checkApi(api);
  const settings = socketOptions({ ...options, errors: options.errors ?? errorsFor(address) });
  const began = performance.now();
  for (;;) {
    const left = Math.max(0, connectTimeout - (performance.now() - began));
    const helper = new Helper(farProgram("sync/entry/socket-keeper"), { address, patience: left, spin } satisfies SocketJob);
    try {
      helper.awaitStart(
        left + HELPER_START,
        () => new TimeoutError(`The thread that connects to ${address.label} did not start.`, HELPER_START),
      );
    } catch (error) {
      throw error instanceof RpcError ? new RpcError(error.code, error.message, { cause: error.cause }) : error;
    }
    const gate = key === undefined ? undefined : keyGate(key, "connects");
    const client = openHelped({
      helper,
      label: address.label,
      options: settings,
      spin,
      carries: passedOn,
      api,
      ...(gate !== undefined && { gate }),
    });
    const failure = awaitHello(client, settings.helloTimeout ?? HELLO_TIMEOUT);
    if (failure === undefined) return new HelpedConnection<T>(client, helper, EXIT_TIMEOUT);
    helper.stop(0);
    const pause = retryAfter(failure.error);
    if (pause === undefined || performance.now() - began + pause > connectTimeout) throw failure.error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
}

/** What kept it from becoming ready; undefined if nothing did. */
function awaitHello(client: BlockingClient, limit: number): { readonly error: unknown } | undefined {
  const { session } = client;
  const isReady = (): boolean => (session.connection as Connection).state === "ready";
  if (client.wait(isReady, limit === 0 ? undefined : limit)) return isReady() ? undefined : { error: session.failure };
  const error = new TimeoutError(
    `${session.label} did not say hello within ${limit} ms. Does the far side expose something, with the same version of nearcall?`,
    limit,
  );
  session.destroy(`no hello within ${limit} ms`, error);
  return { error };
}
