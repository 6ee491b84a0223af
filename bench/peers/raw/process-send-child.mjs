// The child of ./process-send.mjs.

import { messageServer } from "./message-server.mjs";

messageServer(
  (message) => process.send(message),
  (listener) => process.on("message", listener),
);
