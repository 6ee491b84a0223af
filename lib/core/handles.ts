// What is moved or shared instead of being copied: it rides beside the bytes, and its slot says which it is.
import { ProtocolError, UnserializableError } from "./errors.ts";
import type { Host } from "./host.ts";
import { type Slot, SlotKind } from "./messages.ts";

/** Something that was detached here at the call, on its way to whoever the call goes to. */
export class Moved {
  readonly handle: object;
  /** How the view on it was, if a view was sent. */
  readonly view: { readonly view: string; readonly offset: number; readonly length: number } | undefined;

  constructor(handle: object, view: Moved["view"]) {
    this.handle = handle;
    this.view = view;
  }
}

/** What one message moves: each thing is detached once, and views are what they were before that. */
export class Moves {
  readonly #host: Host;
  readonly #views = new Map<object, NonNullable<Moved["view"]>>();
  readonly #detached = new Map<object, object>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** To be called for each view before anything is detached. */
  note(value: object): void {
    if (!ArrayBuffer.isView(value) || this.#views.has(value)) return;
    const length = "length" in value ? (value.length as number) : value.byteLength;
    this.#views.set(value, { view: viewName(value), offset: value.byteOffset, length });
  }

  /** Detaches what `value` is made of. */
  move(value: object): Moved {
    const source = ArrayBuffer.isView(value) ? value.buffer : value;
    let handle = this.#detached.get(source);
    if (handle === undefined) {
      handle = detach(source, this.#host);
      this.#detached.set(source, handle);
    }
    return new Moved(handle, this.#views.get(value));
  }

  clear(): void {
    this.#views.clear();
    this.#detached.clear();
  }
}

function detach(source: object, host: Host): object {
  try {
    return host.move(source);
  } catch (cause) {
    throw new UnserializableError(
      "A value listed in transfer() cannot be moved: only ArrayBuffers, MessagePorts and what Node can transfer can be, and only once.",
      "",
      { cause },
    );
  }
}

/** The slot of a handle that goes with the message. Two views of one buffer share it. */
export function handleSlot({ handle, view }: Moved, handles: object[]): Slot {
  const known = handles.indexOf(handle);
  return { kind: SlotKind.handle, id: known === -1 ? handles.push(handle) - 1 : known, extra: view };
}

export function fromHandle(slot: Slot, handles: readonly unknown[] | undefined): unknown {
  const handle = handles?.[slot.id];
  if (handle === undefined) throw new ProtocolError(`Handle ${slot.id} did not come with its message`);
  if (slot.extra === undefined) return handle;
  const { view, offset, length } = slot.extra as { view?: unknown; offset?: unknown; length?: unknown };
  const View = typeof view === "string" && Object.hasOwn(VIEWS, view) ? VIEWS[view] : undefined;
  if (View === undefined || !(handle instanceof ArrayBuffer) || typeof offset !== "number" || typeof length !== "number")
    throw new ProtocolError("A moved view cannot be understood");
  try {
    return new View(handle, offset, length);
  } catch (error) {
    throw new ProtocolError("A moved view lies outside of its buffer", { cause: error });
  }
}

const VIEWS: Readonly<Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => object>> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
};

function viewName(view: ArrayBufferView): string {
  return Object.prototype.toString.call(view).slice(8, -1);
}
