// A helper thread that connects to a socket and owns it, and passes the bytes on between it and the thread that blocks.
// Nothing is decoded here.
import type { Address } from "../../socket/address.ts";
import { fullJitter } from "../../socket/backoff.ts";
import { cannotConnect, connectFailed, isFinal, Unreachable } from "../../socket/connect-errors.ts";
import { probe } from "../../socket/probe.ts";
import { busyError } from "../../socket/busy.ts";
import { descriptorOf } from "../../transports/descriptor.ts";
import { sharedMemoryTransport } from "../../transports/shared-memory.ts";
import { streamTransport } from "../../transports/stream.ts";
import type { Transport } from "../../core/transport.ts";
import { beginDuty } from "./duty.ts";
import { flushFar, relay } from "./relay.ts";

/** Where to connect to. */
export interface SocketJob {
  readonly address: Address;
  /** Ms until the last attempt begins. */
  readonly patience: number;
  readonly spin: number | undefined;
}

/** Between attempts, in ms. */
const BACKOFF = { first: 10, longest: 500 };

let far: Transport | undefined;
const duty = beginDuty<SocketJob>((order) => {
  if (order[0] === "stop") setTimeout(() => (far === undefined ? process.exit() : far.destroy()), order[1]).unref();
  else if (far === undefined) duty.flushed();
  else flushFar(far, () => duty.flushed());
});
const { address, patience, spin } = duty.job;

try {
  far = await dial();
  const near = sharedMemoryTransport(duty.port, duty.memory, 1, "caller", { ...(spin !== undefined && { spin }) });
  relay(near, far, (end) => duty.ended(end));
  duty.started({ label: address.label });
} catch (cause) {
  duty.ended({ reason: "not connected", cause });
}

async function dial(): Promise<Transport> {
  const began = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const finding = await probe(address.path).catch((cause: NodeJS.ErrnoException) => ({ state: "unknown" as const, cause }));
      if (finding.state !== "alive") throw new Unreachable(finding.cause);
      if (finding.socket === undefined) throw busyError("the system keeps no more connections for it (its backlog is full)");
      const fd = descriptorOf(finding.socket);
      return streamTransport(finding.socket, { label: address.label, ...(fd !== undefined && { fd }) });
    } catch (error) {
      if (isFinal(error)) throw connectFailed(address, error);
      const pause = fullJitter(attempt, BACKOFF);
      const spent = performance.now() - began;
      if (spent + pause > patience) throw cannotConnect(address, error, spent);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
