// nearcall to a worker thread: through shared memory, the same without spinning, and through the port alone.

import { open, spawnThread } from "nearcall";
import { openPorts } from "../ports.mjs";
import { limits, runningOf } from "./running.mjs";

const module = new URL("../far/nearcall.mjs", import.meta.url);

export const thread = overThread("nearcall", {});
export const threadWithoutSpinning = overThread("nearcall, no spinning", { spin: 0 });
export const threadOverPort = { ...overThread("nearcall, port", { sharedMemory: false }), startMany };

/** One worker, a port a connection. */
async function startMany(connections) {
  const { ports, stop } = await openPorts(new URL("../far/nearcall-ports.mjs", import.meta.url), connections);
  return { running: ports.map((port) => runningOf(open(port, { limits }))), stop };
}

/** @returns {import("../../harness/types.mjs").Peer} */
function overThread(name, options) {
  return {
    name,
    module: "nearcall",
    kind: "thread",
    start: async () => runningOf(await spawnThread(module, { limits, ...options })),
  };
}
