// Where the far sides of the contract suite live, and how a connection to them is made: in this thread, in another, in
// another process. Beside the connections each place answers questions about what became of them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { Session } from "../../lib/core/session.ts";
import type { Transport } from "../../lib/core/transport.ts";
import * as nearcall from "../../lib/index.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { childIpcTransport } from "../../lib/transports/child-ipc.ts";
import { memoryPair } from "../../lib/transports/memory.ts";
import { messagePortTransport } from "../../lib/transports/message-port.ts";
import { createSharedMemory } from "../../lib/transports/ring.ts";
import { sharedMemoryTransport } from "../../lib/transports/shared-memory.ts";
import { streamTransport } from "../../lib/transports/stream.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { createPlace } from "../fixtures/contract-place.mjs";

/** The library, as the fixtures want it. */
export const kit = { ...nearcall, Session, nodeHost, wireCodec };

export interface FarPlace {
  /** The near end of a new connection, not started; its far end is served as `profile` says. */
  connect(profile: string): Promise<Transport>;
  ask(question: string): Promise<unknown>;
  /** The thread or process behind it, if it is not this one. */
  readonly thread?: Worker;
  readonly process?: ChildProcess;
  /** False: the thread or process behind it has ended. */
  isAlive(): boolean;
  stop(): Promise<void>;
}

const fixture = (name: string): URL => new URL(`../fixtures/${name}`, import.meta.url);

/** In this thread; `link` makes the two ends. */
function localPlace(link: () => readonly [Transport, Transport]): FarPlace {
  const { serve, ask } = createPlace(kit);
  return {
    async connect(profile) {
      const [near, far] = link();
      serve(far, profile);
      return near;
    },
    ask: async (question) => ask(question),
    isAlive: () => true,
    async stop() {},
  };
}

export const memoryPlace = async (): Promise<FarPlace> => localPlace(() => memoryPair());

export const portPlace = async (): Promise<FarPlace> =>
  localPlace(() => {
    const { port1, port2 } = new MessageChannel();
    return [messagePortTransport(port1), messagePortTransport(port2)];
  });

/** In a worker thread. `link` makes the near end of a channel whose other port goes there. */
async function threadPlace(
  link: (port: MessagePort, worker: Worker) => { near: Transport; memory?: SharedArrayBuffer },
): Promise<FarPlace> {
  const worker = new Worker(fixture("contract-thread.mjs"), { stderr: true });
  worker.on("error", () => {});
  // Each connection listens for its exit.
  worker.setMaxListeners(0);
  const questions = questionsTo((message) => worker.postMessage(message));
  worker.on("message", questions.onAnswer);
  await once(worker, "online");
  let isAlive = true;
  worker.once("exit", () => (isAlive = false));
  return {
    thread: worker,
    isAlive: () => isAlive,
    async connect(profile) {
      const { port1, port2 } = new MessageChannel();
      const { near, memory } = link(port1, worker);
      worker.postMessage({ profile, port: port2, memory }, [port2]);
      return near;
    },
    ask: (question) => questions.ask({ question }),
    stop: async () => void (await worker.terminate()),
  };
}

export const workerPlace = (): Promise<FarPlace> =>
  threadPlace((port, worker) => ({ near: messagePortTransport(port, { worker, label: `worker#${worker.threadId}` }) }));

export const sharedMemoryPlace = (): Promise<FarPlace> =>
  threadPlace((port, worker) => {
    const memory = createSharedMemory();
    return { near: sharedMemoryTransport(port, memory, 0, `worker#${worker.threadId}`), memory };
  });

interface StartedProcess {
  readonly child: ChildProcess;
  tell(message: object): Promise<unknown>;
  stop(): Promise<void>;
}

async function startProcess(serialization: "json" | "advanced", pipes = 0): Promise<StartedProcess> {
  const child = spawn(process.execPath, ["--expose-gc", fixture("contract-process.mjs").pathname], {
    stdio: ["ignore", "inherit", "pipe", "ipc", ...Array.from({ length: pipes }, () => "pipe" as const)],
    serialization,
  });
  child.stderr!.resume();
  child.on("error", () => {});
  child.setMaxListeners(0);
  const questions = questionsTo((message) => child.send(message));
  child.on("message", questions.onAnswer);
  await once(child, "message");
  return {
    child,
    tell: (message) => questions.ask(message),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Descriptors 0 to 3 are taken by standard streams and IPC. */
const FIRST_PIPE = 4;
const PIPES = 180;

export async function pipePlace(): Promise<FarPlace> {
  const { child, tell, stop } = await startProcess("json", PIPES);
  let fd = FIRST_PIPE;
  return {
    process: child,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async connect(profile) {
      const own = fd++;
      await tell({ control: "pipe", fd: own, profile });
      return streamTransport(child.stdio[own] as Socket, { label: `pid ${child.pid}` });
    },
    ask: (question) => tell({ control: "ask", question }),
    stop,
  };
}

/** One connection after the other. */
export async function ipcPlace(serialization: "json" | "advanced"): Promise<FarPlace> {
  const { child, tell, stop } = await startProcess(serialization);
  return {
    process: child,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async connect(profile) {
      const transport = childIpcTransport(child);
      const { start } = transport;
      // Node keeps messages only until the first listener: the far side may not speak before this one listens.
      transport.start = (events) => {
        start.call(transport, events);
        void tell({ control: "ipc", profile });
      };
      return transport;
    },
    ask: (question) => tell({ control: "ask", question }),
    stop,
  };
}

export async function socketPlace(): Promise<FarPlace> {
  const folder = await mkdtemp(join(tmpdir(), "nearcall-"));
  const { child, tell, stop } = await startProcess("json");
  const path = join(folder, "socket");
  await tell({ control: "listen", path });
  return {
    process: child,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async connect(profile) {
      await tell({ control: "expect", profile });
      const socket = connect(path);
      await once(socket, "connect");
      return streamTransport(socket, { label: `unix:${path}` });
    },
    ask: (question) => tell({ control: "ask", question }),
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Questions and answers over a channel that others use too. */
function questionsTo(post: (message: object) => void): { ask(message: object): Promise<unknown>; onAnswer(message: unknown): void } {
  const waiting = new Map<number, (answer: unknown) => void>();
  let lastId = 0;
  return {
    ask: (message) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        post({ ...message, id: lastId });
      }),
    onAnswer(message) {
      const { id, answer } = message as { id?: number; answer?: unknown };
      if (id === undefined) return;
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
  };
}
