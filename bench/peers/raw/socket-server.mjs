// The child of ./socket.mjs: serves one protocol on a socket, or on the pipe that it was started with.

import { createServer, Socket } from "node:net";
import { frameServer } from "./frame-server.mjs";
import { listenToLines, sendLine } from "./lines.mjs";
import { messageServer } from "./message-server.mjs";

const [protocol, where] = process.argv.slice(2);
const serve = protocol === "frames" ? frameServer : (stream) => messageServer(sendLine(stream), listenToLines(stream));

if (where === "pipe") {
  serve(new Socket({ fd: 4 }));
  process.send("ready");
} else {
  createServer((socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket);
  }).listen({ path: where, backlog: 4096 }, () => process.send("ready"));
}
