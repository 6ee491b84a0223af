// While somebody looks at the tree, its children report on themselves.
import type { Driver } from "./driver.ts";
import type { LiveRun } from "./record.ts";

/** Orders reports of all children, of those too that start later and that live further below. What it answers ends that. */
export function watchVitals(driver: Driver, interval: number): () => void {
  const watched = new Map<LiveRun, () => void>();
  const watch = (live: LiveRun): void => {
    const { running } = live;
    const stop = running?.supervisor?.watchVitals(interval) ?? running?.watch?.(interval, () => {});
    if (stop !== undefined) watched.set(live, stop);
  };
  for (const { current } of driver.records.values()) if (current !== undefined) watch(current);
  const stopObserving = driver.observe({
    up: (_record, live) => watch(live),
    exited(_record, live) {
      watched.get(live)?.();
      watched.delete(live);
    },
  });
  return () => {
    stopObserving();
    for (const stop of watched.values()) stop();
    watched.clear();
  };
}
