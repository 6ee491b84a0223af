// A call that starts at what another call answered, once that is here: it goes on to the remote that the value is
// or contains, or ends at a member of a value that was copied.
import { titleOfCall } from "./connection.ts";
import { Base } from "./imports.ts";
import type { Parcel } from "./messages.ts";
import { nodeOf, RemoteNode } from "./node.ts";
import type { CallOptions } from "./options.ts";
import type { PendingCall } from "./pending-call.ts";
import { reach } from "./reach.ts";
import type { ReachPolicy } from "./reach-rules.ts";

export interface CallAtValue {
  readonly call: PendingCall;
  readonly options: CallOptions | undefined;
  readonly args: readonly unknown[];
  /** The arguments as they were at the call, if they were encoded then. */
  readonly parcel: Parcel | undefined;
  /** How members of values are reached that are here. */
  readonly policy: ReachPolicy;
  /** Sends the parcel to a reference; false if that is not this sender's to do. */
  readonly sendParcel: (base: Base, node: RemoteNode, parcel: Parcel) => boolean;
}

/** Settles `call`, now or by the call that it becomes. Never throws. */
export function callAtValue(value: unknown, parts: CallAtValue): void {
  const { call, options, args, parcel, policy, sendParcel } = parts;
  try {
    const node = nodeAt(value, call.path.names, options);
    if (node === undefined) return call.fulfill(localMember(call, value, args, policy));
    const { origin } = node;
    if (parcel !== undefined && origin instanceof Base && !origin.record.released && sendParcel(origin, node, parcel)) return;
    origin.peer.makeCall(node, call.op, args).then(
      (result) => call.fulfill(result),
      (reason: unknown) => call.reject(reason, false),
    );
  } catch (error) {
    call.reject(error, false);
  }
}

/** Where a call goes that starts at `value`, if that is a remote. */
function nodeAt(value: unknown, names: readonly string[], options: CallOptions | undefined): RemoteNode | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const node = nodeOf(value);
  if (node === undefined) return undefined;
  return new RemoteNode(node.origin, { names: [...node.path.names, ...names], interned: 0 }, options ?? node.options);
}

function localMember(call: PendingCall, value: unknown, args: readonly unknown[], policy: ReachPolicy): unknown {
  const { holder, value: member } = reach(Object(value) as object, call.path.names, policy);
  if (call.op === "get") return member;
  if (typeof member !== "function") throw new TypeError(`${titleOfCall(call.op, call.path.names)}: not a function`);
  return call.op === "construct" ? Reflect.construct(member, args) : Reflect.apply(member, holder, args);
}
