// The errors of calls whose connection is gone: what happened, to which call, and whether it may be made again.
import type { CloseReason } from "./connection.ts";
import { titleOfCall } from "./connection.ts";
import { type CallPhase, DisposedError, PeerLostError, type RpcError, StaleReferenceError } from "./errors.ts";
import type { PendingCall } from "./pending-call.ts";

const ADVICE: Readonly<Record<CallPhase, string>> = {
  unsent: "It was never sent, so it may be made again",
  sent: "It was sent, so it may have run",
  accepted: "The far side had taken it in, so it probably ran",
};

/** For a call that was pending when its connection ended. */
export function lostCall(label: string, call: PendingCall, end: CloseReason, phase: CallPhase): PeerLostError {
  return peerLost(`${titleOfCall(call.op, call.path.names)} on ${label} was lost: ${end.reason}. ${ADVICE[phase]}.`, end, phase);
}

/** For what was open beside calls: streams, promises, signals. */
export function lostConnection(label: string, end: CloseReason): PeerLostError {
  return peerLost(`The connection to ${label} is lost: ${end.reason}.`, end, "sent");
}

/** For a call that is made when the connection has ended already. */
export function callAfterEnd(label: string, title: string, end: CloseReason, endedHere: boolean): RpcError {
  if (endedHere) return new DisposedError(`${title} on ${label} was called after this side ended the connection (${end.reason}).`);
  return peerLost(
    `${title} on ${label} was called after the connection ended: ${end.reason}. ${ADVICE.unsent}, on a new connection.`,
    end,
    "unsent",
  );
}

function peerLost(message: string, { reason, exitCode, signal, cause }: CloseReason, phase: CallPhase): PeerLostError {
  const limit = Error.stackTraceLimit;
  // Nothing of use is on the stack, and there may be thousands.
  Error.stackTraceLimit = 0;
  try {
    return new PeerLostError(message, { reason, exitCode, signal, phase, ...(cause !== undefined && { cause }) });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** For a call on what is not there any more. */
export function staleReference(label: string, call: PendingCall): StaleReferenceError {
  return new StaleReferenceError(
    `${titleOfCall(call.op, call.path.names)} on ${label}: the reference was released, or its connection is gone. Ask for the object again.`,
  );
}
