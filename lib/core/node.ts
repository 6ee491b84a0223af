// What lies behind a remote: which object of which connection, the names that lead on from there, and
// the options of its calls. Proxies keep it in a weak table, so that nothing of it shows.
import type { CallOp, MemberPath } from "./messages.ts";
import type { Connection } from "./connection.ts";
import type { CallOptions } from "./options.ts";

/** A connection as its remotes see it. */
export interface Peer {
  /** What users hold of it. */
  readonly connection: Connection;
  /** Names the far side: `worker#3`, `pid 812`, `unix:/run/a.sock`. */
  readonly label: string;
  /** Makes a call and answers its promise. Never throws: what goes wrong rejects. */
  makeCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): RemoteCall;
  /** Like `makeCall`, for assignments, whose outcome nobody can await: a failure shows as an "error" event. */
  sendCall(node: RemoteNode, op: CallOp, args: readonly unknown[]): void;
  /** Lets go of what `origin` stands for. */
  release(origin: Origin): void;
}

/** What `makeCall` answers; a `RemotePromise` to users. */
export interface RemoteCall extends PromiseLike<unknown> {
  catch(onRejected: (reason: unknown) => unknown): Promise<unknown>;
}

/** Where a member is looked up: an object of the peer, or what a call will answer. */
export interface Origin {
  readonly peer: Peer;
  /** Names it when it is printed. */
  readonly name: string;
}

export class RemoteNode {
  readonly origin: Origin;
  readonly path: MemberPath;
  readonly options: CallOptions | undefined;
  /** Member proxies that were asked for before. */
  children: Map<string, object> | undefined = undefined;

  constructor(origin: Origin, path: MemberPath, options: CallOptions | undefined) {
    this.origin = origin;
    this.path = path;
    this.options = options;
  }

  /** The same place, with other options for calls. */
  with(options: CallOptions): RemoteNode {
    return new RemoteNode(this.origin, this.path, { ...this.options, ...options });
  }

  /** Makes its proxy, where that is not the ordinary one. */
  get show(): ((node: RemoteNode) => object) | undefined {
    return undefined;
  }

  /** How it reads in an error or in a terminal: `math.nested.twice`. */
  get title(): string {
    return [this.origin.name, ...this.path.names].filter((name) => name !== "").join(".");
  }
}

/** A constructor that gives what it is given, so that a subclass can put a private field there. */
const Given = function Given(value: object): object {
  return value;
} as unknown as new (value: object) => object;

/**
 * Puts its node on a proxy, past all traps. A WeakMap would do too, but its table stays as large as it ever was, and
 * makes each collection dearer.
 */
class Noded extends Given {
  readonly #node: RemoteNode;

  constructor(proxy: object, node: RemoteNode) {
    super(proxy);
    this.#node = node;
  }

  static nodeOf(value: object): RemoteNode | undefined {
    return #node in value ? value.#node : undefined;
  }
}

export function setNode(proxy: object, node: RemoteNode): void {
  void new Noded(proxy, node);
}

/** What lies behind `value`, if it is a remote. */
export function nodeOf(value: object): RemoteNode | undefined {
  return Noded.nodeOf(value);
}
