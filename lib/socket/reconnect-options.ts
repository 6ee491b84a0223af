// What can be set on a connection that comes back by itself.

/** Settings of `reconnect`. Times are in ms. */
export interface ReconnectOptions {
  /**
   * What becomes of calls that are made while there is no connection: they wait for the next, or reject at once.
   *
   * @defaultValue "wait"
   */
  readonly whileDown?: "wait" | "fail";
  /** Calls that may wait. More reject with `QueueFullError`. @defaultValue 10,000 */
  readonly maxQueued?: number;
  /** Bytes of the arguments of calls that wait. @defaultValue 16 MiB */
  readonly maxQueuedBytes?: number;
  /** How long a call may wait, unless its own `queueTimeout` says otherwise; then it rejects, unsent. @defaultValue 30,000 */
  readonly maxQueuedTime?: number;
  /** How often an idempotent call is sent at most, when each connection that carries it is lost. @defaultValue 5 */
  readonly maxAttempts?: number;
  /** Longest pause between two attempts to connect; each is random, and the bound doubles up to here. @defaultValue 5,000 */
  readonly longestPause?: number;
  /** How long to try, from a loss on, until the connection is closed for good. @defaultValue for ever */
  readonly timeout?: number;
}

export const RECONNECT_DEFAULTS: Required<ReconnectOptions> = {
  whileDown: "wait",
  maxQueued: 10_000,
  maxQueuedBytes: 16 * 1024 * 1024,
  maxQueuedTime: 30_000,
  maxAttempts: 5,
  longestPause: 5_000,
  timeout: Number.POSITIVE_INFINITY,
};
