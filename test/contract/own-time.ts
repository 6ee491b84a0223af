// Time as this process had it: what it worked and what it waited, without what other processes took from it.
import { performance } from "node:perf_hooks";

/** Starts the clock; what it returns tells the ms since then. */
export function ownTime(): () => number {
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1000 + performance.eventLoopUtilization(loop).idle;
  };
}
