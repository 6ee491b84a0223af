// The lowest joint of the house: a transport moves bytes (and, where it can, handles) between two
// ends and knows nothing of calls. Everything else (queues, batching, limits, order) is in the core.

/**
 * What a transport can do, declared rather than discovered.
 */
export interface Carries {
  /** MessagePorts, ArrayBuffers and SharedArrayBuffers can be moved or shared (threads of one process). */
  readonly handles: boolean;
  /** Both ends are threads of one process, so that the session may be moved to shared memory. */
  readonly sameProcess: boolean;
  /** A bad byte from the peer can crash this process (Node's own IPC, nodejs/node#61312). */
  readonly trustedPeerOnly: boolean;
}

/** Why a transport ended. `code` and `signal` are those of the thread or process behind it. */
export interface TransportEnd {
  /** One clause without a full stop: "the worker exited with code 1". */
  readonly reason: string;
  readonly code?: number | null;
  readonly signal?: string | null;
  readonly cause?: unknown;
}

/** Things that travel beside the bytes: MessagePort, ArrayBuffer, SharedArrayBuffer. */
export type Handle = object;

/** What a transport reports. All four are called with nothing of the user's on the stack. */
export interface TransportEvents {
  /**
   * Bytes arrived. They are borrowed until the call returns, unless `owned` is true: then they are
   * the receiver's to keep and nobody else writes to them.
   */
  onReceive(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): void;
  /** After `send` returned false: there is room again. */
  onDrain(): void;
  /** The far side is gone or the transport was closed. Called once, after the last `onReceive`. */
  onEnd(end: TransportEnd): void;
}

/**
 * Moves bytes between two ends, in order, without loss while it lives. It queues nothing of its own
 * beyond what its medium does, and decides nothing.
 */
export interface Transport {
  /** Names the far side in errors and when a remote is printed: `worker#3`, `pid 812`, `unix:/run/a.sock`. */
  readonly label: string;
  readonly carries: Carries;
  /**
   * True: `send` keeps the bytes after it returned; the caller must not touch them again.
   * False: they are borrowed, and may be overwritten as soon as `send` returned.
   * A number: true for so many bytes and more, else false.
   */
  readonly retains: boolean | number;
  /** Begin to deliver. Called once, before anything else. Nothing may be delivered before `start` returned. */
  start(events: TransportEvents): void;
  /**
   * Returns false when the medium wants the caller to wait for `onDrain`. The bytes were taken nevertheless. They may
   * be a `Buffer`, whose `slice` does not copy: `Uint8Array.from(bytes)` does.
   *
   * @param isWhole nothing else lies in the memory behind the bytes that anybody wants, so that all of it may be moved
   */
  send(bytes: Uint8Array, handles?: readonly Handle[], isWhole?: boolean): boolean;
  /** Stop delivering until `resume`, where the medium allows it. */
  pause?(): void;
  /** Deliver again, what waited first. */
  resume?(): void;
  /** In the last moment of a process: write synchronously what `send` took and the medium has not. */
  flushSync?(): void;
  /** Deliver what was sent, then end. `onEnd` follows. */
  close(): void;
  /** End at once. `onEnd` follows. */
  destroy(): void;
  /** Keep the process alive (as the Worker, ChildProcess or socket behind it would), or stop doing so. */
  ref(): void;
  /** Let the process end. */
  unref(): void;
}
