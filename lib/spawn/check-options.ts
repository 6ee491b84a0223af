// Options of a connection are those of whoever opens it; who joins it later must want the same ones.
import { RpcError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";

/** These go with what is exposed, not with the session. */
const OF_EXPOSE: ReadonlySet<string> = new Set(["writable", "fields"]);

/** @throws {RpcError} `ERR_OPTIONS`: those that are given are not those that the connection to `label` was opened with */
export function checkOptions(given: ConnectionOptions, opened: ConnectionOptions, label: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || OF_EXPOSE.has(name) || value === opened[name as keyof ConnectionOptions]) continue;
    throw new RpcError(
      "ERR_OPTIONS",
      `The option "${name}" comes too late: there is a connection to ${label} already. Give it to what opens the connection first.`,
    );
  }
}
