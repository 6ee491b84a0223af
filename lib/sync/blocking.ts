// What the parts of a blocking client ask of it.
import type { CallOp } from "../core/messages.ts";
import type { RemoteNode } from "../core/node.ts";

export type AnyFunction = (...args: never[]) => unknown;

export interface Blocking {
  /** Names the far side. */
  readonly label: string;
  /** Default time limit of a call, in ms. */
  readonly timeout: number | undefined;
  /**
   * Makes a call and answers with its result, or throws what it threw.
   *
   * @param from the function that users called, from which on outwards an error's stack is shown
   */
  call(node: RemoteNode, op: CallOp, args: readonly unknown[], from: AnyFunction): unknown;
  /** Blocks until `isDone`, or the connection has ended. False: so many ms are over, and neither is the case. */
  wait(isDone: () => boolean, timeout: number | undefined): boolean;
  /** Sends what has gathered, for those who go on without waiting. */
  flush(): void;
}
