// A listener of the far side on an emitter of this side. It is told one-way, since nobody here awaits what it says;
// and it goes when its connection does, so that an emitter gathers none that nobody will hear any more.
import { nodeOf } from "./node.ts";

type Listener = (...args: unknown[]) => void;
/** Node's emitter or the Web's event target, whichever has the member. */
type Emitting = Record<string, ((event: unknown, listener: Listener, options?: unknown) => unknown) | undefined>;

interface Listening {
  readonly listener: Listener;
  /** To be called when it was added or taken off (`isOn`: to an event target), and forgets it where it does not listen any more. */
  readonly changed: (isOn: boolean) => void;
}

/** For each emitter, event and far function: what listens in its stead, however often. */
const tables = new WeakMap<object, Map<unknown, Map<object, Listening>>>();

/**
 * Calls `emitter[member](event, listener, …)` for a peer, where the listener is a function of that peer; answers
 * undefined if it is not. `off` finds what `on` and `once` added by the same function.
 */
export function listenFromAfar(emitter: object, member: string, args: readonly unknown[]): { readonly result: unknown } | undefined {
  const [event, far, options] = args;
  if (typeof far !== "function" || nodeOf(far) === undefined) return undefined;
  const events = tables.get(emitter) ?? new Map<unknown, Map<object, Listening>>();
  tables.set(emitter, events);
  const { listener, changed } = events.get(event)?.get(far) ?? makeListening(emitter as Emitting, event, far, options, events);
  const result = (emitter as Emitting)[member]!(event, listener, options);
  changed(member === "addEventListener");
  return { result };
}

function makeListening(
  emitter: Emitting,
  event: unknown,
  far: object,
  options: unknown,
  events: Map<unknown, Map<object, Listening>>,
): Listening {
  const node = nodeOf(far)!;
  const { peer } = node.origin;
  const table = events.get(event) ?? new Map<object, Listening>();
  events.set(event, table);
  const listener: Listener = (...args) => {
    changed((options as { once?: unknown } | undefined)?.once !== true);
    peer.sendCall(node, "call", args.map(plainEvent));
  };
  // An event target keeps a listener once, and cannot be asked.
  const count = (isOn: boolean): number => (emitter["listenerCount"]?.(event, listener) as number | undefined) ?? Number(isOn);
  const changed = (isOn: boolean): void => {
    if (count(isOn) > 0) return;
    forget();
    if (table.delete(far) && table.size === 0) events.delete(event);
  };
  const forget = peer.connection.on("close", () => {
    const remove = emitter["off"] === undefined ? "removeEventListener" : "off";
    for (let left = count(true); left > 0; left -= 1) emitter[remove]!(event, listener, options);
    changed(false);
  });
  const listening = { listener, changed };
  table.set(far, listening);
  return listening;
}

/** An Event is bound to its target and its moment: what it tells is copied. */
function plainEvent(value: unknown): unknown {
  if (!(value instanceof Event)) return value;
  const { type, timeStamp } = value;
  const { detail, data, error, message } = value as Event & Record<"detail" | "data" | "error" | "message", unknown>;
  return {
    type,
    timeStamp,
    ...(detail !== undefined && { detail }),
    ...(data !== undefined && { data }),
    ...(error !== undefined && { error }),
    ...(message !== undefined && { message }),
  };
}
