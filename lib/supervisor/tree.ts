// Puts a supervisor, its children and theirs together as data, from what the driver, the runs and the remotes know.
import { describeExit } from "./exit-report.ts";
import type { Driver } from "./driver.ts";
import { infoOf } from "./child-info.ts";
import type { ChildRecord } from "./record.ts";
import type { Remotes } from "./remotes.ts";
import type { SupervisorState, TreeNode } from "./tree-node.ts";

export interface TreeParts {
  readonly name: string;
  readonly state: SupervisorState;
  readonly driver: Driver;
  readonly remotes: Remotes;
  readonly now: number;
}

/** @param path the ids down to this supervisor, with a "/" after each */
export function treeOf({ name, state, driver, remotes, now }: TreeParts, path = ""): TreeNode {
  return {
    ...NOTHING,
    id: name,
    path: path.slice(0, -1),
    kind: "supervise",
    state,
    strategy: driver.rule.strategy,
    children: [...driver.records.values()].map((record) => childNode(record, driver, remotes, path, now)),
  };
}

function childNode(record: ChildRecord, driver: Driver, remotes: Remotes, above: string, now: number): TreeNode {
  const { id, current, lastReport } = record;
  const { state, kind, pid, threadId, uptime, restarts, reloading } = infoOf(record, driver.entryOf(id), now);
  const path = `${above}${id}`;
  const beneath = current?.running?.supervisor?.tree(`${path}/`);
  const { memory, cpu, lag } = current?.running?.vitals?.() ?? {};
  const remote = remotes.known(id) ?? (record.group === id ? undefined : remotes.known(record.group));
  const figures = remote?.meter.figures;
  return {
    id,
    path,
    kind,
    state,
    strategy: beneath?.strategy,
    pid,
    threadId,
    uptime,
    restarts,
    reloading,
    memory,
    cpu,
    lag,
    calls: remote === undefined || figures === undefined ? undefined : { ...figures, waiting: remote.waiting },
    lastExit: lastReport === undefined ? undefined : describeExit(lastReport),
    children: beneath?.children ?? [],
  };
}

const NOTHING = {
  pid: process.pid,
  threadId: undefined,
  uptime: 0,
  restarts: 0,
  reloading: false,
  memory: undefined,
  cpu: undefined,
  lag: undefined,
  calls: undefined,
  lastExit: undefined,
} as const;
