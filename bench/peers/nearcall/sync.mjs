// nearcall's blocking calls: to a worker thread with and without spinning, and over a socket to another process.

import { connectSync, spawnThreadSync } from "nearcall/sync";
import { limits } from "./running.mjs";
import { startServer } from "./socket.mjs";

const module = new URL("../far/nearcall.mjs", import.meta.url);

export const syncThread = overThread("nearcall sync", {});
export const syncThreadWithoutSpinning = overThread("nearcall sync, no spinning", { spin: 0 });

/** @type {import("../../harness/types.mjs").Peer} */
export const syncSocket = {
  name: "nearcall sync socket",
  kind: "sync",
  async start() {
    const server = await startServer();
    const connection = connectSync(server.path, { limits });
    const stop = async () => {
      connection.close();
      await server.stop();
    };
    return { ...blockingOf(connection), stop };
  },
};

/** @returns {import("../../harness/types.mjs").Peer} */
function overThread(name, options) {
  return {
    name,
    module: "nearcall/sync",
    kind: "sync",
    async start() {
      const connection = spawnThreadSync(module, { limits, ...options });
      return { ...blockingOf(connection), stop: () => connection.close() };
    },
  };
}

function blockingOf({ remote }) {
  return {
    add: (left, right) => remote.add(left, right),
    echo: (value) => remote.echo(value),
    withCallback: (times, callback) => remote.withCallback(times, callback),
  };
}
