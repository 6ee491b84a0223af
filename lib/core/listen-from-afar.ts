// A listener of the far side on an emitter of this side. It is told one-way, since nobody here awaits what it says;
// and it goes when its connection does, so that an emitter gathers none that nobody will hear any more.
import { nodeOf } from "./node.ts";

type Listener = (...args: unknown[]) => unknown;
/** Node's emitter or the Web's event target, whichever has the member. */
type Emitting = Record<string, (name: unknown, listener: unknown, options?: unknown) => unknown>;

interface Listening {
  readonly listener: Listener;
  /** Stops waiting for the connection's end. */
  readonly forget: () => void;
}

const REMOVERS: Readonly<Record<string, string>> = { on: "off", once: "off", addEventListener: "removeEventListener" };

/** For each emitter, event and far function: what listens in its stead. */
const tables = new WeakMap<object, Map<unknown, Map<object, Listening>>>();

/**
 * Calls `emitter[member](event, listener, …)` for a peer, where the listener is a function of that peer; answers
 * undefined if it is not. `off` finds what `on` added by the same function.
 */
export function listenFromAfar(emitter: object, member: string, args: readonly unknown[]): { readonly result: unknown } | undefined {
  const [event, far, options] = args;
  if (typeof far !== "function" || nodeOf(far) === undefined) return undefined;
  const call = (name: string, listener: unknown): unknown => (emitter as Emitting)[name]!(event, listener, options);
  const table = tableOf(emitter, event);
  const remover = REMOVERS[member];
  if (remover === undefined) {
    const known = table.get(far);
    known?.forget();
    table.delete(far);
    return { result: call(member, known?.listener ?? far) };
  }
  const listening = table.get(far) ?? makeListening(far, table, member === "once", (listener) => call(remover, listener));
  table.set(far, listening);
  return { result: call(member, listening.listener) };
}

function makeListening(far: object, table: Map<object, Listening>, once: boolean, remove: (listener: Listener) => void): Listening {
  const node = nodeOf(far)!;
  const { peer } = node.origin;
  const listener: Listener = (...args) => {
    if (once) {
      forget();
      table.delete(far);
    }
    peer.sendCall(node, "call", args.map(plainEvent));
  };
  const forget = peer.connection.on("close", () => {
    table.delete(far);
    remove(listener);
  });
  return { listener, forget };
}

function tableOf(emitter: object, event: unknown): Map<object, Listening> {
  const byEvent = tables.get(emitter) ?? new Map<unknown, Map<object, Listening>>();
  tables.set(emitter, byEvent);
  const table = byEvent.get(event) ?? new Map<object, Listening>();
  byEvent.set(event, table);
  return table;
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
