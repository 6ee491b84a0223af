// Whether a MessagePort's other end is gone, asked without the event loop: no function of Node's says so, and the
// 'close' event waits for the loop.
import type { MessagePort } from "node:worker_threads";

/**
 * Answers a function that tells whether the port has been closed since. To clone a port without moving it fails in
 * one way while it is open, and in another one when it is closed: the words are not ours, the difference is what counts.
 * A port learns that the other end is gone when it is asked for a message (`receiveMessageOnPort`).
 */
export function createPortProbe(port: MessagePort): () => boolean {
  const whenOpen = complaint(port);
  return () => complaint(port) !== whenOpen;
}

function complaint(port: MessagePort): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    structuredClone(port);
    return "";
  } catch (error) {
    return String(error);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
