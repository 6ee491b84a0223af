// Watches children that are up: kills one that gives no sign of life, replaces one that uses too much memory.
import { nodeHost } from "../node/host.ts";
import type { Vitals } from "./child.ts";
import type { Clock, SupervisorTimer } from "./clock.ts";
import type { Driver } from "./driver.ts";
import type { EventHub } from "./events.ts";
import type { ChildRecord, LiveRun } from "./record.ts";
import type { HealthSpec, MemorySpec } from "./spec.ts";

export interface MonitorParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly events: EventHub;
  readonly reload: (id: string) => Promise<void>;
}

/** One that could not be replaced is tried again after so long, in ms. */
const TRY_AGAIN = 30_000;

/** Watches every run from its being ready to its end. */
export function startMonitor(parts: MonitorParts): void {
  const watched = new Map<LiveRun, () => void>();
  parts.driver.observe({
    up(record, live) {
      const { health, memory } = record.spec;
      const stops = [...watchHealth(parts, record, live, health), ...watchMemory(parts, record, live, memory)];
      if (stops.length > 0) watched.set(live, () => stops.forEach((stop) => stop()));
    },
    exited(_record, live) {
      watched.get(live)?.();
      watched.delete(live);
    },
  });
}

function watchHealth({ clock, events }: MonitorParts, { id }: ChildRecord, live: LiveRun, health: HealthSpec | undefined): (() => void)[] {
  const { running } = live;
  if (health === undefined || running?.watch === undefined) return [];
  const { interval, timeout, maxLag, lagCount } = health;
  let seen = clock.now();
  let late = 0;
  const stopWatching = running.watch(interval, ({ lag }) => {
    seen = clock.now();
    late = lag !== undefined && lag > maxLag ? late + 1 : 0;
    if (late < lagCount) return;
    events.emit("unhealthy", { id, what: "lag", value: lag ?? 0, limit: maxLag });
    live.run.condemn("unresponsive");
  });
  const isSilent = (): boolean => clock.now() - seen > timeout;
  const stopLooking = every(clock, interval, (lateBy) => {
    // This process was stopped, or blocked for long, and the child perhaps with it: it gets a chance to say something.
    if (lateBy > timeout / 2) seen = Math.max(seen, clock.now() - timeout + 2 * interval);
    if (!isSilent()) return;
    // What has arrived and was not read yet counts.
    nodeHost.nextTurn(() => {
      if (!isSilent()) return;
      events.emit("unhealthy", { id, what: "heartbeat", value: clock.now() - seen, limit: timeout });
      live.run.condemn("unresponsive");
    });
  });
  return [stopWatching, stopLooking];
}

function watchMemory(parts: MonitorParts, { id }: ChildRecord, live: LiveRun, memory: MemorySpec | undefined): (() => void)[] {
  const { running } = live;
  if (memory === undefined || running?.vitals === undefined) return [];
  const { clock, events, reload } = parts;
  let notBefore = 0;
  const look = (vitals: Vitals): void => {
    const { memory: value = 0 } = vitals;
    if (value > memory.hard) {
      events.emit("unhealthy", { id, what: "memory", value, limit: memory.hard });
      live.run.condemn("oom");
    } else if (value > memory.limit && clock.now() >= notBefore && !live.run.isStopping) {
      notBefore = clock.now() + TRY_AGAIN;
      events.emit("unhealthy", { id, what: "memory", value, limit: memory.limit });
      // If it fails, "failed" tells so, and it is tried again.
      reload(id).catch(() => {});
    }
  };
  // Where it cannot be seen from outside, the child has to tell.
  const stopWatching = running.watch?.(memory.interval, () => {}) ?? (() => {});
  const stopLooking = every(clock, memory.interval, () => look(running.vitals?.() ?? {}));
  return [stopWatching, stopLooking];
}

/** Calls `task` every `ms`, and tells it by how much it comes too late. Holds no process. */
function every(clock: Clock, ms: number, task: (lateBy: number) => void): () => void {
  let timer: SupervisorTimer;
  let isOver = false;
  const arm = (): void => {
    const due = clock.now() + ms;
    timer = clock.startTimer(
      ms,
      () => {
        task(clock.now() - due);
        if (!isOver) arm();
      },
      { quiet: true },
    );
  };
  arm();
  return () => {
    isOver = true;
    timer.cancel();
  };
}
