// Opens one worker thread and any number of MessagePorts into it, which is what every peer over postMessage needs.

import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";

/**
 * @param {URL} module posts one message per port it serves; see `acceptPorts`
 * @param {number} count
 */
export async function openPorts(module, count) {
  const worker = new Worker(module);
  await once(worker, "online");
  const ports = Array.from({ length: count }, () => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ port: port2 }, [port2]);
    return port1;
  });
  const stop = async () => {
    for (const port of ports) port.close();
    await worker.terminate();
  };
  return { ports, stop };
}
