import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";

/** Told by what it has: its class comes with a module that takes ms to load. */
export function isChildProcess(value: unknown): value is ChildProcess {
  return value instanceof EventEmitter && value !== process && "spawnargs" in value && "stdio" in value && "signalCode" in value;
}
