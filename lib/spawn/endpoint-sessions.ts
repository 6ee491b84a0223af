// One session for each endpoint, whichever of `expose`, `wrap` and `open` comes first.
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { transportOf } from "../transports/endpoint.ts";
import type { Endpoint } from "../transports/endpoint.ts";
import { wireCodec } from "../wire/codec.ts";
import { checkOptions } from "./check-options.ts";

interface Entry {
  readonly session: Session;
  readonly options: ConnectionOptions;
}

const entries = new WeakMap<object, Entry>();

/**
 * The session of an endpoint; a new one, started, if it has none.
 *
 * @param quiet say nothing until the far side has said hello
 * @throws {RpcError} `ERR_ENDPOINT`: not an endpoint; `ERR_OPTIONS`: it has a session already, with other options
 */
export function sessionOn(endpoint: Endpoint, options: ConnectionOptions, quiet = false): Session {
  const known = entries.get(endpoint);
  if (known !== undefined && !known.session.ended) {
    checkOptions(options, known.options, known.session.label);
    return known.session;
  }
  const session = new Session({ transport: transportOf(endpoint), host: nodeHost, codec: wireCodec, options, quiet });
  const entry = { session, options };
  entries.set(endpoint, entry);
  void session.connection.closed.then(() => {
    if (entries.get(endpoint) === entry) entries.delete(endpoint);
  });
  session.start();
  return session;
}
