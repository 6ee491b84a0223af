// What a side says of itself first.
import type { Gate } from "./handshake.ts";
import { type Hello, PROTOCOL_VERSION } from "./messages.ts";
import type { Limits } from "./options.ts";

export interface OwnHelloParts {
  readonly limits: Limits;
  readonly handles: boolean;
  readonly name: string | undefined;
  readonly pid: number | undefined;
  readonly gate: Gate | undefined;
  readonly session: string | undefined;
  /** This side cannot serve; a `bye` follows. */
  readonly refusing: boolean;
}

export function ownHello({ limits, handles, name, pid, gate, session, refusing }: OwnHelloParts): Hello {
  const { text, binary, window } = limits;
  return {
    version: PROTOCOL_VERSION,
    epoch: makeEpoch(),
    limits: { text, binary, window },
    handles,
    ...(name !== undefined && { name }),
    ...(pid !== undefined && { pid }),
    ...(gate?.challenge !== undefined && { challenge: gate.challenge }),
    ...(session !== undefined && { session }),
    ...(refusing && { refusing }),
  };
}

/** Names one side of one connection. */
function makeEpoch(): string {
  return Math.random().toString(36).slice(2, 12) + Date.now().toString(36);
}
