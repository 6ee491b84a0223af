// One session for each endpoint, whichever of `expose`, `wrap` and `open` comes first.
import { RpcError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { transportOf } from "../transports/endpoint.ts";
import type { Endpoint } from "../transports/endpoint.ts";
import { wireCodec } from "../wire/codec.ts";

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
  const entry = entries.get(endpoint);
  if (entry !== undefined && !entry.session.ended) {
    checkOptions(entry, options);
    return entry.session;
  }
  const session = new Session({ transport: transportOf(endpoint), host: nodeHost, codec: wireCodec, options, quiet });
  entries.set(endpoint, { session, options });
  session.start();
  return session;
}

/** These go with what is exposed, not with the session. */
const OF_EXPOSE: ReadonlySet<string> = new Set(["writable", "fields"]);

function checkOptions({ session, options }: Entry, given: ConnectionOptions): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || OF_EXPOSE.has(name) || value === options[name as keyof ConnectionOptions]) continue;
    throw new RpcError(
      "ERR_OPTIONS",
      `The option "${name}" comes too late: this endpoint has a connection already, to ${session.label}. Give it to the first of expose(), wrap() and open().`,
    );
  }
}
