// State that goes from one run of a child to the next: new calls wait, those in flight finish, the old run is asked
// for its state. What the state is, only the child knows.
import type { Session } from "../core/session.ts";
import { RpcError } from "../core/errors.ts";
import type { Timer } from "../core/host.ts";
import { nodeHost } from "../node/host.ts";
import { memberOf } from "./kinds/prepare.ts";
import type { HandOverSpec } from "./spec.ts";

/**
 * The state of the run behind `session`. New calls must be kept away from it meanwhile.
 *
 * @throws RpcError `ERR_HAND_OVER` if calls do not finish in time, the member fails or its answer is too large
 */
export async function takeState(session: Session, { from, maxBytes, timeout }: HandOverSpec): Promise<unknown> {
  await untilQuiet(session, timeout);
  const { connection } = session;
  const before = connection.stats().receivedBytes;
  const state = await memberOf(session, from, timeout)();
  const bytes = connection.stats().receivedBytes - before;
  if (bytes <= maxBytes) return state;
  throw new RpcError("ERR_HAND_OVER", `The state that ${from}() gives has ${bytes} bytes; handOver.maxBytes is ${maxBytes}`);
}

async function untilQuiet(session: Session, timeout: number): Promise<void> {
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = nodeHost.startTimer(timeout, () =>
      reject(new RpcError("ERR_HAND_OVER", `${session.pendingCalls} calls were not finished within ${timeout} ms (handOver.timeout)`)),
    );
  });
  try {
    await Promise.race([session.untilAnswered(), tooLate]);
  } finally {
    timer?.cancel();
  }
}
