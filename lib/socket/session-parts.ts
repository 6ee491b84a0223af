// What sessions over sockets have in common: their transport, and the settings that are stricter than between a
// process and its own children.
import type { Socket } from "node:net";
import type { ConnectionOptions } from "../core/options.ts";
import type { SessionParts } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { streamTransport } from "../transports/stream.ts";
import { wireCodec } from "../wire/codec.ts";

const MiB = 1024 * 1024;
const HEARTBEAT = 15_000;
const FRAME_TIMEOUT = 30_000;

export function sessionParts(socket: Socket, label: string, options: ConnectionOptions): SessionParts {
  const fd = descriptorOf(socket);
  return {
    transport: streamTransport(socket, { label, ...(fd !== undefined && { fd }) }),
    host: nodeHost,
    codec: wireCodec,
    options: socketOptions(options),
  };
}

/** What holds on sockets where nothing is set. */
export function socketOptions(options: ConnectionOptions): ConnectionOptions {
  return { heartbeat: HEARTBEAT, frameTimeout: FRAME_TIMEOUT, ...options, limits: { text: MiB, nodes: 1_000_000, ...options.limits } };
}

/** Node shows it on the handle behind a socket; what is not written when the process ends is written there. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}
