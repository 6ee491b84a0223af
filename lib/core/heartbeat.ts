// Tells a dead, a stopped and a merely busy peer apart after it has been silent. A peer is asked once the silence
// has lasted an interval, and again; what this side's own event loop missed is not held against it.
import type { Host, Timer } from "./host.ts";

export interface HeartbeatParts {
  readonly host: Host;
  /** Ms of silence after which the peer is asked; twice without an answer, it is judged. */
  readonly interval: number;
  /** Bytes received so far: any sign of life counts. */
  readonly received: () => number;
  /** The peer's process, where it is known. */
  readonly pid: () => number | undefined;
  readonly ask: () => void;
  readonly onLost: (reason: string) => void;
}

/** A peer whose process runs but does not answer is busy, and is given so many intervals more. */
const PATIENCE = 4;
const MISSES = 2;

export function startHeartbeat(parts: HeartbeatParts): { stop(): void } {
  const { host, interval, received, pid, ask, onLost } = parts;
  let timer: Timer;
  let before = received();
  let due = 0;
  let misses = 0;
  const arm = (): void => {
    due = host.now() + interval;
    // What has arrived while this loop was busy is taken in before it is judged.
    timer = host.startTimer(interval, () => host.nextTurn(check));
  };
  let stopped = false;
  const check = (): void => {
    if (stopped) return;
    const isLate = host.now() - due > interval / 2;
    if (received() !== before) {
      before = received();
      misses = 0;
    } else if (isLate) {
      // This side slept, or was busy: the peer may have had no chance. It is asked anew.
      misses = 0;
      ask();
    } else if (misses < MISSES) {
      misses += 1;
      ask();
    } else if (judge()) {
      return;
    }
    arm();
  };
  const judge = (): boolean => {
    const id = pid();
    const state = id === undefined ? "unknown" : host.processState(id);
    misses += 1;
    if (state === "running" && misses < MISSES + PATIENCE) {
      ask();
      return false;
    }
    stopped = true;
    onLost(`no sign of life for ${Math.round((misses * interval) / 100) / 10} s (${REASONS[state]})`);
    return true;
  };
  arm();
  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}

const REASONS = {
  running: "its process runs, but its event loop does not",
  stopped: "its process is stopped",
  dead: "its process is gone",
  unknown: "it may be stopped, blocked or gone",
} as const;
