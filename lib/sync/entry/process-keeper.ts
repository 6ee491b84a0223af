// A helper thread that starts a child process and owns the pipe to it, and passes the bytes on between that pipe and the
// thread that blocks. Nothing is decoded here.
import { startChildTransport } from "../../spawn/process.ts";
import type { SpawnProcessOptions } from "../../spawn/process.ts";
import { sharedMemoryTransport } from "../../transports/shared-memory.ts";
import { beginDuty } from "./duty.ts";
import { flushFar, relay } from "./relay.ts";

/** The process to start. */
export interface ProcessJob {
  readonly url: string;
  readonly options: SpawnProcessOptions;
  readonly spin: number | undefined;
}

const duty = beginDuty<ProcessJob>((order) => {
  if (order[0] === "flush") flushFar(transport, () => duty.flushed());
  else setTimeout(() => transport.destroy(), order[1]).unref();
});
const { url, options, spin } = duty.job;
const { transport, child } = startChildTransport(url, options);
const near = sharedMemoryTransport(duty.port, duty.memory, 1, "caller", { ...(spin !== undefined && { spin }) });
relay(near, transport, (end) => duty.ended(end));
duty.started({ label: transport.label, pid: child.pid });
