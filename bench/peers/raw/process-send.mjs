// Raw process.send between a process and its child, in both serialisations: a message a call, matched by id.

import { fork } from "node:child_process";
import { once } from "node:events";
import { messageClient } from "./message-client.mjs";

export const processSendJson = processSend("json", ["bytes"]);
export const processSendAdvanced = processSend("advanced", []);

/** @returns {import("../../harness/types.mjs").Peer} */
function processSend(serialization, without) {
  return {
    name: `raw process.send ${serialization}`,
    kind: "ipc",
    without,
    async start() {
      const child = fork(new URL("./process-send-child.mjs", import.meta.url), { serialization });
      const client = messageClient(
        (message) => child.send(message),
        (listener) => child.on("message", listener),
      );
      const stop = async () => {
        child.disconnect();
        await once(child, "exit");
      };
      return { ...client, stop };
    },
  };
}
