// How a process or a thread is asked to end: its connection is closed, which lets its calls finish; then, where it
// does not end by itself, it is told.
import type { Session } from "../../core/session.ts";
import { nodeHost } from "../../node/host.ts";
import type { Shutdown } from "../spec.ts";

/** One that has nothing left to do ends by itself within so many ms; others are told. */
const ENDS_BY_ITSELF = 100;

export function politelyClose(session: Session, tell: () => void): void {
  const { connection } = session;
  let isOver = false;
  void connection.closed.then(() => (isOver = true));
  const off = connection.on("state", (state) => {
    // Goodbye is said; the process or thread may still be there.
    if (state !== "closed") return;
    off();
    nodeHost.startTimer(ENDS_BY_ITSELF, () => {
      if (!isOver) tell();
    });
  });
  void session.close();
}

/** The far side's own limit, after which it ends itself; the supervisor's is the one that counts. */
export function exitTimeoutFor(shutdown: Shutdown): number {
  if (shutdown === "infinity") return Number.MAX_SAFE_INTEGER;
  return shutdown === "brutal" ? 0 : shutdown;
}

/** Rejects with the signal's reason when it fires first. */
export async function orAborted<T>(signal: AbortSignal, task: Promise<T>): Promise<T> {
  let stopListening = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    stopListening = () => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
  task.catch(() => {});
  try {
    return await Promise.race([task, aborted]);
  } finally {
    stopListening();
  }
}
