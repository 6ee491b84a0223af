// What users hold of a server, and set on it.
import type { Connection } from "../core/connection.ts";
import type { ConnectionOptions } from "../core/options.ts";
import type { Key } from "./key-gate.ts";

/** Who connected. */
export interface SocketPeer {
  /** Names the connection in errors: `unix:/run/a.sock#3`. */
  readonly label: string;
  /** The process at the other end, as the system knows it. Node does not tell, so it is undefined for now. */
  readonly pid: number | undefined;
  /** Its user, as the system knows it. Node does not tell, so it is undefined for now; `mode` and `key` decide who gets in. */
  readonly uid: number | undefined;
  /** What it says of itself, which proves nothing. */
  readonly claimed: { readonly name: string | undefined; readonly pid: number | undefined };
}

/** Settings of `listen`, and of each connection that it accepts. Times are in ms. */
export interface ListenOptions extends ConnectionOptions {
  /**
   * Where: a path; a name alone, for a socket in `XDG_RUNTIME_DIR` or a folder of the user's own; `@name` for an
   * abstract socket of Linux; on Windows the name of a pipe.
   */
  readonly path?: string;
  /**
   * Who may connect: the permissions of the socket's file. Others than its user need the right to write.
   *
   * @defaultValue 0o600
   */
  readonly mode?: number;
  /** A shared secret of at least 16 bytes. Each side proves to the other that it has it. */
  readonly key?: Key;
  /** Decides on who connects, after the key. False, or what it throws, ends the connection. */
  readonly authenticate?: (peer: SocketPeer) => boolean | Promise<boolean>;
  /** Connections at the same time; who comes later is told to try again. @defaultValue 10,000 */
  readonly maxConnections?: number;
  /** Connections that the system keeps until they are accepted. @defaultValue 4,096 */
  readonly backlog?: number;
  /** Take the name from a server that lives, which then drains by itself. @defaultValue false */
  readonly replace?: boolean;
  /** How long to wait for other processes that are about to take the name. @defaultValue 5,000 */
  readonly takeOverTimeout?: number;
  /** How long calls may go on after another server took the name. @defaultValue 30,000 */
  readonly drainTimeout?: number;
  /**
   * Take a socket that a service manager (systemd) left: the first, or that of a name. When none was left, `path`
   * is used.
   */
  readonly activation?: boolean | string;
  /** File descriptors kept back, so that clients can be told when there are none left. @defaultValue 8 */
  readonly reservedDescriptors?: number;
}

/** What a server tells those who listen. */
export interface ServerEvents {
  /** Somebody connected and was let in. */
  connection: Connection;
  /** Another server took the name; this one drains. */
  replaced: undefined;
  /** What failed and nobody awaits: publishing a name that was removed, for instance. */
  error: unknown;
  close: undefined;
}

/**
 * A server on a socket.
 *
 * @example
 * await using server = await listen(api, "billing");
 * console.log(`listening on ${server.path}`);
 */
export interface Server extends AsyncDisposable {
  /** The whole path; `\0name` of an abstract socket. */
  readonly path: string;
  /** Those who were let in and have not gone. */
  readonly connections: ReadonlySet<Connection>;
  readonly state: "listening" | "draining" | "closed";
  /** Listens to an event; what it returns stops listening. */
  on<Name extends keyof ServerEvents>(event: Name, listener: (value: ServerEvents[Name]) => void): () => void;
  /** Lets go of the name, tells every client to make no new calls, lets calls in flight finish, and ends. */
  close(): Promise<void>;
  /** The same within `deadline` ms: what runs then is cut off. @defaultValue 30,000 */
  drain(deadline?: number): Promise<void>;
  /** Holds the process while it listens. That is how it begins. */
  ref(): void;
  /** Lets the process end while it listens. */
  unref(): void;
}
