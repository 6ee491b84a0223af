// What a supervisor offers to other programs.
import type { SupervisorEvent } from "./events.ts";
import type { TreeNode } from "./tree-node.ts";

/** The object that `serve()` exposes. Paths are ids joined by "/": `jobs/mail#2`. */
export interface SupervisorAdmin {
  /** The supervisor with all that is beneath it, as it is now. */
  tree(): TreeNode;
  /** The tree again and again, every `interval` ms (at least 100), with figures that cost something only while it is read. */
  watch(interval?: number): AsyncGenerator<TreeNode, void, undefined>;
  /** All events from now on. Errors in them are reduced to their messages. */
  events(): AsyncGenerator<SupervisorEvent, void, undefined>;
  /** Ends a child and starts it anew. */
  restart(path: string): Promise<void>;
  /** Starts a child anew before the old one ends. */
  reload(path: string): Promise<void>;
  /** Ends a child for good. */
  stop(path: string): Promise<void>;
}
