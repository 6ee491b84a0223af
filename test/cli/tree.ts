// Trees for tests of what is drawn of them.
import type { TreeNode } from "../../lib/supervisor/tree-node.ts";

const NODE: TreeNode = {
  id: "",
  path: "",
  kind: "process",
  state: "running",
  strategy: undefined,
  pid: undefined,
  threadId: undefined,
  uptime: 0,
  restarts: 0,
  reloading: false,
  memory: undefined,
  cpu: undefined,
  lag: undefined,
  calls: undefined,
  lastExit: undefined,
  children: [],
};

export function node(id: string, more: Partial<TreeNode> = {}): TreeNode {
  return { ...NODE, id, path: id, ...more };
}

export const shop: TreeNode = node("shop", {
  path: "",
  kind: "supervise",
  strategy: "one-for-one",
  pid: 100,
  children: [
    node("web#1", {
      pid: 101,
      uptime: 65_000,
      restarts: 2,
      memory: 53 * 1024 * 1024,
      cpu: 0.031,
      lag: 1.84,
      calls: { perSecond: 380.4, p99: 35.2, waiting: 3, total: 100 },
      lastExit: "crashed with code 1 after 3.0 s",
    }),
    node("jobs", {
      kind: "supervise",
      strategy: "dynamic",
      uptime: 3_000,
      children: [
        node("mail#1", { path: "jobs/mail#1", kind: "thread", threadId: 4, state: "waiting" }),
        node("mail#2", { path: "jobs/mail#2", reloading: true }),
      ],
    }),
    node("last", { state: "stopped" }),
  ],
});
