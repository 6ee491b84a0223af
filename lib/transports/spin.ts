// Whether a thread that has run dry should look at its ring for a while before it sleeps. Pure: it
// is told what happened and when, and answers how long to look; the pump does the looking.
//
// A doorbell costs about 30 µs on each side. Looking pays while answers come sooner than that, and is
// pure loss when they do not, or when somebody else wants the processor. So: a miss switches it off
// for a while, each further one for twice as long; a hit that follows brings it back.

export interface SpinPolicy {
  /** False: switched off for good, no need to ask. */
  readonly mayLook: boolean;
  /** Microseconds for which to look now; 0: sleep at once. */
  budget(now: number): number;
  /** Something came after that many microseconds. */
  hit(waited: number): void;
  /** Nothing came within the budget. */
  miss(now: number): void;
  /** The thread lost the processor while it looked: others want it. */
  preempted(now: number): void;
}

export interface SpinOptions {
  /** Microseconds to look in all before sleeping; 0 switches it off. */
  readonly limit: number;
  /** Processors that this process may use. With one, the far side cannot run while this one looks. */
  readonly processors: number;
}

/** First and longest pause after misses, in ms. */
const SHORTEST_PAUSE = 0.1;
const LONGEST_PAUSE = 20;
/** After losing the processor, in ms: about a slice of a scheduler. */
const PREEMPTED_PAUSE = 4;

export function createSpinPolicy(options: SpinOptions): SpinPolicy {
  const { limit, processors } = options;
  if (limit <= 0 || processors < 2) return never;
  return adaptive(limit);
}

const never: SpinPolicy = { mayLook: false, budget: () => 0, hit() {}, miss() {}, preempted() {} };

function adaptive(limit: number): SpinPolicy {
  let pause = 0;
  let resumeAt = -Infinity;
  const rest = (now: number, shortest: number): void => {
    pause = Math.min(LONGEST_PAUSE, Math.max(shortest, pause * 2));
    resumeAt = now + pause;
  };
  return {
    mayLook: true,
    budget: (now) => (now < resumeAt ? 0 : limit),
    hit() {
      // Not to nothing: where hits and misses alternate, looking must earn its keep.
      pause = pause < SHORTEST_PAUSE ? 0 : pause / 4;
    },
    miss: (now) => rest(now, SHORTEST_PAUSE),
    preempted: (now) => rest(now, PREEMPTED_PAUSE),
  };
}
