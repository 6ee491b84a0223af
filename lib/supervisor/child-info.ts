// A child as it is seen from outside, put together from what the driver and the rules keep of it.
import type { ChildRecord } from "./record.ts";
import type { Entry } from "./rules/entry.ts";
import type { ChildInfo } from "./supervisor.ts";

/** @param entry undefined: it is gone, and was not kept */
export function infoOf(record: ChildRecord, entry: Readonly<Entry> | undefined, now: number): ChildInfo {
  const { id, spec, kind, restarts, lastReport, current } = record;
  return {
    id,
    state: entry?.state ?? "stopped",
    type: kind.type,
    kind: kind.name,
    restart: spec.rule.restart,
    significant: spec.rule.significant,
    pid: current?.running?.pid,
    threadId: current?.running?.threadId,
    restarts,
    uptime: current === undefined || entry === undefined ? 0 : now - current.readyAt,
    reloading: entry !== undefined && entry.incoming !== 0,
    lastExit: lastReport,
  };
}
