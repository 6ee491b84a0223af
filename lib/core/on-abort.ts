// Listens to an AbortSignal for many calls at once: one listener a signal, however many calls it is given to,
// so that a long-lived signal gathers neither listeners nor Node's warning about them.

const hubs = new WeakMap<AbortSignal, Set<Listening>>();

interface Listening {
  readonly callback: (reason: unknown) => void;
}

/** Calls back once when `signal` fires; what it returns stops listening. That does not hold the signal. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  const listeners = hubs.get(signal) ?? openHub(signal);
  const entry: Listening = { callback };
  listeners.add(entry);
  return stopper(listeners, entry);
}

function openHub(signal: AbortSignal): Set<Listening> {
  const listeners = new Set<Listening>();
  hubs.set(signal, listeners);
  signal.addEventListener("abort", () => fire(signal, listeners), { once: true });
  return listeners;
}

/** In a function of its own: closures of one function hold what any of them holds, the signal too. */
function stopper(listeners: Set<Listening>, entry: Listening): () => void {
  return () => void listeners.delete(entry);
}

function fire(signal: AbortSignal, listeners: Set<Listening>): void {
  hubs.delete(signal);
  for (const { callback } of listeners) callback(signal.reason);
  listeners.clear();
}
