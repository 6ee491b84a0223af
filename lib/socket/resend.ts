// Whether a call whose connection was lost may be sent again. Pure.
import { PeerLostError } from "../core/errors.ts";

export interface LostCall {
  readonly options: { readonly idempotent?: boolean } | undefined;
  /** It carries no reference, stream or handle. */
  readonly repeatable: boolean;
  /** How often it was sent. */
  readonly attempts: number;
}

/**
 * A call that never left may always go again, any other only if its caller said that it may run twice. One that was
 * lost with several connections in a row may well be what ends them.
 */
export function mayResend({ options, repeatable, attempts }: LostCall, error: unknown, maxAttempts: number): boolean {
  // A loss that a peer tells of is none: it may be lying.
  if (!(error instanceof PeerLostError) || error.remote || !repeatable) return false;
  if (error.phase === "unsent") return true;
  return options?.idempotent === true && attempts < maxAttempts;
}
