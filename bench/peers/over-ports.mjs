// Makes a peer out of a library that speaks over a MessagePort: one worker, a port a connection.

import { openPorts } from "./ports.mjs";

/**
 * @param {{ name: string, module?: string, worker: URL, without?: string[],
 *   clientOf: (port: import("node:worker_threads").MessagePort) => import("../harness/types.mjs").Running }} description
 * @returns {import("../harness/types.mjs").Peer}
 */
export function peerOverPorts({ worker, clientOf, ...rest }) {
  const open = async (count) => {
    const { ports, stop } = await openPorts(worker, count);
    return { running: ports.map(clientOf), stop };
  };
  return {
    ...rest,
    kind: "thread",
    async start() {
      const { running, stop } = await open(1);
      return { ...running[0], stop };
    },
    startMany: open,
  };
}
