// How a server that has no room says so, and how a client reads it. Pure.
import { RpcError } from "../core/errors.ts";

/** When a client is told to try again, in ms. */
const RETRY_AFTER = 250;
const LONGEST = 10_000;

/** The refusal: RpcError `ERR_BUSY` with `retryAfter` in ms. */
export function busyError(why: string): RpcError {
  const error = new RpcError("ERR_BUSY", `The server is busy: ${why}. Try again in ${RETRY_AFTER} ms`);
  // It goes to strangers too, and says all there is to say.
  error.stack = `${error.name}: ${error.message}`;
  return Object.assign(error, { retryAfter: RETRY_AFTER });
}

/** In how many ms to try again; undefined if the error is no such refusal. A peer may have made it up: bounded. */
export function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof RpcError) || error.code !== "ERR_BUSY") return undefined;
  const { retryAfter: told } = error as { readonly retryAfter?: unknown };
  return typeof told === "number" && told > 0 ? Math.min(told, LONGEST) : RETRY_AFTER;
}
