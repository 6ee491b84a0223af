// Timers for deadlines: none of them keeps the process alive.
import type { Timer } from "../core/host.ts";

/** Node takes a longer delay (24.8 days) for 1 ms. */
const LONGEST = 2 ** 31 - 1;

export function startTimer(ms: number, task: () => void): Timer {
  let handle: NodeJS.Timeout;
  const arm = (left: number): void => {
    handle = left <= LONGEST ? setTimeout(task, left) : setTimeout(() => arm(left - LONGEST), LONGEST);
    handle.unref();
  };
  arm(ms);
  return { cancel: () => clearTimeout(handle) };
}
