// Entries that wait for each other form a lane: all of them where the strategy orders them, one alone elsewhere.
// The next step of a lane is found here: first what must stop, last one first; then what must start, first one
// first, each when its predecessor is ready.
import { mustStop, type Entry } from "./entry.ts";

export type LaneStep = { readonly type: "stop" | "start"; readonly entry: Entry } | undefined;

/** `lane` in starting order. Undefined: there is nothing to do, or something under way has to be waited for. */
export function nextStep(lane: readonly Entry[]): LaneStep {
  for (let at = lane.length - 1; at >= 0; at--) {
    const entry = lane[at] as Entry;
    if (entry.state === "stopping") return undefined;
    if (mustStop(entry)) return { type: "stop", entry };
  }
  if (lane.some((entry) => entry.delayed)) return undefined;
  let held = false;
  for (const entry of lane) {
    if (entry.state === "starting") return undefined;
    held ||= entry.held;
    if (entry.state === "waiting" && !(held && entry.cause === "restart")) return { type: "start", entry };
  }
  return undefined;
}
