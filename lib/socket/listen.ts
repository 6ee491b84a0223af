// `listen`: serves an object on a socket. What happens to one connection is in socket-server.ts.
import { checkApi } from "../core/check-api.ts";
import { RpcError } from "../core/errors.ts";
import { takeActivated } from "./activation.ts";
import { resolveAddress } from "./address.ts";
import type { Address } from "./address.ts";
import type { Api } from "./admission.ts";
import { askPid } from "./ask-pid.ts";
import { checkKey } from "./key-gate.ts";
import { listenAt, listenOn } from "./listener.ts";
import type { ListenerParts } from "./listener.ts";
import type { ListenOptions, Server } from "./server.ts";
import { SocketServer } from "./socket-server.ts";

const BACKLOG = 4096;
const OWNER_ONLY = 0o600;
const TAKE_OVER_TIMEOUT = 5_000;

/**
 * Serves `api` on a Unix domain socket (a named pipe on Windows). Only the user who runs it may connect, unless
 * `mode` says otherwise. A socket that a dead process left is replaced.
 *
 * `api` may be a function `(peer) => object`, which makes an object for each connection; its dispose method runs
 * when the connection ends. A class is served as it is.
 *
 * @throws AlreadyOwnedError a living process listens there; `pid` tells which, if it says so
 * @throws RpcError `ERR_EXPOSE`, `ERR_SOCKET_PATH`, `ERR_NOT_A_SOCKET`, `ERR_LISTEN`, `ERR_LOCKED`, `ERR_KEY`, `ERR_ACTIVATION`
 * @example
 * await using server = await listen({ add: (a: number, b: number) => a + b }, "calculator");
 */
export async function listen(api: Api, where: string | ListenOptions): Promise<Server> {
  checkApi(api);
  const options = typeof where === "string" ? { path: where } : where;
  if (options.key !== undefined) checkKey(options.key);
  const { mode = OWNER_ONLY, activation = false } = options;
  const fd = activation === false ? undefined : takeActivated(activation, process.env, process.pid);
  const address = fd === undefined ? addressOf(options) : undefined;
  if (address?.kind === "abstract") checkOpenToAll(address, options);
  const others = address === undefined || address.kind === "abstract" || (mode & 0o077) !== 0;
  const server = new SocketServer(api, { ...options, errors: options.errors ?? (others ? "public" : "full") });
  const parts: ListenerParts = {
    mode,
    backlog: options.backlog ?? BACKLOG,
    replace: options.replace ?? false,
    patience: options.takeOverTimeout ?? TAKE_OVER_TIMEOUT,
    onSocket: (socket) => server.onSocket(socket),
    onLost: () => server.onReplaced(),
    onError: (error) => server.report(error),
    askPid: async () => (address === undefined ? undefined : askPid(address)),
  };
  try {
    server.start(await (fd === undefined ? listenAt(address!, parts) : listenOn(fd, parts)));
  } catch (error) {
    server.abandon();
    throw error;
  }
  return server;
}

function addressOf({ path }: ListenOptions): Address {
  if (path === undefined) {
    throw new RpcError(
      "ERR_SOCKET_PATH",
      'listen() needs a path or a name, unless a service manager left a socket (activation: true): listen(api, "billing")',
    );
  }
  return resolveAddress(path, true);
}

/** Whoever is on this machine may connect to an abstract socket, which has no owner and no mode. */
function checkOpenToAll({ label }: Address, { key, authenticate, mode }: ListenOptions): void {
  if (key !== undefined || authenticate !== undefined || (mode !== undefined && (mode & 0o006) === 0o006)) return;
  throw new RpcError(
    "ERR_SOCKET_PATH",
    `Every user of this machine may connect to the abstract socket ${label}. Pass a key, or authenticate, or mode: 0o666 to say that this is meant`,
  );
}
