// The blocking remote of what a session's far side exposes.
import { RpcError } from "../core/errors.ts";
import type { Base } from "../core/imports.ts";
import { nodeOf } from "../core/node.ts";
import type { BlockingClient } from "./blocking-client.ts";

/** @throws RpcError `ERR_ENDPOINT`: the session was made by another copy of this package */
export function rootOf(client: BlockingClient): object {
  const node = nodeOf(client.session.connection.remote as object);
  if (node !== undefined) return client.remoteOf(node.origin as Base);
  throw new RpcError(
    "ERR_ENDPOINT",
    `The connection to ${client.label} was opened by another copy of nearcall than the one whose nearcall/sync is used here. See that the program has only one (npm ls nearcall).`,
  );
}
