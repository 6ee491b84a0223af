// The descriptor under a socket, for writing to it when Node writes no more.
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * The descriptor that a stream's bytes go to as they are; undefined where there is none, or where something lies
 * between (TLS, a stream of the user's).
 */
export function descriptorOf(stream: Duplex): number | undefined {
  if (!(stream instanceof Socket) || Object.getPrototypeOf(stream) !== Socket.prototype) return undefined;
  const { _handle: handle } = stream as Socket & { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}
