// Joins a client that comes back to the sockets by which it does.
import type { Connection } from "../core/connection.ts";
import type { ConnectionOptions } from "../core/options.ts";
import type { Address } from "./address.ts";
import { dial } from "./dial.ts";
import type { DialParts } from "./dial.ts";
import type { ReconnectOptions } from "./reconnect-options.ts";
import { ReconnectingClient } from "./reconnecting-client.ts";

export interface ReconnectingOptions extends ConnectionOptions, Pick<DialParts["options"], "key" | "api"> {
  readonly reconnect?: boolean | ReconnectOptions;
  readonly connectTimeout: number;
  readonly signal?: AbortSignal;
}

/** Resolves once it is connected for the first time; rejects if that fails, as `dial` does. */
export async function reconnecting(address: Address, options: ReconnectingOptions): Promise<Connection> {
  const { signal, reconnect, connectTimeout } = options;
  signal?.throwIfAborted();
  const client = new ReconnectingClient({
    label: address.label,
    options,
    reconnect: typeof reconnect === "object" ? reconnect : {},
    connectTimeout,
    dial: (dialing) => dial({ address, options, ...dialing }),
  });
  const giveUp = (): void => client.destroy("the attempt to connect was given up");
  signal?.addEventListener("abort", giveUp);
  try {
    client.start();
    await client.connection.ready;
    return client.connection;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}
