// Raw Unix domain sockets to another process (and the child's own pipe): JSON lines with a write a message, and
// tagged frames with a write a tick.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frameClient } from "./frame-client.mjs";
import { listenToLines, sendLine } from "./lines.mjs";
import { messageClient } from "./message-client.mjs";

const linesClient = (stream) => messageClient(sendLine(stream), listenToLines(stream));

export const socketLines = socket("raw socket JSON lines", "lines", linesClient, ["bytes"]);
export const socketFrames = socket("raw socket frames", "frames", frameClient, []);

/** @type {import("../../harness/types.mjs").Peer} */
export const pipeFrames = {
  name: "raw pipe frames",
  kind: "process",
  async start() {
    const stdio = ["ignore", "inherit", "inherit", "ipc", "pipe"];
    const child = fork(new URL("./socket-server.mjs", import.meta.url), ["frames", "pipe"], { stdio });
    await once(child, "message");
    return { ...frameClient(child.stdio[4]), stop: () => end(child) };
  },
};

/** @returns {import("../../harness/types.mjs").Peer} */
function socket(name, protocol, clientOf, without) {
  const open = async (count) => {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const path = join(folder, "socket");
    const child = fork(new URL("./socket-server.mjs", import.meta.url), [protocol, path]);
    await once(child, "message");
    const sockets = Array.from({ length: count }, () => connect(path));
    await Promise.all(sockets.map((one) => once(one, "connect")));
    const stop = async () => {
      for (const one of sockets) one.destroy();
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    };
    return { running: sockets.map((one) => clientOf(one)), stop };
  };
  return {
    name,
    kind: "socket",
    without,
    async start() {
      const { running, stop } = await open(1);
      return { ...running[0], stop };
    },
    startMany: open,
  };
}

async function end(child) {
  child.kill();
  await once(child, "exit");
}
