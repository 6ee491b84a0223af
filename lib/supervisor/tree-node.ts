// A supervisor, its children and theirs, as data: what views show and programs read.
import type { ChildState, Strategy } from "./rules/types.ts";

/** `ending`: it stops its children. `failed`: it gave up, or was never up. */
export type SupervisorState = "running" | "ending" | "ended" | "failed";

/** One place in the tree. Figures are undefined where they are not known. */
export interface TreeNode {
  /** The child's id; of the root, the supervisor's name. */
  readonly id: string;
  /** The ids down to it, joined by "/": what `restart`, `reload` and `stop` of an admin take. Empty for the root. */
  readonly path: string;
  readonly kind: string;
  readonly state: ChildState | SupervisorState;
  /** Of supervisors. */
  readonly strategy: Strategy | undefined;
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** Ms. */
  readonly uptime: number;
  readonly restarts: number;
  readonly reloading: boolean;
  /** Bytes: resident memory of a process, heap of a thread. */
  readonly memory: number | undefined;
  /** Parts of one processor. */
  readonly cpu: number | undefined;
  /** Ms by which its event loop was late, at worst, since the last look; while it is watched. */
  readonly lag: number | undefined;
  /** Of the calls made through `remote(id)`, where it was asked for. */
  readonly calls: { readonly perSecond: number; readonly p99: number; readonly waiting: number; readonly total: number } | undefined;
  /** How it ended last, in one clause. */
  readonly lastExit: string | undefined;
  readonly children: readonly TreeNode[];
}
