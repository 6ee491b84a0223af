// Listens to an AbortSignal for many calls at once: one listener a signal, however many calls it is given to,
// so that a long-lived signal gathers neither listeners nor Node's warning about them.

const hubs = new WeakMap<AbortSignal, Set<Listening>>();

interface Listening {
  readonly callback: (reason: unknown) => void;
}

/** Calls back once when `signal` fires; what it returns stops listening. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  const entry: Listening = { callback };
  let hub = hubs.get(signal);
  if (hub === undefined) {
    hub = new Set();
    hubs.set(signal, hub);
    const listeners = hub;
    signal.addEventListener("abort", () => fire(signal, listeners), { once: true });
  }
  const listeners = hub;
  listeners.add(entry);
  return () => void listeners.delete(entry);
}

function fire(signal: AbortSignal, listeners: Set<Listening>): void {
  hubs.delete(signal);
  for (const { callback } of listeners) callback(signal.reason);
  listeners.clear();
}
