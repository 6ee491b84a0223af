// Time as this process had it: what it worked and what it waited, without what other processes took from it.
import { performance } from "node:perf_hooks";

/** Starts the clock; what it returns tells the ms since then. */
export function ownTime(): () => number {
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const began = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    // Several threads can work more than the time that passed.
    return Math.min((user + system) / 1000 + performance.eventLoopUtilization(loop).idle, performance.now() - began);
  };
}
