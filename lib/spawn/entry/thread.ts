// The program that a spawned thread begins with: gives the module back the `workerData` that is meant for it, connects to
// the parent and loads the module.
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";
import { messagePortTransport } from "../../transports/message-port.ts";
import { sharedMemoryTransport } from "../../transports/shared-memory.ts";
import { serveParent } from "../parent.ts";
import type { ThreadStart } from "../start-data.ts";

const { port, memory, spin, module, exitTimeout, workerData } = threads.workerData as ThreadStart;

// Both for `import` and for `require`.
Reflect.set(threads, "workerData", workerData);
syncBuiltinESMExports();

const transport =
  memory === undefined
    ? messagePortTransport(port, { label: "parent" })
    : sharedMemoryTransport(port, memory, 1, "parent", spin === undefined ? {} : { spin });

serveParent(transport, module, { exitTimeout, endsWithParent: true });
