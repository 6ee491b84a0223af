// The blocking remote of what a session's far side exposes.
import type { Base } from "../core/imports.ts";
import { nodeOf } from "../core/node.ts";
import type { BlockingClient } from "./blocking-client.ts";

export function rootOf(client: BlockingClient): object {
  const node = nodeOf(client.session.connection.remote as object);
  return client.remoteOf(node!.origin as Base);
}
