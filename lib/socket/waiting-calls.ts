// Calls of a client that has no connection: bounded in count, bytes and time, in the order in which they were made.
import { titleOfCall } from "../core/connection.ts";
import { PeerLostError, QueueFullError } from "../core/errors.ts";
import type { RoutedCall } from "../core/router.ts";
import { nodeHost } from "../node/host.ts";
import { CallQueue } from "./call-queue.ts";
import type { ReconnectOptions } from "./reconnect-options.ts";

export class WaitingCalls {
  readonly #queue = new CallQueue<RoutedCall>();
  readonly #label: string;
  readonly #options: Required<ReconnectOptions>;
  readonly #onChange: () => void;

  /** @param onChange the first came, or the last has gone */
  constructor(label: string, options: Required<ReconnectOptions>, onChange: () => void) {
    this.#label = label;
    this.#options = options;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Lets a new call wait, or rejects it. */
  add(call: RoutedCall, order: number): void {
    if (this.#options.whileDown === "fail") {
      const reason = `there is no connection at the moment (reconnect.whileDown is "fail")`;
      call.reject(unsent(`${this.#titleOf(call)} was not sent: ${reason}`, reason));
    } else if (!this.takeBack(call, order)) {
      const { size, bytes } = this.#queue;
      call.reject(
        new QueueFullError(
          `${this.#titleOf(call)}: ${size} calls with ${bytes} bytes wait for the connection already (reconnect.maxQueued, maxQueuedBytes)`,
        ),
      );
    }
  }

  /** Lets a call wait that was lost. False: it must not, or there is no room. */
  takeBack(call: RoutedCall, order: number): boolean {
    const { whileDown, maxQueued, maxQueuedBytes, maxQueuedTime } = this.#options;
    if (whileDown === "fail" || !this.#queue.hasRoom(call.size, maxQueued, maxQueuedBytes)) return false;
    const patience = call.options?.queueTimeout ?? maxQueuedTime;
    const timer = nodeHost.startTimer(patience, () => {
      const reason = `no connection within ${patience} ms (queueTimeout)`;
      call.reject(unsent(`${this.#titleOf(call)} was not sent: ${reason}`, reason));
    });
    call.onSettled = () => {
      timer.cancel();
      if (this.#queue.remove(call) && this.size === 0) this.#onChange();
    };
    this.#queue.add(call, order);
    if (this.size === 1) this.#onChange();
    return true;
  }

  /** Takes them out, oldest first; they wait no more. */
  takeAll(): { readonly call: RoutedCall; readonly order: number }[] {
    if (this.size === 0) return [];
    const all = this.#queue.takeAll();
    for (const { call } of all) this.#stopTimer(call);
    this.#onChange();
    return all;
  }

  /** There will be no connection any more. */
  rejectAll(reason: string): void {
    for (const { call } of this.takeAll()) call.reject(unsent(`${this.#titleOf(call)} was not sent: ${reason}`, reason));
  }

  #stopTimer(call: RoutedCall): void {
    // No longer in the queue: what is left to do for one that settles is to stop its timer.
    call.onSettled?.();
    call.onSettled = undefined;
  }

  #titleOf(call: RoutedCall): string {
    return `${titleOfCall(call.op, call.path.names)} on ${this.#label}`;
  }
}

function unsent(message: string, reason: string): PeerLostError {
  return new PeerLostError(message, { reason, phase: "unsent" });
}
