// The wait between a start and the first call: until the far side has said hello, or has not in time, or never will.
import { PeerLostError, TimeoutError } from "../core/errors.ts";
import type { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { isDebugged } from "./debugger.ts";

/** How a thread or a process is started, as far as both are alike. */
export interface StartOptions {
  /** How long the far side may take until it is ready, in ms; 0: as long as it likes. @defaultValue 30,000; 0 under a debugger */
  readonly startTimeout?: number;
  /** How long it may take to end by itself once the connection was closed, before it is made to, in ms. @defaultValue 5,000 */
  readonly exitTimeout?: number;
  /** What this side exposes to it. @defaultValue nothing */
  readonly api?: object;
  /** Names it in errors, beside its number. */
  readonly name?: string;
}

export const DEFAULT_EXIT_TIMEOUT = 5000;
const DEFAULT_START_TIMEOUT = 30_000;

/** @param module names it in errors */
export async function untilReady(
  session: Session,
  module: string,
  startTimeout: number | undefined,
  execArgv: readonly string[] | undefined,
): Promise<void> {
  const limit = startLimit(startTimeout, execArgv);
  let late: TimeoutError | undefined;
  let isOver = false;
  // Not before what has arrived meanwhile was looked at.
  const onLate = (): void =>
    nodeHost.nextTurn(() => {
      if (isOver) return;
      late = notReady(module, session.label, limit);
      session.destroy("not ready in time", late);
    });
  const timer = limit === 0 ? undefined : nodeHost.startTimer(limit, onLate);
  try {
    await session.connection.ready;
  } catch (error) {
    if (late !== undefined) throw late;
    if (error instanceof PeerLostError) throw endedEarly(error, session.label, module);
    // What the module threw while it loaded.
    throw error;
  } finally {
    isOver = true;
    timer?.cancel();
  }
}

/** How long the far side may take, in ms; 0: as long as it likes. */
export function startLimit(startTimeout: number | undefined, execArgv: readonly string[] | undefined): number {
  if (startTimeout === undefined) return isDebugged(execArgv) ? 0 : DEFAULT_START_TIMEOUT;
  return startTimeout === Infinity ? 0 : startTimeout;
}

/** @param label names the far side in errors, as `module` does */
export function notReady(module: string, label: string, limit: number): TimeoutError {
  return new TimeoutError(
    `${shown(module)} (${label}) was not ready within ${limit} ms (startTimeout): its event loop is blocked, or it awaits something at its top level.`,
    limit,
  );
}

/** The far side was lost while it was waited for. */
export function endedEarly({ reason, exitCode, signal, cause }: PeerLostError, label: string, module: string): PeerLostError {
  const loss = { reason, exitCode, signal, phase: "unsent" as const, ...(cause !== undefined && { cause }) };
  return new PeerLostError(`${shown(module)} (${label}) ended before it was ready: ${reason}.`, loss);
}

function shown(module: string): string {
  return module.length > 200 ? `${module.slice(0, 200)}…` : module;
}
