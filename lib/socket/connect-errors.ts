// Which failures to connect are worth another attempt, and what to say when none helped. Pure.
import { PeerLostError, RpcError } from "../core/errors.ts";
import type { Address } from "./address.ts";
import { retryAfter } from "./busy.ts";

/** Nothing listens yet, or no more; the server's queue is full; it was just about to end. */
const PASSING = new Set(["EAGAIN", "ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE", "ENOTDIR", "EBUSY"]);

/** The system did not connect us. */
export class Unreachable extends Error {
  override readonly cause: NodeJS.ErrnoException;
  constructor(cause: NodeJS.ErrnoException) {
    super(cause.message);
    this.cause = cause;
  }
}

/** Whether trying again will not help. */
export function isFinal(error: unknown): boolean {
  if (error instanceof Unreachable) return !PASSING.has(error.cause.code ?? "");
  if (retryAfter(error) !== undefined) return false;
  // Lost before it was ready: accepted and closed, as Node does without a descriptor, or by a server that ends.
  return !(error instanceof PeerLostError && !error.remote);
}

/** What to tell the user after the last attempt. */
export function cannotConnect(address: Address, error: unknown, spent: number): RpcError {
  return connectError(address, error, `, after ${Math.round(spent)} ms (connectTimeout)`);
}

/** What to tell the user of a failure that is final: what the server said, or the system did. */
export function connectFailed(address: Address, error: unknown): unknown {
  return error instanceof Unreachable ? connectError(address, error, "") : error;
}

function connectError({ label }: Address, error: unknown, when: string): RpcError {
  const cause = error instanceof Unreachable ? error.cause : error;
  return new RpcError("ERR_CONNECT", `Cannot connect to ${label}: ${reasonOf(cause)}${when}`, { cause });
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such socket; start the server, or check the path",
  ENOTDIR: "a part of the path is not a folder",
  ECONNREFUSED: "nobody listens there; start the server (a dead one left the socket behind)",
  EACCES: "this user may not connect to it; see its mode, and those of its folders",
  EPERM: "this user may not connect to it",
  EMFILE: "this process has no free file descriptor (see ulimit -n)",
  EPROTOTYPE: "it is not a stream socket",
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known = REASONS[code ?? ""];
  return known === undefined ? message.replace(/\.$/, "") : `${known} (${code})`;
}
