// Transport over anything that posts messages between threads: a MessagePort, a Worker, parentPort.
// Each batch is one message, marked, so that what others post on the same port is never taken for ours.
import { parentPort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { MessagePort, Transferable } from "node:worker_threads";
import { isSharedArrayBuffer, isUint8Array } from "node:util/types";
import type { Carries, Handle, Transport, TransportEnd, TransportEvents } from "../core/transport.ts";
import type { Received } from "./blocking.ts";
import { createPortProbe } from "./port-probe.ts";

export interface MessagePortOptions {
  /** How errors name the far side. @defaultValue `worker#<threadId>` for a Worker, `parent` for parentPort, else `port` */
  readonly label?: string;
  /**
   * What a message means that is not one of ours.
   * @defaultValue "end" on a port of one's own, "ignore" on a Worker and on parentPort, where others post too
   */
  readonly foreign?: "ignore" | "end";
  /** The thread behind the port, if it is not the endpoint itself: its exit code and error tell why the connection ended. */
  readonly worker?: Worker;
}

export function messagePortTransport(endpoint: MessagePort | Worker, options: MessagePortOptions = {}): Transport {
  return new MessagePortTransport(endpoint, options);
}

/** The first element of each of our messages: "near". */
const MARK = 0x6e656172;
type Message = [mark: typeof MARK, bytes: Uint8Array, ...handles: Handle[]];

/** From this size on it is quicker to move an array's memory than to have it cloned (measured: 1 KiB 2.5 against 3.7 µs). */
const MOVED_FROM = 512;
/** Without going through the event loop, in ms. */
const LONGEST_TURN = 0.2;
/** How long a thread that blocks sleeps between two looks at the port, which nobody rouses it for: at first and at most, in ms. */
const SHORTEST_NAP = 0.02;
const LONGEST_NAP = 1;
/** How long a thread may take to end after its port closed, before the connection ends without an exit code, in ms. */
const EXIT_GRACE = 1000;

class MessagePortTransport implements Transport {
  readonly label: string;
  readonly carries: Carries = { handles: true, sameProcess: true, trustedPeerOnly: false };
  /** So that it can be moved without a copy. */
  readonly retains = true;
  /** A Worker cannot be asked. */
  readonly receiveSync?: (timeoutMs: number) => Received;

  readonly #endpoint: MessagePort | Worker;
  readonly #worker: Worker | undefined;
  /** Only what nobody else uses is closed; from the rest we just stop listening. */
  readonly #isOwn: boolean;
  readonly #endsOnForeign: boolean;
  #events: TransportEvents | undefined;
  #phase: "open" | "closed" | "ended" = "open";
  /** Why it ends, once that is known. */
  #end: TransportEnd | undefined;
  #uncaught: { readonly error: unknown } | undefined;
  #portIsClosed = false;
  #grace: NodeJS.Timeout | undefined;
  #held = true;

  constructor(endpoint: MessagePort | Worker, options: MessagePortOptions) {
    this.#endpoint = endpoint;
    this.#worker = options.worker ?? (endpoint instanceof Worker ? endpoint : undefined);
    this.#isOwn = !(endpoint instanceof Worker) && endpoint !== parentPort;
    this.#endsOnForeign = (options.foreign ?? (this.#isOwn ? "end" : "ignore")) === "end";
    this.label = options.label ?? defaultLabel(endpoint, this.#worker);
    if (!(endpoint instanceof Worker)) this.receiveSync = createPolling(endpoint, this);
  }

  start(events: TransportEvents): void {
    this.#events = events;
    const endpoint: Emitter = this.#endpoint;
    endpoint.on("message", this.#onMessages);
    endpoint.on("messageerror", this.#onMessageError);
    endpoint.on("close", this.#onClose);
    this.#worker?.on("error", this.#onError);
    this.#worker?.once("exit", this.#onExit);
    // Listening alone holds the process.
    if (!this.#held) this.#endpoint.unref();
  }

  send(bytes: Uint8Array, handles?: readonly Handle[], isWhole = false): boolean {
    if (this.#phase !== "open") return true;
    const moved: Transferable[] = [];
    let own = bytes;
    // The whole memory behind a view is cloned or moved, so it goes in an array of exactly its size.
    if (!isWhole && bytes.byteLength !== bytes.buffer.byteLength) {
      own = Buffer.allocUnsafeSlow(bytes.byteLength);
      own.set(bytes);
    }
    if (own.byteLength >= MOVED_FROM) moved.push(own.buffer as ArrayBuffer);
    for (const handle of handles ?? []) if (!isSharedArrayBuffer(handle)) moved.push(handle as Transferable);
    const message: Message = handles === undefined ? [MARK, own] : [MARK, own, ...handles];
    this.#endpoint.postMessage(message, moved);
    return true;
  }

  close(): void {
    this.#shut({ reason: "closed" });
  }

  destroy(): void {
    this.#shut({ reason: "destroyed" });
  }

  ref(): void {
    this.#held = true;
    this.#endpoint.ref();
  }

  unref(): void {
    this.#held = false;
    this.#endpoint.unref();
  }

  /** For a thread that blocks: hands on the port's next message. `gone`: nothing more can come. */
  takeSync(port: MessagePort): "received" | "nothing" | "gone" {
    if (this.#phase !== "open" || this.#portIsClosed) return "gone";
    const received = receiveMessageOnPort(port);
    if (received === undefined) return "nothing";
    if (isOurs(received.message) || this.#isOwn) this.#onMessage(received.message);
    // Others listen here too; it is theirs when the event loop runs again.
    else setImmediate(() => port.emit("message", received.message));
    return "received";
  }

  /** For a thread that blocks: it has seen the end, which events would tell too late. */
  endSync(): void {
    this.#end ??= { reason: "the far side closed its port" };
    this.#finish();
  }

  /** What was posted is the far side's already; nothing is taken in any more. */
  #shut(end: TransportEnd): void {
    if (this.#phase !== "open") return;
    this.#phase = "closed";
    this.#end = end;
    setImmediate(this.#finish);
  }

  /**
   * Takes what else has arrived along, as long as a turn may last: what is answered to all of it goes in one
   * message, where each event would make one of its own (100 calls in flight: 430 against 120 thousand a second).
   */
  #onMessages = (message: unknown): void => {
    this.#onMessage(message);
    if (this.#isOwn) this.#takeWaiting(performance.now() + LONGEST_TURN);
  };

  #onMessage = (message: unknown): void => {
    if (this.#phase !== "open") return;
    if (isOurs(message)) {
      this.#events!.onReceive(message[1], message.length === 2 ? undefined : message.slice(2), true);
    } else if (this.#endsOnForeign) {
      this.#shut({ reason: "a message came that is not nearcall's; the port must be used for nothing else" });
    }
  };

  #onMessageError = (cause: unknown): void => this.#shut({ reason: "a message could not be read", cause });

  #onError = (error: unknown): void => {
    this.#uncaught = { error };
  };

  /** Comes after the last message. The thread is most likely ending, and its exit code says more. */
  #onClose = (): void => {
    this.#portIsClosed = true;
    if (this.#phase !== "open") return;
    this.#end = { reason: "the far side closed its port" };
    if (this.#worker === undefined) this.#finish();
    else this.#grace = setTimeout(this.#finish, EXIT_GRACE);
  };

  #onExit = (code: number): void => {
    this.#worker!.off("error", this.#onError);
    if (this.#phase !== "open") return;
    this.#takeWaiting(Number.POSITIVE_INFINITY);
    const end = { reason: `the worker exited with code ${code}`, code };
    this.#end = this.#uncaught === undefined ? end : { ...end, cause: this.#uncaught.error };
    this.#finish();
  };

  /** Node hands on what came through a Worker before it says that it exited, but not what a port of one's own still has. */
  #takeWaiting(until: number): void {
    // Asking a port that is closed crashes the process (Node 20).
    while (this.#isOwn && !this.#portIsClosed && this.#phase === "open" && performance.now() < until) {
      const rest = receiveMessageOnPort(this.#endpoint as MessagePort);
      if (rest === undefined) return;
      this.#onMessage(rest.message);
    }
  }

  #finish = (): void => {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    clearTimeout(this.#grace);
    const endpoint: Emitter = this.#endpoint;
    endpoint.off("message", this.#onMessages);
    endpoint.off("messageerror", this.#onMessageError);
    endpoint.off("close", this.#onClose);
    // Its 'error' keeps its listener until it exits: without one it would end this process.
    if (this.#isOwn && !this.#portIsClosed) (this.#endpoint as MessagePort).close();
    this.#events?.onEnd(this.#end ?? { reason: "ended" });
  };
}

/** Looks at a port at ever longer intervals, since nothing of Node's waits for one. */
function createPolling(port: MessagePort, transport: MessagePortTransport): (timeoutMs: number) => Received {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const isClosed = createPortProbe(port);
  return (timeoutMs) => {
    const until = performance.now() + timeoutMs;
    for (let nap = SHORTEST_NAP; ; nap = Math.min(nap * 1.5, LONGEST_NAP)) {
      const taken = transport.takeSync(port);
      if (taken === "received") return taken;
      if (taken === "gone" || (nap === LONGEST_NAP && isClosed())) {
        transport.endSync();
        return "ended";
      }
      const left = until - performance.now();
      if (left <= 0) return "timeout";
      Atomics.wait(sleeper, 0, 0, Math.min(nap, left));
    }
  };
}

/** What a port and a worker have in common as emitters. */
interface Emitter {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

function isOurs(message: unknown): message is Message {
  return Array.isArray(message) && message[0] === MARK && isUint8Array(message[1]);
}

function defaultLabel(endpoint: MessagePort | Worker, worker: Worker | undefined): string {
  if (worker !== undefined) return `worker#${worker.threadId}`;
  return endpoint === parentPort ? "parent" : "port";
}
