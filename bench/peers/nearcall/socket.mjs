// nearcall over a Unix domain socket to a server in another process.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "nearcall";
import { limits, runningOf } from "./running.mjs";

/** @type {import("../../harness/types.mjs").Peer} */
export const socket = {
  name: "nearcall socket",
  kind: "socket",
  async start() {
    const { running, stop } = await openMany(1);
    return { ...running[0], stop };
  },
  startMany: openMany,
};

async function openMany(count) {
  const server = await startServer();
  const connections = await Promise.all(Array.from({ length: count }, () => connect(server.path, { limits })));
  const running = connections.map((connection) => runningOf(connection));
  const stop = async () => {
    await Promise.all(running.map(async (one) => await one.stop()));
    await server.stop();
  };
  return { running, stop };
}

/** Starts the far side; blocking calls over a socket use it too. */
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const path = join(folder, "socket");
  const child = fork(new URL("../far/nearcall-socket.mjs", import.meta.url), [path]);
  await once(child, "message");
  const stop = async () => {
    child.kill();
    await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
  return { path, stop };
}
