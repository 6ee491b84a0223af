// The worker of ./post-message.mjs.

import { acceptPorts } from "../far/accept-ports.mjs";
import { messageServer } from "./message-server.mjs";

acceptPorts((port) => {
  const listen = (listener) => {
    port.on("message", (message) => {
      if (message.moved === undefined) listener(message);
      else port.postMessage(message, [message.moved]);
    });
  };
  messageServer((message) => port.postMessage(message), listen);
});
