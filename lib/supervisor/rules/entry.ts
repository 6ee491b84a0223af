// One child as the rules see it.
import type { ChildRule, ChildState, StartCause } from "./types.ts";

export interface Entry {
  readonly id: string;
  rule: ChildRule;
  state: ChildState;
  cause: StartCause;
  /** The run that starts, runs or stops; 0 where there is none. */
  run: number;
  /** The run that is to replace it, while a reload is under way. */
  incoming: number;
  /** Runs that were replaced and still finish their calls. */
  readonly retiring: Set<number>;
  /** False once it was stopped, removed or ended for good. */
  wanted: boolean;
  /** Live, and to be started anew once it is down. */
  again: boolean;
  /** Its spec goes when it is down. */
  doomed: boolean;
  /** Waits for a timer. */
  delayed: boolean;
  /** Stopped by hand in the middle of a restart of several: those behind it go on waiting. */
  held: boolean;
  /** Automatic restarts since it last ran stably. */
  failures: number;
  readySince: number;
}

export function createEntry(id: string, rule: ChildRule, cause: StartCause): Entry {
  return {
    id,
    rule,
    state: "waiting",
    cause,
    run: 0,
    incoming: 0,
    retiring: new Set(),
    wanted: true,
    again: false,
    doomed: false,
    delayed: false,
    held: false,
    failures: 0,
    readySince: 0,
  };
}

/** Whether something of it may still run. */
export function isLive(entry: Entry): boolean {
  return entry.run !== 0 || entry.incoming !== 0 || entry.retiring.size !== 0;
}

/** Whether it has to go down, for good or to be started anew. */
export function mustStop(entry: Entry): boolean {
  return isLive(entry) && (entry.again || !entry.wanted);
}
