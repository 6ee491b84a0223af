// What a supervisor offers to other programs.
import type { SupervisorEvent } from "./events.ts";
import type { TreeNode } from "./tree-node.ts";

/** The object that `serve()` exposes. Paths are ids joined by "/": `jobs/mail#2`. */
export interface SupervisorAdmin {
  tree(): TreeNode;
  /** The tree again and again, every `interval` ms (at least 100), with figures that cost something only while it is read. */
  watch(interval?: number): AsyncGenerator<TreeNode, void, undefined>;
  /** All events from now on. Errors in them are reduced to their messages. */
  events(): AsyncGenerator<SupervisorEvent, void, undefined>;
  restart(path: string): Promise<void>;
  reload(path: string): Promise<void>;
  stop(path: string): Promise<void>;
}
