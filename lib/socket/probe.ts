// Asks the system whether anybody listens on a socket. The connection itself is the proof: there is no
// guessing by pids, which are used again and mean nothing in another container.
import { connect } from "node:net";
import type { Socket } from "node:net";
import { shortPath } from "./short-path.ts";

/**
 * `alive`: somebody listens; `socket` is connected, unless the system had no room for one more just then.
 * `dead`: nobody does any more. `missing`: there is no such name. `forbidden`: it is another user's.
 */
export type Finding =
  | { readonly state: "alive"; readonly socket: Socket | undefined }
  | { readonly state: "dead" | "missing" | "forbidden"; readonly cause: NodeJS.ErrnoException };

const STATES: Record<string, "dead" | "missing" | "forbidden"> = {
  ECONNREFUSED: "dead",
  ENOENT: "missing",
  ENOTDIR: "missing",
  EACCES: "forbidden",
  EPERM: "forbidden",
};

/** The connected socket is the caller's. Rejects where nothing was learned, for instance without a free descriptor. */
export function probe(path: string): Promise<Finding> {
  return new Promise((resolve, reject) => {
    using short = shortPath(path);
    // The system answers at once, and Node has asked it when `connect` returns.
    const socket = connect(short.path);
    socket.once("connect", () => {
      socket.off("error", onError);
      // What becomes of it is for `close` to tell.
      socket.on("error", () => {});
      resolve({ state: "alive", socket });
    });
    socket.once("error", onError);

    function onError(error: NodeJS.ErrnoException): void {
      const state = STATES[error.code ?? ""];
      if (state !== undefined) resolve({ state, cause: error });
      // Its queue of connections is full: it is alive, and busy.
      else if (error.code === "EAGAIN") resolve({ state: "alive", socket: undefined });
      // It was alive, and stopped listening before Node looked.
      else if (error.code === "ECONNRESET") resolve(probe(path));
      else reject(error);
    }
  });
}
