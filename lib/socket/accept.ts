// Binds and listens; what arrives goes to one function. Nothing is known here of names and who owns them.
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { shortPath } from "./short-path.ts";

export interface AcceptParts {
  /** Where to bind, or the descriptor of a socket that listens already. */
  readonly at: { readonly path: string } | { readonly fd: number };
  /** Connections that the system keeps until they are accepted. */
  readonly backlog: number;
  onSocket(socket: Socket): void;
  onError(error: unknown): void;
}

/** Resolves once it listens; rejects with the system's error. */
export function accept({ at, backlog, onSocket, onError }: AcceptParts): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onSocket);
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      server.on("error", onError);
      resolve(server);
    });
    // `exclusive`: in a worker of Node's cluster module, it is this process that binds, and not the primary.
    if ("fd" in at) {
      server.listen({ fd: at.fd, backlog, exclusive: true });
      return;
    }
    using short = shortPath(at.path);
    server.listen({ path: short.path, backlog, exclusive: true });
  });
}

/** Where new connections go on coming, those that wait are accepted for so long, in ms. */
const LAST_CALL = 1_000;

/** Stops listening, once the connections that wait to be accepted were. Connections that were accepted go on. */
export async function stopAccepting(server: Server): Promise<void> {
  const ends = performance.now() + LAST_CALL;
  let accepted = 0;
  server.on("connection", () => (accepted += 1));
  for (let before = -1; before !== accepted && performance.now() < ends;) {
    before = accepted;
    // The event loop accepts one in each turn (since libuv 1.45): when none came, none is left.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  server.close();
}
