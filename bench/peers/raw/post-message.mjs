// Raw postMessage between two threads: a message a call, matched by id.

import { peerOverPorts } from "../over-ports.mjs";
import { messageClient } from "./message-client.mjs";

export const postMessage = peerOverPorts({
  name: "raw postMessage",
  worker: new URL("./post-message-worker.mjs", import.meta.url),
  clientOf(port) {
    const listen = (listener) => port.on("message", listener);
    const client = messageClient((message) => port.postMessage(message), listen);
    return { ...client, move: (buffer) => moveAndBack(port, buffer) };
  },
});

// A transferred buffer comes back transferred; one at a time, so it needs no id.
function moveAndBack(port, buffer) {
  return new Promise((resolve) => {
    port.once("message", (message) => resolve(message.moved));
    port.postMessage({ moved: buffer }, [buffer]);
  });
}
