// What can be asked about a remote beside its members. Functions and not members, since every name of a remote
// belongs to the far side.
import type { Connection } from "./connection.ts";
import type { MemberDescription } from "./describe.ts";
import type { CallOp } from "./messages.ts";
import { nodeOf, RemoteNode } from "./node.ts";
import type { CallOptions } from "./options.ts";
import { remoteProxy } from "./proxy.ts";

/**
 * The same remote with options for its calls. Options of an earlier `withOptions` go on to hold.
 *
 * @param options times in ms; `timeout` counts from the call
 * @example
 * const patient = withOptions(api, { timeout: 60_000, signal: controller.signal });
 * await patient.render(page);
 */
export function withOptions<R extends object>(remote: R, options: CallOptions): R {
  const node = needNode(remote, "withOptions").with(options);
  return (node.show ?? remoteProxy)(node) as R;
}

/**
 * Lets go of a reference: the far side may forget the object, and later calls on it reject with
 * `StaleReferenceError`. Calls that were made before are not harmed. `using` and `await using` do the same.
 *
 * @example
 * const cursor = await db.query("…");
 * for await (const row of cursor.rows()) show(row);
 * release(cursor);
 */
export function release(remote: object): void {
  const { origin } = needNode(remote, "release");
  origin.peer.release(origin);
}

/**
 * The connection behind a remote: its state, its statistics, its end.
 *
 * @example
 * connectionOf(counter).on("close", ({ reason }) => console.error(reason));
 */
export function connectionOf(remote: object): Connection {
  return needNode(remote, "connectionOf").origin.peer.connection;
}

/**
 * The members that the far side offers on `remote`, with their kinds and how many parameters they declare.
 *
 * @example
 * for (const { name, kind, arity } of await describe(api)) console.log(name, kind, arity);
 */
export function describe(remote: object): Promise<readonly MemberDescription[]> {
  return ask(remote, "describe", undefined, []) as Promise<readonly MemberDescription[]>;
}

/**
 * What `Reflect` does to objects here, done to remotes: each returns a promise. Setting and deleting need
 * `writable: true` on the exposing side, and reject with `NotExposedError` without it.
 *
 * @example
 * await reflect.set(api.settings, "level", 3);
 * await reflect.has(api.settings, "level"); // true
 */
export const reflect = {
  /** Assigns a member, and resolves when that is done over there. */
  set: (remote: object, name: string, value: unknown): Promise<boolean> => ask(remote, "set", name, [value]) as Promise<boolean>,
  /** Deletes a member. */
  delete: (remote: object, name: string): Promise<boolean> => ask(remote, "delete", name, []) as Promise<boolean>,
  /** Whether a member exists and can be reached. */
  has: (remote: object, name: string): Promise<boolean> => ask(remote, "has", name, []) as Promise<boolean>,
  /** The names of the members that can be reached. */
  keys: (remote: object): Promise<readonly string[]> => ask(remote, "keys", undefined, []) as Promise<readonly string[]>,
  /** Reads a member whose name is known at run time only. */
  get: (remote: object, name: string): Promise<unknown> => ask(remote, "get", name, []),
} as const;

function ask(remote: object, op: CallOp, name: string | undefined, args: readonly unknown[]): Promise<unknown> {
  const node = needNode(remote, op);
  const names = name === undefined ? node.path.names : [...node.path.names, name];
  return Promise.resolve(node.origin.peer.makeCall(new RemoteNode(node.origin, { names, interned: 0 }, node.options), op, args));
}

function needNode(remote: object, asked: string): RemoteNode {
  const node = (typeof remote === "object" && remote !== null) || typeof remote === "function" ? nodeOf(remote) : undefined;
  if (node === undefined)
    throw new TypeError(
      `${asked}() takes a remote: what a connection gives as .remote, a member of it, or an object that came by reference`,
    );
  return node;
}
