// What several sessions have open, in one figure each. Pure.
import type { ConnectionStats } from "../core/connection.ts";

const NOTHING: ConnectionStats = {
  pendingCalls: 0,
  runningCalls: 0,
  exports: 0,
  imports: 0,
  streams: 0,
  signals: 0,
  promises: 0,
  queuedBytes: 0,
  sentBytes: 0,
  receivedBytes: 0,
  sentBatches: 0,
  receivedBatches: 0,
  lateReplies: 0,
  references: { exports: [], imports: [] },
};

export function sumOfStats(all: readonly ConnectionStats[]): ConnectionStats {
  return all.reduce(add, NOTHING);
}

function add(left: ConnectionStats, right: ConnectionStats): ConnectionStats {
  const sum: Record<string, unknown> = { ...left };
  for (const [name, value] of Object.entries(right)) if (typeof value === "number") sum[name] = (sum[name] as number) + value;
  const references = {
    exports: [...left.references.exports, ...right.references.exports],
    imports: [...left.references.imports, ...right.references.imports],
  };
  return { ...(sum as unknown as ConnectionStats), references };
}
