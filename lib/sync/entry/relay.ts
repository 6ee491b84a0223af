// Joins two transports: what comes from one goes to the other, each as fast as the other takes it. Nothing is looked at.
import type { Transport, TransportEnd } from "../../core/transport.ts";

/** For the last moment of the process: what the ring has is taken out and written before `done` is called. */
export function flushFar(far: Transport, done: () => void): void {
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    if (turns < 4) return void setImmediate(turn);
    far.flushSync?.();
    done();
  };
  turn();
}

/**
 * @param near the ring to the thread that blocks
 * @param far the socket or pipe
 * @param onFarEnd called when all that came from the far side was handed on
 */
export function relay(near: Transport, far: Transport, onFarEnd: (end: TransportEnd) => void): void {
  near.start({
    onReceive(bytes) {
      if (!far.send(far.retains === false ? bytes : Uint8Array.from(bytes))) near.pause?.();
    },
    onDrain: () => far.resume?.(),
    onEnd: () => far.close(),
  });
  far.start({
    onReceive(bytes) {
      if (!near.send(bytes)) far.pause?.();
    },
    onDrain: () => near.resume?.(),
    onEnd(end) {
      // What the ring has no room for goes by its port.
      near.close();
      onFarEnd(end);
    },
  });
}
