// nearcall to a child process: through a pipe of its own, and through Node's IPC channel in both serialisations.

import { fork } from "node:child_process";
import { once } from "node:events";
import { open, spawnProcess } from "nearcall";
import { limits, runningOf } from "./running.mjs";

const module = new URL("../far/nearcall.mjs", import.meta.url);

/** @type {import("../../harness/types.mjs").Peer} */
export const childPipe = {
  name: "nearcall process",
  kind: "process",
  start: async () => runningOf(await spawnProcess(module, { limits })),
};

export const childIpcJson = overIpc("json");
export const childIpcAdvanced = overIpc("advanced");

/** @returns {import("../../harness/types.mjs").Peer} */
function overIpc(serialization) {
  return {
    name: `nearcall IPC ${serialization}`,
    kind: "ipc",
    async start() {
      const child = fork(new URL("../far/nearcall-ipc.mjs", import.meta.url), { serialization });
      const running = runningOf(open(child, { limits }));
      const stop = async () => {
        await running.stop();
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      };
      return { ...running, stop };
    },
  };
}
