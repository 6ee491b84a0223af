// Time, as the supervisor sees it: monotonic, and replaced in tests by one that is turned by hand.

export interface SupervisorTimer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Milliseconds since 1970, for events that people read. */
  date(): number;
  /** Holds the process alive until it fires, unless `quiet`. */
  startTimer(ms: number, task: () => void, options?: { readonly quiet?: boolean }): SupervisorTimer;
  /** Holds the process alive until what it returns is called. */
  hold(): () => void;
}

/** Node takes a longer delay (24.8 days) for 1 ms. */
const LONGEST = 2 ** 31 - 1;

export const nodeClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  startTimer(ms, task, { quiet = false } = {}) {
    let handle: NodeJS.Timeout;
    const arm = (left: number): void => {
      handle = left <= LONGEST ? setTimeout(task, left) : setTimeout(() => arm(left - LONGEST), LONGEST);
      if (quiet) handle.unref();
    };
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  },
  hold() {
    const handle = setInterval(() => {}, LONGEST);
    return () => clearInterval(handle);
  },
};
