// A server at work: each socket that comes gets a session, as long as there is room; those that were let in are
// known until they go; and its end, which leaves nobody in the middle of a call if it can.
import type { Socket } from "node:net";
import type { Connection } from "../core/connection.ts";
import { Emitter } from "../core/emitter.ts";
import { disposeOf } from "../core/exports.ts";
import { Session } from "../core/session.ts";
import type { Replays } from "../core/replays.ts";
import { nodeHost } from "../node/host.ts";
import { admission } from "./admission.ts";
import type { Api } from "./admission.ts";
import { busyError } from "./busy.ts";
import { DescriptorReserve } from "./descriptor-reserve.ts";
import type { Listener } from "./listener.ts";
import type { ListenOptions, Server, ServerEvents } from "./server.ts";
import { ReturningClients } from "./returning-clients.ts";
import { sessionParts } from "./session-parts.ts";

const MAX_CONNECTIONS = 10_000;
const RESERVED_DESCRIPTORS = 8;
/** How many are told at the same time that there is no room. */
const TURNED_AWAY = 100;
const DRAIN_TIMEOUT = 30_000;

export class SocketServer implements Server {
  readonly connections: Set<Connection> = new Set();
  state: Server["state"] = "listening";
  readonly #api: Api;
  readonly #options: ListenOptions;
  readonly #clients = new ReturningClients();
  readonly #reserve: DescriptorReserve;
  readonly #events = new Emitter<ServerEvents>((error) =>
    nodeHost.warn(`A listener of a server threw: ${String(error)}`, "NEARCALL_LISTENER"),
  );
  /** Those who were let in, and those who have not been yet. */
  readonly #sessions = new Set<Session>();
  readonly #turnedAway = new Set<Socket>();
  #listener: Listener | undefined;
  #accepted = 0;
  #ending: Promise<void> | undefined;
  #held = true;

  constructor(api: Api, options: ListenOptions) {
    this.#api = api;
    this.#options = options;
    this.#reserve = new DescriptorReserve(options.reservedDescriptors ?? RESERVED_DESCRIPTORS);
  }

  get path(): string {
    return this.#listener?.path ?? "";
  }

  on<Name extends keyof ServerEvents>(event: Name, listener: (value: ServerEvents[Name]) => void): () => void {
    return this.#events.on(event, listener);
  }

  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async drain(deadline: number = DRAIN_TIMEOUT): Promise<void> {
    const cutOff = setTimeout(() => {
      for (const session of this.#sessions) session.destroy(`the server drained, and its deadline of ${deadline} ms passed`);
    }, deadline);
    await this.close();
    clearTimeout(cutOff);
  }

  ref(): void {
    this.#hold(true);
  }

  unref(): void {
    this.#hold(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For `listen`: from now on sockets come from there. */
  start(listener: Listener): void {
    this.#listener = listener;
  }

  /** For `listen`: nothing came of it. */
  abandon(): void {
    this.#reserve.close();
  }

  /** For `listen`: a new connection. */
  onSocket(socket: Socket): void {
    // Whatever becomes of it, an error of it must not end the process.
    socket.on("error", () => {});
    const { maxConnections = MAX_CONNECTIONS } = this.#options;
    if (this.#reserve.isShort()) {
      if (this.#reserve.lend(socket)) this.#turnAway(socket, "it has no free file descriptor");
      else socket.destroy();
    } else if (this.#sessions.size >= maxConnections) {
      if (this.#turnedAway.size < TURNED_AWAY)
        this.#turnAway(socket, `it takes no more than ${maxConnections} connections (maxConnections)`);
      else socket.destroy();
    } else {
      this.#welcome(socket);
    }
  }

  /** For `listen`: the name is another server's. */
  onReplaced(): void {
    if (this.state !== "listening") return;
    this.#events.emit("replaced", undefined);
    void this.drain(this.#options.drainTimeout);
  }

  report(error: unknown): void {
    if (!this.#events.emit("error", error))
      nodeHost.warn(
        `The server on ${this.path}: ${error instanceof Error ? error.message : String(error)}. Listen to its "error" event`,
        "NEARCALL_SERVER",
      );
  }

  #welcome(socket: Socket): void {
    const label = this.#nextLabel();
    const { gate, admitted, leftover } = admission(this.#api, label, this.#options);
    const token = this.#clients.issue();
    let replays: Replays | undefined;
    const session = new Session({
      ...sessionParts(socket, label, this.#options),
      gate,
      token,
      replays: () => replays,
      onOpen: () => {
        replays = this.#clients.welcome(token, session.hello?.session);
        session.expose(...exposed(admitted()));
        this.connections.add(session.connection);
        this.#events.emit("connection", session.connection);
      },
    });
    this.#sessions.add(session);
    // It may come while the server is ending, and hears of it then.
    session.connection.on("state", (state) => state === "ready" && this.state !== "listening" && void this.#endSession(session));
    if (!this.#held) session.connection.unref();
    void session.connection.closed.then(() => {
      this.#sessions.delete(session);
      this.#clients.left(token);
      this.connections.delete(session.connection);
      const unused = leftover();
      if (unused !== undefined) disposeOf(unused, (error) => this.report(error));
    });
    session.start();
  }

  /** Tells it to come back later. One that is closed without a word comes back too, but does not know why. */
  #turnAway(socket: Socket, why: string): void {
    this.#turnedAway.add(socket);
    socket.once("close", () => {
      this.#turnedAway.delete(socket);
      if (this.state !== "closed") this.#reserve.refill();
    });
    // Quiet: its hello says that it refuses, so that nobody takes it for an open door.
    const session = new Session({ ...sessionParts(socket, this.#nextLabel(), { ...this.#options, errors: "full" }), quiet: true });
    session.connection.unref();
    session.start();
    session.refuse(busyError(why));
  }

  async #end(): Promise<void> {
    this.state = "draining";
    const listening = this.#listener?.close();
    await Promise.all([...this.#sessions].map((session) => this.#endSession(session)));
    // Until it is closed, some may still come.
    await listening;
    await Promise.all([...this.#sessions].map((session) => this.#endSession(session)));
    for (const socket of this.#turnedAway) socket.destroy();
    this.#reserve.close();
    this.state = "closed";
    this.#events.emit("close", undefined);
  }

  async #endSession(session: Session): Promise<void> {
    // New calls go elsewhere from now on, else there might never be a last one.
    if (session.connection.state === "ready") session.drain();
    await session.close();
    await session.connection.closed;
  }

  #hold(held: boolean): void {
    this.#held = held;
    if (held) this.#listener?.ref();
    else this.#listener?.unref();
    for (const { connection } of this.#sessions)
      if (held) connection.ref();
      else connection.unref();
  }

  #nextLabel(): string {
    this.#accepted += 1;
    return `${this.#listener?.label ?? "socket"}#${this.#accepted}`;
  }
}

function exposed({ api, owned }: { readonly api: object; readonly owned: boolean }): [api: object, options: { readonly owned: boolean }] {
  return [api, { owned }];
}
