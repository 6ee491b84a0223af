// From what a user has in hand to a transport: tells which kind of endpoint it is, and says what to do where it is none.
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { inspect } from "node:util";
import { MessagePort, Worker } from "node:worker_threads";
import { RpcError } from "../core/errors.ts";
import type { Transport } from "../core/transport.ts";
import { childIpcTransport } from "./child-ipc.ts";
import { isChildProcess } from "./is-child-process.ts";
import { descriptorOf } from "./descriptor.ts";
import { messagePortTransport } from "./message-port.ts";
import { streamTransport } from "./stream.ts";

/**
 * What a connection can be opened on: a `MessagePort` or `Worker`, a `ChildProcess` with an IPC channel, `process` in such
 * a child, a `net.Socket` or any other `Duplex`, or a `Transport` of your own.
 */
export type Endpoint = MessagePort | Worker | ChildProcess | NodeJS.Process | Duplex | Transport;

/** @throws {RpcError} `ERR_ENDPOINT`: it is none of these, or cannot carry a connection as it is */
export function transportOf(endpoint: Endpoint): Transport {
  if (endpoint instanceof MessagePort || endpoint instanceof Worker) return messagePortTransport(endpoint);
  if (isChildProcess(endpoint)) return overChild(endpoint);
  if (endpoint === process) return overParent();
  if (endpoint instanceof Duplex) return overStream(endpoint);
  if (isTransport(endpoint)) return endpoint;
  throw new RpcError("ERR_ENDPOINT", `${describe(endpoint)} is not an endpoint. ${adviceFor(endpoint) ?? ACCEPTED}`);
}

const ACCEPTED =
  "Give a MessagePort, a Worker, a ChildProcess with an IPC channel, `process` in such a child, a net.Socket or another Duplex stream, or a Transport.";

function overChild(child: ChildProcess): Transport {
  // One that could not be started says so through its transport.
  if (child.pid === undefined || typeof child.send === "function") return childIpcTransport(child);
  throw new RpcError(
    "ERR_ENDPOINT",
    `The child process ${child.pid} has no IPC channel. Start it with fork(), or with "ipc" in the \`stdio\` of spawn(); or take spawnProcess(), which needs none.`,
  );
}

function overParent(): Transport {
  if (typeof process.send === "function") return childIpcTransport(process);
  throw new RpcError(
    "ERR_ENDPOINT",
    'This process has no IPC channel: nothing started it with fork(), or with "ipc" in the `stdio` of spawn().',
  );
}

function overStream(stream: Duplex): Transport {
  const fd = descriptorOf(stream);
  return streamTransport(stream, { label: stream instanceof Socket ? "socket" : "stream", ...(fd !== undefined && { fd }) });
}

const METHODS = ["start", "send", "close", "destroy", "ref", "unref"] as const;

function isTransport(value: unknown): value is Transport {
  if (typeof value !== "object" || value === null) return false;
  const parts = value as Partial<Record<keyof Transport, unknown>>;
  return typeof parts.label === "string" && typeof parts.carries === "object" && METHODS.every((name) => typeof parts[name] === "function");
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return inspect(value);
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object"
    ? `An object of class ${name}`
    : inspect(value, { depth: 0, breakLength: Infinity });
}

function adviceFor(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const parts = value as Readonly<Record<string, unknown>>;
  if (isChildProcess(parts.process)) return "Of a cluster's worker, give its `process`.";
  if (parts.port1 instanceof MessagePort) return "Of a MessageChannel, give one of its two ports.";
  if (typeof parts.pipe === "function") return "A stream must go both ways: Duplex.from({ readable, writable }) joins two.";
  if (typeof parts.send === "function") {
    const missing = METHODS.filter((name) => typeof parts[name] !== "function");
    return `A Transport also has ${[...missing, ...(typeof parts.label === "string" ? [] : ["label"]), ...(typeof parts.carries === "object" ? [] : ["carries"])].join(", ")}.`;
  }
  return undefined;
}
