// Asks for a turn of the event loop: the task runs once I/O and timers had their chance.
// setImmediate alone will not do: one that is unref'd does not run at all while the loop waits for
// I/O, and one that is not keeps a process alive that has nothing left to do.
import { MessageChannel } from "node:worker_threads";

export interface Turn {
  /** One at a time: asks once, however often it is called before the task ran. */
  request(): void;
  ref(): void;
  unref(): void;
  /** The task will not run any more. */
  close(): void;
}

export function createTurn(task: () => void): Turn {
  let requested = false;
  let held = true;
  let channel: MessageChannel | undefined;
  const run = (): void => {
    if (!requested) return;
    requested = false;
    task();
  };
  // A message to oneself arrives in the next turn without holding the process.
  const selfChannel = (): MessageChannel => {
    const made = new MessageChannel();
    made.port2.on("message", run);
    made.port2.unref();
    return made;
  };
  return {
    request() {
      if (requested) return;
      requested = true;
      if (held) setImmediate(run);
      else (channel ??= selfChannel()).port1.postMessage(0);
    },
    ref() {
      // What was asked for without holding the process would not run if nothing else does.
      if (!held && requested) setImmediate(run);
      held = true;
    },
    unref() {
      held = false;
    },
    close() {
      requested = false;
      channel?.port1.close();
      channel = undefined;
    },
  };
}
