// From an address to a session that is ready, with as many attempts as it takes and time allows.
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import type { Address } from "./address.ts";
import { fullJitter } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import { busyError, retryAfter } from "./busy.ts";
import { cannotConnect, isFinal, Unreachable } from "./connect-errors.ts";
import { keyGate } from "./key-gate.ts";
import type { Key } from "./key-gate.ts";
import { probe } from "./probe.ts";
import { sessionParts } from "./session-parts.ts";

export interface DialParts {
  readonly address: Address;
  readonly options: ConnectionOptions & { readonly key?: Key; readonly api?: object };
  readonly backoff?: Backoff;
  /** From the server of the connection before, if this is to follow one. */
  readonly token?: string | undefined;
  /** Ms until the last attempt begins. */
  readonly patience: number;
  /** Waits so many ms; rejects when nobody wants the session any more. */
  readonly wait: (ms: number) => Promise<void>;
  /** An attempt begins; the server was reached, and is to let us in; the attempt failed. */
  readonly onAttempt?: () => void;
  readonly onSession?: (session: Session) => void;
  readonly onFailure?: () => void;
}

/** Between attempts, in ms. */
const BACKOFF = { first: 10, longest: 500 };

/**
 * @throws what the server refused us with
 * @throws RpcError `ERR_CONNECT` nobody let us in in time
 */
export async function dial(parts: DialParts): Promise<Session> {
  const { address, backoff = BACKOFF, patience, wait, onAttempt, onFailure } = parts;
  const began = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    onAttempt?.();
    try {
      return await attemptOnce(parts);
    } catch (error) {
      if (isFinal(error)) throw error;
      onFailure?.();
      const pause = (retryAfter(error) ?? 0) + fullJitter(attempt, backoff);
      const spent = performance.now() - began;
      if (spent + pause > patience) throw cannotConnect(address, error, spent);
      await wait(pause);
    }
  }
}

async function attemptOnce({ address, options, token, onSession }: DialParts): Promise<Session> {
  const finding = await probe(address.path).catch((cause: NodeJS.ErrnoException) => ({ state: "unknown" as const, cause }));
  if (finding.state !== "alive") throw new Unreachable(finding.cause);
  if (finding.socket === undefined) throw busyError("the system keeps no more connections for it (its backlog is full)");
  const { key, api } = options;
  const session: Session = new Session({
    ...sessionParts(finding.socket, address.label, options),
    token,
    ...(key !== undefined && { gate: keyGate(key, "connects") }),
    ...(api !== undefined && { onOpen: () => session.expose(api) }),
  });
  session.start();
  onSession?.(session);
  await session.connection.ready;
  return session;
}
