// Interceptors go around calls: an outgoing one before a call is written, an incoming one before its member runs.
import type { IncomingCall } from "./call-context.ts";
import type { CallOp } from "./messages.ts";
import type { RemoteNode } from "./node.ts";
import type { InterceptedCall, Interceptor } from "./options.ts";
import type { PendingCall } from "./pending-call.ts";

/** What an interceptor made of a call. */
export interface Intercepted {
  readonly args: readonly unknown[];
  readonly meta: Readonly<Record<string, unknown>> | undefined;
}

const NO_META: Readonly<Record<string, unknown>> = Object.freeze({});

/** Settles `call` with what the interceptor makes of it. `begin` makes the call itself, each time it is asked. */
export async function interceptOutgoing(
  interceptor: Interceptor,
  call: PendingCall,
  node: RemoteNode,
  args: readonly unknown[],
  peer: string,
  begin: (changed: Intercepted) => Promise<unknown>,
): Promise<void> {
  const meta = node.options?.meta;
  const intercepted: InterceptedCall = { path: node.path.names, op: call.op, args, meta: meta ?? NO_META, peer };
  try {
    // Called before anything is awaited, so that one which goes on at once leaves the arguments as they are now.
    call.fulfill(await interceptor(intercepted, (changed) => begin({ args: changed?.args ?? args, meta: changed?.meta ?? meta })));
  } catch (error) {
    call.reject(error, false);
  }
}

/** Runs the interceptor around `run`, which invokes the member. */
export async function interceptIncoming(
  interceptor: Interceptor,
  context: IncomingCall,
  op: CallOp,
  path: readonly string[],
  args: readonly unknown[],
  run: (args: readonly unknown[]) => unknown,
): Promise<unknown> {
  const { meta, peer } = context;
  return await interceptor({ path, op, args, meta, peer }, async (changed) => {
    context.meta = changed?.meta ?? meta;
    return await run(changed?.args ?? args);
  });
}
