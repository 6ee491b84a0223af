// The program that a spawned process begins with: connects to the parent over its own pipe and loads the module.
import { Socket } from "node:net";
import { RpcError } from "../../core/errors.ts";
import { streamTransport } from "../../transports/stream.ts";
import { serveParent } from "../parent.ts";
import { PARENT_FD, PROCESS_START } from "../start-data.ts";
import type { ProcessStart } from "../start-data.ts";

const start = process.env[PROCESS_START];
delete process.env[PROCESS_START];
if (start === undefined)
  throw new RpcError("ERR_SPAWN", "This program is the beginning of processes that spawnProcess() starts; it does nothing by itself.");

const { module, exitTimeout, whenOrphaned } = JSON.parse(start) as ProcessStart;
const pipe = new Socket({ fd: PARENT_FD, readable: true, writable: true });
serveParent(streamTransport(pipe, { label: "parent", fd: PARENT_FD }), module, { exitTimeout, endsWithParent: whenOrphaned === "end" });
