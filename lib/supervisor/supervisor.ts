// What users hold of a supervisor.
import type { Remote } from "../core/remote.ts";
import type { ListenOptions, Server } from "../socket/server.ts";
import type { SupervisorAdmin } from "./admin-api.ts";
import type { ChildStartError, GaveUpError } from "./errors.ts";
import type { SupervisorEvent, SupervisorEventName, SupervisorEvents } from "./events.ts";
import type { ExitReport } from "./exit-report.ts";
import type { ChildState, EndReason, RestartType } from "./rules/types.ts";
import type { ChildSpec, SupervisorChange } from "./spec.ts";
import type { SupervisorState, TreeNode } from "./tree-node.ts";

/** A child as seen from outside. */
export interface ChildInfo {
  readonly id: string;
  readonly state: ChildState;
  readonly type: "worker" | "supervisor";
  /** What it is: "process", "thread", "pool", "listen", "supervise", "function". */
  readonly kind: string;
  readonly restart: RestartType;
  readonly significant: boolean;
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** How often it was started again, since it was added; reloads do not count. */
  readonly restarts: number;
  /** Ms since it was ready; 0 when it is not. */
  readonly uptime: number;
  /** A new run is starting, to take its place. */
  readonly reloading: boolean;
  readonly lastExit: ExitReport | undefined;
}

/** How a supervisor ended. */
export interface SupervisorEnd {
  readonly reason: EndReason;
  /** The child that was the cause, where one was. */
  readonly id: string | undefined;
  /** Set where it failed: it gave up, or a first child did not start. */
  readonly error: ChildStartError | GaveUpError | undefined;
}

/** How many children there are. */
export interface ChildCount {
  /** Specs that are kept, running or not. */
  readonly specs: number;
  /** Children that run. */
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/**
 * Keeps children alive by the rules of its spec.
 *
 * An id is that of a child, or of a spec with `instances`: then it stands for all of them (`web` for `web#1`, `web#2`).
 *
 * @example
 * await using tree = await supervise({ children: [{ id: "store", start: { process: url } }] });
 * tree.on("exited", ({ id, report }) => console.log(id, report.kind));
 * await tree.remote<typeof import("./store.js")>("store").put("a", 1);
 */
export interface Supervisor extends AsyncDisposable {
  readonly name: string;
  readonly state: SupervisorState;
  /** Resolves when it has ended, with the reason. Never rejects. */
  readonly ended: Promise<SupervisorEnd>;

  /** In the order in which they were started. */
  children(): readonly ChildInfo[];
  /** One of them; undefined if there is none of that id. */
  child(id: string): ChildInfo | undefined;
  /** How many there are, by what they are doing. */
  count(): ChildCount;
  /** The spec, as it was given. */
  spec(id: string): ChildSpec | undefined;

  /**
   * Adds a child and starts it; resolves when it is ready. With strategy `dynamic` the arguments go to the child:
   * to its function, or to its `init` member.
   *
   * @throws SpecError, RefusedError; ChildStartError if it does not start: then it is not kept.
   */
  add(spec: ChildSpec): Promise<ChildInfo>;
  /** For dynamic supervisors: starts a child of the template with these arguments. */
  add(...args: readonly unknown[]): Promise<ChildInfo>;
  /** Stops it, and forgets its spec. Works in the middle of a restart, too. */
  remove(id: string): Promise<void>;
  /** Stops it and keeps its spec; `restart` starts it again. Temporary and dynamic children are not kept. */
  stop(id: string): Promise<void>;
  /** Starts what is stopped; stops and starts what runs; starts at once what waits. Does not count as a failure. */
  restart(id: string): Promise<void>;
  /**
   * Replaces it without losing a call: a new one is started, calls move over when it is ready, the old one finishes
   * its calls and stops. Instances are replaced one after the other. Kinds that cannot exist twice (socket servers,
   * supervisors) are restarted; calls wait meanwhile.
   *
   * @throws ChildStartError if the new one does not start: the old one stays.
   */
  reload(id: string): Promise<void>;
  /** Changes the limits of the supervisor. @throws SpecError */
  change(change: SupervisorChange): void;
  /** Changes fields of a child's spec; they count from its next start, by `reload` for instance. @throws SpecError */
  changeSpec(id: string, change: Partial<Omit<ChildSpec, "id" | "instances">>): void;
  /** Sends a signal to one child, or to all. */
  signal(name: NodeJS.Signals, id?: string): void;

  /**
   * What the child exposes. It stays valid whatever happens to the child: calls made while it is down wait or fail,
   * as its `queue` says; calls that it had when it ended reject with `ChildLostError`, or are made again if they are
   * `idempotent`. References that it gave are stale after a restart.
   */
  remote<T>(id: string): Remote<T>;
  /** The id of the partition that `key` belongs to; the same for the same key. Strategy `partition` only. */
  partition(key: string | number): string;
  /** The supervisor that is running as that child. */
  supervisor(id: string): Supervisor | undefined;

  /** Listens to one kind of event; what it returns stops listening. */
  on<Name extends SupervisorEventName>(event: Name, listener: (detail: SupervisorEvents[Name]) => void): () => void;
  /** All events from now on, those of supervisors beneath too; ends when the supervisor does. Keeps at most 10,000 unread. */
  events(): AsyncIterableIterator<SupervisorEvent>;

  /**
   * The tree from here down, with what is known of each child. `path` is for those above.
   */
  tree(path?: string): TreeNode;
  /** Children report how late their event loops are, for `tree()`, every `interval` ms; what it returns ends that. */
  watchVitals(interval: number): () => void;
  /**
   * Lets `nearcall top`, `nearcall tree` and other programs look at the tree and give commands, over a socket that only
   * this user may connect to. Closes with the supervisor.
   *
   * @example
   * const server = await tree.serve("shop"); // nearcall top shop
   */
  serve(where: string | ListenOptions): Promise<Server>;
  /** What `serve` exposes, to be exposed by other means. */
  readonly admin: SupervisorAdmin;

  /** Stops all children, the last one first, and resolves when that is done. */
  close(): Promise<void>;
}
