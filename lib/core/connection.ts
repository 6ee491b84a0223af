// The public face of a session (or of what stands in front of several): what users hold, watch and close.
import type { CallOp } from "./messages.ts";
import type { Remote } from "./remote.ts";

/**
 * What a connection is doing. `idle`: not started. `connecting`: the far side has not said hello.
 * `waiting`: lost, to be made again. `draining`: calls in flight are finished, new ones refused.
 */
export type ConnectionState = "idle" | "connecting" | "ready" | "waiting" | "draining" | "closed";

/** How a connection ended. */
export interface CloseReason {
  /** One clause: "closed", "destroyed", "the worker exited with code 1". */
  readonly reason: string;
  /** Exit code of the thread or process behind it, where there is one. */
  readonly exitCode?: number | null | undefined;
  /** Signal that ended the process, where one did. */
  readonly signal?: string | null | undefined;
  readonly cause?: unknown;
}

/** What a connection tells those who listen. */
export interface ConnectionEvents {
  state: ConnectionState;
  /** What failed and nobody awaits: one-way calls, assignments, dispose methods. */
  error: unknown;
  close: CloseReason;
}

/** One object that one side holds of the other. */
export interface ReferenceStats {
  readonly id: number;
  /** Introductions that were not taken back. */
  readonly count: number;
  /** Where it was first sent or received; with `traceReferences: true`. */
  readonly trace: string | undefined;
}

/** What a connection has open right now. All zero means that nothing leaks. */
export interface ConnectionStats {
  /** Calls of this side that wait for an answer. */
  readonly pendingCalls: number;
  /** Calls of the far side that run here. */
  readonly runningCalls: number;
  /** Objects of this side that the far side holds. */
  readonly exports: number;
  /** Objects of the far side that this side holds. */
  readonly imports: number;
  readonly streams: number;
  /** Promises inside of values that have not settled. */
  readonly promises: number;
  /** AbortSignals inside of values that are linked to the other side. */
  readonly signals: number;
  /** Bytes that wait to be sent. */
  readonly queuedBytes: number;
  /** Bytes in all, since the connection was made. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Messages that were handed to the transport and came from it. */
  readonly sentBatches: number;
  readonly receivedBatches: number;
  /** Answers that came after their call had been given up. */
  readonly lateReplies: number;
  /** Each live reference, with `traceReferences: true`; else empty. */
  readonly references: { readonly exports: readonly ReferenceStats[]; readonly imports: readonly ReferenceStats[] };
}

/**
 * A connection to the other side, whatever lies between. Ends when either side closes it or is lost; then every
 * pending call rejects with `PeerLostError`.
 *
 * @example
 * await using connection = await spawnThread<typeof import("./math.js")>(new URL("./math.js", import.meta.url));
 * await connection.remote.fib(30);
 */
export interface Connection<T = unknown> extends AsyncDisposable {
  /** What the far side exposes. */
  readonly remote: Remote<T>;
  /** Names the far side: `worker#3`, `pid 812`, `unix:/run/a.sock`. */
  readonly label: string;
  /** Resolves when the far side has said hello; rejects if the connection ends before. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the connection has ended. Never rejects. */
  readonly closed: Promise<CloseReason>;
  readonly state: ConnectionState;
  /** What is open right now, and what has passed so far. */
  stats(): ConnectionStats;
  /** Listens to an event; what it returns stops listening. */
  on<Name extends keyof ConnectionEvents>(event: Name, listener: (value: ConnectionEvents[Name]) => void): () => void;
  /** Lets calls in flight finish, in both directions, then ends. New calls reject with `DisposedError`. */
  close(): Promise<void>;
  /** Ends at once: what is pending rejects with `PeerLostError`. */
  destroy(reason?: string): void;
  /** Holds the process as its worker, child or socket would. That is how it begins. */
  ref(): void;
  /** Holds the process only while calls are pending or streams are open. */
  unref(): void;
}

/** The names of a call in errors: `math.fib()`, `new Counter()`, `limit`. */
export function titleOfCall(op: CallOp, path: readonly string[]): string {
  const name = path.join(".");
  if (name === "" && op !== "call" && op !== "construct") return op;
  if (op === "construct") return `new ${name}()`;
  return op === "call" ? `${name}()` : name;
}
