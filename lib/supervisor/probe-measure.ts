// What a process or a thread tells of itself.
import { getHeapStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";
import type { Vitals } from "./child.ts";

/** Ms between two looks at the clock; what is later than that is lag. */
const RESOLUTION = 25;

/** Calls `tell` every `interval` ms; what it returns stops that. Holds no process. */
export function startMeasuring(interval: number, tell: (vitals: Vitals) => void): () => void {
  const lag = startLagMeter();
  let usage = process.cpuUsage();
  let utilization = performance.eventLoopUtilization();
  let before = performance.now();
  const report = (): void => {
    const now = performance.now();
    const used = process.cpuUsage(usage);
    const busy = performance.eventLoopUtilization(utilization);
    // Processor time is that of the whole process; of a thread it is known how busy its event loop was.
    const cpu = isMainThread ? (used.user + used.system) / 1_000 / (now - before) : busy.utilization;
    usage = process.cpuUsage();
    utilization = performance.eventLoopUtilization();
    before = now;
    tell({ lag: lag.worst(), cpu, memory: memoryHere() });
  };
  const timer = setInterval(report, interval);
  timer.unref();
  return () => {
    clearInterval(timer);
    lag.stop();
  };
}

/**
 * A clock of our own: `monitorEventLoopDelay` forgets with each `reset()` when it last looked, and so misses the delay
 * of an event loop that turns once between two reports.
 */
function startLagMeter(): { worst(): number; stop(): void } {
  let last = performance.now();
  let worst = 0;
  const look = (): void => {
    const now = performance.now();
    worst = Math.max(worst, now - last - RESOLUTION);
    last = now;
  };
  const timer = setInterval(look, RESOLUTION);
  timer.unref();
  return {
    worst() {
      look();
      const lag = worst;
      worst = 0;
      return Math.max(0, lag);
    },
    stop: () => clearInterval(timer),
  };
}

/** Resident memory of a process; of a thread its heap and what that holds outside. */
function memoryHere(): number {
  if (isMainThread) return process.memoryUsage.rss();
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
