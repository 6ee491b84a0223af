// A call whose caller stands still until it is answered: no promise is ever made of it, and its time is watched by
// whoever waits.
import type { CallOp } from "../core/messages.ts";
import type { RemoteNode } from "../core/node.ts";
import { PendingCall } from "../core/pending-call.ts";
import type { Presenter } from "../core/presenter.ts";

export class BlockingCall extends PendingCall {
  /** The error was made for this call, so that where it was made may be added to its stack. */
  isErrorOurs = false;
  readonly #presenter: Presenter;

  constructor(node: RemoteNode, op: CallOp, presenter: Presenter) {
    super(node.origin.peer, node.origin, op, node.path, node.options);
    this.#presenter = presenter;
  }

  override get presenter(): Presenter {
    return this.#presenter;
  }

  override get isStanding(): boolean {
    return true;
  }

  /** Neither clock nor signal is listened to by the core. */
  override get isRouted(): boolean {
    return true;
  }

  override reject(reason: unknown, made: boolean): void {
    if (this.state === "pending") this.isErrorOurs = made;
    super.reject(reason, made);
  }
}
