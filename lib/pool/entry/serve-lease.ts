// The far side of a pool's thread: what piscina runs there. Its one task lasts as long as the thread: it loads the
// user's module and serves it over a session of its own. The thread ends with the session.
import { getHeapStatistics } from "node:v8";
import { threadId } from "node:worker_threads";
import { serveParent } from "../../spawn/parent.ts";
import { sharedMemoryTransport } from "../../transports/shared-memory.ts";
import { abortReader } from "../abort-flags.ts";
import { Claims } from "../claims.ts";
import type { ControlNews, ControlRequest, LeaseTask } from "../lease-task.ts";

export default function serveLease({ port, memory, aborts, claims, control, module, concurrency, spin }: LeaseTask): Promise<never> {
  const tell = (news: ControlNews): void => control.postMessage(news);
  control.on("message", ({ ask }: ControlRequest) => {
    if (ask === "heap") tell({ kind: "heap", used: getHeapStatistics().used_heap_size });
  });
  control.unref();
  tell({ kind: "started", threadId });

  const transport = sharedMemoryTransport(port, memory, 1, "parent", spin === undefined ? {} : { spin });
  // When the session has ended so does the thread: piscina's own ports would hold it for ever.
  serveParent(transport, module, {
    exitTimeout: 0,
    endsWithParent: true,
    abortFlag: abortReader(aborts),
    admission: new Claims(claims, concurrency),
  });
  // Not by resolving: piscina would give the next task to this thread, which has lived.
  return new Promise(() => {});
}
