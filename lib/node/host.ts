// What Node.js gives the core: clock and queues, asynchronous context, streams, and what is the platform's own.
// Loads nothing that Node has not loaded at its start, except for what a value in hand shows to be loaded.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { isModuleNamespaceObject, isProxy } from "node:util/types";
import type { Host } from "../core/host.ts";
import { createExitTasks } from "./exit-tasks.ts";
import { moveHandle } from "./move-handle.ts";
import { createPlatformPrototypes } from "./platform-prototypes.ts";
import { processState } from "./process-state.ts";
import { fromReadable, fromWritable, nodeStreamKind, toReadable, toWritable } from "./streams.ts";
import { startTimer } from "./timer.ts";
import { createWarner } from "./warner.ts";

export const nodeHost: Host = createNodeHost();

const settled: Promise<void> = Promise.resolve();

function createNodeHost(): Host {
  const calls = new AsyncLocalStorage<object>();
  let running: object | undefined;
  return {
    pid: process.pid,
    processState,
    now: () => performance.now(),

    // A tick that is asked for in a microtask comes when no microtask is left.
    afterMicrotasks(task) {
      void settled.then(() => process.nextTick(task));
    },

    nextTurn(task) {
      setImmediate(task);
    },

    startTimer,

    bindContext(fn) {
      const resource = new AsyncResource("nearcall");
      return (...args) => resource.runInAsyncScope(fn, undefined, ...args);
    },

    runInCall(context, async, fn) {
      const outer = running;
      running = context;
      try {
        return async ? calls.run(context, fn) : fn();
      } finally {
        running = outer;
      }
    },

    // The synchronous part of a call is nearer than any context that it runs in.
    currentCall: () => running ?? calls.getStore(),

    isPlatformPrototype: createPlatformPrototypes(),
    isEmitter: (value) => value instanceof EventEmitter || value instanceof EventTarget,
    isModule: isModuleNamespaceObject,
    isProxy,
    nodeStreamKind,
    toReadable,
    toWritable,
    fromReadable,
    fromWritable,
    move: moveHandle,
    warn: createWarner(),
    beforeExit: createExitTasks(),
  };
}
