// The other end of ../ports.mjs: hands each port that the parent sends to the peer's own serving function.

import { parentPort } from "node:worker_threads";

/** @param {(port: import("node:worker_threads").MessagePort) => void} serve */
export function acceptPorts(serve) {
  parentPort.on("message", ({ port }) => serve(port));
}
