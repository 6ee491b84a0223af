// One direction of a connection between two threads: a ring of records in shared memory, with one
// writer and one reader. Nothing here dispatches, posts or schedules; the outlet and the inlet above
// it do, and the blocking client reads it directly.
//
// Memory of a connection: two control blocks, then the first data of both rings.
//
//   control (bytes; each word alone on its cache line, so that the two threads do not fight over one)
//     0    written   units of 8 bytes that were ever written, modulo 2^32     set by the writer
//     64   freed     units that the reader has given back, modulo 2^32        set by the reader
//     128  state     what the reader's thread is doing: ReaderState           set by both
//     192  waiting   0, or 1 + the units in use from which down the writer    set by both
//                    wants to be woken, since it waits for room
//
//   record (bytes; starts at a multiple of 8, never goes around the end)
//     0    u32 length of the payload
//     4    u32 kind: RecordKind
//     8    payload, then padding to a multiple of 8
//
// The counters belong to the direction, not to the data: when the data moves to larger memory they
// go on counting, so that nothing has to be agreed on.

const UNIT = 8;
const CONTROL_BYTES = 256;
const WRITTEN = 0;
const FREED = 16;
const STATE = 32;
const WAITING = 48;

/** A unit that ordinary records leave free, so that a `moved` record fits into a full ring. */
const RESERVED_UNITS = 1;

/** From here on a copy from an unaligned source goes through aligned memory; see `copyInto`. */
const UNALIGNED_DETOUR = 512;

export const RecordKind = {
  none: 0,
  /** The payload is what was sent. */
  bytes: 1,
  /** Nothing more up to the end of the ring; go on at its start. */
  wrap: 2,
  /** What was sent rides the port; this keeps its place. */
  port: 3,
  /** The ring goes on in other memory, which rides the port. */
  moved: 4,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** What the thread that reads a ring is doing. From `asleep` on it has to be roused. */
export const ReaderState = {
  /** At work, and will look at the ring before it sleeps. */
  running: 0,
  /** Has nothing to do, and looks at the ring all the time. */
  polling: 1,
  /** A doorbell is on its way. */
  waking: 2,
  /** Wants a doorbell. */
  asleep: 3,
  /** Stands in `waitSync`; wants a notification. */
  blocked: 4,
} as const;
export type ReaderState = (typeof ReaderState)[keyof typeof ReaderState];

/** How a sleeping reader is to be woken, if at all: `bell` asks the caller to ring the port. */
export type Rousing = "none" | "bell";

/** The two rings of one connection, as `side` sees them. */
export interface RingPair {
  readonly writer: RingWriter;
  readonly reader: RingReader;
}

/** Bytes of each of the two rings of a new connection: little, as most are idle. They grow when used. */
export const DEFAULT_RING_BYTES: number = 8 * 1024;

/**
 * Memory for one connection: hand it to both threads, as side 0 and side 1.
 * `ringBytes` is a power of two; `startCount` is for tests of the counters' wrap-around.
 */
export function createSharedMemory(options: { readonly ringBytes?: number; readonly startCount?: number } = {}): SharedArrayBuffer {
  const { ringBytes = DEFAULT_RING_BYTES, startCount = 0 } = options;
  const memory = new SharedArrayBuffer(2 * (CONTROL_BYTES + ringBytes));
  for (const side of [0, 1] as const) {
    const control = controlOf(memory, side);
    control[WRITTEN] = startCount;
    control[FREED] = startCount;
    // A reader that has not started yet gets a doorbell, which the port keeps for it.
    control[STATE] = ReaderState.asleep;
  }
  return memory;
}

/** Side 0 writes the first ring and reads the second, side 1 the other way round. */
export function openRings(memory: SharedArrayBuffer, side: 0 | 1): RingPair {
  const ringBytes = memory.byteLength / 2 - CONTROL_BYTES;
  const dataOf = (ring: 0 | 1): RingData => dataIn(memory, 2 * CONTROL_BYTES + ring * ringBytes, ringBytes);
  const other = side === 0 ? 1 : 0;
  return {
    writer: new RingWriter(controlOf(memory, side), dataOf(side)),
    reader: new RingReader(controlOf(memory, other), dataOf(other)),
  };
}

/** For a third thread: makes the thread that reads as `side` look up, if it blocks. */
export function rouseReader(memory: SharedArrayBuffer, side: 0 | 1): void {
  const control = controlOf(memory, side === 0 ? 1 : 0);
  if (Atomics.compareExchange(control, STATE, ReaderState.blocked, ReaderState.waking) === ReaderState.blocked)
    Atomics.notify(control, STATE);
}

interface RingData {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly units: number;
}

function controlOf(memory: SharedArrayBuffer, ring: 0 | 1): Int32Array {
  return new Int32Array(memory, ring * CONTROL_BYTES, CONTROL_BYTES / 4);
}

function dataIn(memory: SharedArrayBuffer, offset: number, length: number): RingData {
  return { bytes: new Uint8Array(memory, offset, length), words: new Uint32Array(memory, offset, length / 4), units: length / UNIT };
}

/** The end that puts records in. */
export class RingWriter {
  readonly #control: Int32Array;
  #data: RingData;
  #written: number;
  /** May lag behind the truth, which only makes the ring look fuller than it is. */
  #freed: number;

  constructor(control: Int32Array, data: RingData) {
    this.#control = control;
    this.#data = data;
    this.#written = Atomics.load(control, WRITTEN);
    this.#freed = Atomics.load(control, FREED);
  }

  get byteLength(): number {
    return this.#data.units * UNIT;
  }

  /** Whether a payload of that length fits at all, whatever the place at which it starts. */
  accepts(length: number): boolean {
    return unitsOf(length) <= this.#data.units / 2;
  }

  /** Puts a record in and shows it to the reader. False: no room for it now. */
  write(kind: RecordKind, payload: Uint8Array | undefined): boolean {
    const { bytes, words, units: capacity } = this.#data;
    const length = payload === undefined ? 0 : payload.byteLength;
    const units = unitsOf(length);
    let at = this.#written & (capacity - 1);
    const skipped = at + units > capacity ? capacity - at : 0;
    if (!this.#hasRoom(units + skipped)) return false;
    if (skipped > 0) {
      words[at * 2 + 1] = RecordKind.wrap;
      at = 0;
    }
    words[at * 2] = length;
    words[at * 2 + 1] = kind;
    if (payload !== undefined) copyInto(bytes, payload, (at + 1) * UNIT);
    this.#publish(units + skipped);
    return true;
  }

  /** Tells the reader to go on in `memory`, and goes on there. Always fits. The memory is larger. */
  moveTo(memory: SharedArrayBuffer): void {
    const at = this.#written & (this.#data.units - 1);
    this.#data.words[at * 2] = 0;
    this.#data.words[at * 2 + 1] = RecordKind.moved;
    this.#data = dataIn(memory, 0, memory.byteLength);
    this.#publish(1);
  }

  /** Whether the reader has given back all that was written. */
  isConsumed(): boolean {
    this.#freed = Atomics.load(this.#control, FREED);
    return this.#freed === this.#written;
  }

  /**
   * Asks to be woken when a payload of that length surely fits and the ring is half empty.
   * False: it does fit, look again.
   */
  awaitRoom(length: number): boolean {
    const capacity = this.#data.units;
    // In the worst case the record has to skip all but one unit of its own size.
    const mostUsed = Math.min(capacity / 2, capacity - RESERVED_UNITS - (2 * unitsOf(length) - 1));
    Atomics.store(this.#control, WAITING, mostUsed + 1);
    this.#freed = Atomics.load(this.#control, FREED);
    if (((this.#written - this.#freed) | 0) > mostUsed) return true;
    Atomics.store(this.#control, WAITING, 0);
    return false;
  }

  /** Whether the reader has answered `awaitRoom`. */
  wasGivenRoom(): boolean {
    return Atomics.load(this.#control, WAITING) === 0;
  }

  readerState(): ReaderState {
    return Atomics.load(this.#control, STATE) as ReaderState;
  }

  /** After something was written: wakes a reader that blocks, and says whether one sleeps. Once a sleep. */
  rouse(): Rousing {
    if (Atomics.load(this.#control, STATE) < ReaderState.asleep) return "none";
    const was = Atomics.exchange(this.#control, STATE, ReaderState.waking);
    if (was === ReaderState.blocked) Atomics.notify(this.#control, STATE);
    return was === ReaderState.asleep ? "bell" : "none";
  }

  #hasRoom(units: number): boolean {
    const wanted = this.#data.units - RESERVED_UNITS - units;
    if (((this.#written - this.#freed) | 0) <= wanted) return true;
    this.#freed = Atomics.load(this.#control, FREED);
    return ((this.#written - this.#freed) | 0) <= wanted;
  }

  #publish(units: number): void {
    this.#written = (this.#written + units) | 0;
    Atomics.store(this.#control, WRITTEN, this.#written);
  }
}

/** The end that takes records out. */
export class RingReader {
  /** The payload of the record that `peek` found, in shared memory: valid until `free`. */
  payload: Uint8Array = EMPTY;

  readonly #control: Int32Array;
  #data: RingData;
  #read: number;
  #next: number;
  #written: number;
  #freed: number;

  constructor(control: Int32Array, data: RingData) {
    this.#control = control;
    this.#data = data;
    this.#freed = Atomics.load(control, FREED);
    this.#read = this.#freed;
    this.#next = this.#freed;
    this.#written = this.#freed;
  }

  hasNews(): boolean {
    return Atomics.load(this.#control, WRITTEN) !== this.#read;
  }

  /** The kind of the next record, `none` if there is no record. Does not step over it. */
  peek(): RecordKind {
    if (this.#read === this.#written) {
      this.#written = Atomics.load(this.#control, WRITTEN);
      if (this.#read === this.#written) return RecordKind.none;
    }
    const { bytes, words, units: capacity } = this.#data;
    let at = this.#read & (capacity - 1);
    if (words[at * 2 + 1] === RecordKind.wrap) {
      // A wrap is published together with the record behind it.
      this.#read = (this.#read + capacity - at) | 0;
      at = 0;
    }
    const length = words[at * 2] as number;
    const kind = words[at * 2 + 1] as RecordKind;
    const start = (at + 1) * UNIT;
    if (kind === RecordKind.bytes) this.payload = new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
    this.#next = (this.#read + unitsOf(length)) | 0;
    return kind;
  }

  /** Steps over the record that `peek` found. Its payload stays valid until `free`. */
  advance(): void {
    this.#read = this.#next;
  }

  /** Follows a `moved` record. */
  moveTo(memory: SharedArrayBuffer): void {
    this.advance();
    this.#data = dataIn(memory, 0, memory.byteLength);
  }

  /** Bytes that were stepped over and not given back yet. */
  heldBytes(): number {
    return ((this.#read - this.#freed) | 0) * UNIT;
  }

  isMostlyHeld(): boolean {
    return ((this.#read - this.#freed) | 0) > this.#data.units / 4;
  }

  /** Gives back all that was stepped over. True: the writer waits for room and has to be roused. */
  free(): boolean {
    if (this.#freed !== this.#read) {
      this.#freed = this.#read;
      Atomics.store(this.#control, FREED, this.#read);
    }
    const waiting = Atomics.load(this.#control, WAITING);
    if (waiting === 0) return false;
    const used = (Atomics.load(this.#control, WRITTEN) - this.#read) | 0;
    if (used >= waiting) return false;
    return Atomics.exchange(this.#control, WAITING, 0) !== 0;
  }

  /** Says what this thread does. Not for `asleep` and `blocked`, which have their own functions. */
  setState(state: ReaderState): void {
    Atomics.store(this.#control, STATE, state);
  }

  /** Announces sleep: the next write rings. Look at everything once more afterwards, then sleep. */
  announceSleep(): void {
    Atomics.store(this.#control, STATE, ReaderState.asleep);
  }

  /**
   * Blocks the thread until something is written, or `rouse` was called for whatever reason (room in
   * the other ring, the end of the far thread), or the time is over. True: there is a record. Loop on
   * what you wait for. What else that is, `isReady` tells: it is asked once more when the others know
   * that this thread blocks.
   */
  waitSync(timeoutMs: number, isReady: () => boolean = never): boolean {
    Atomics.store(this.#control, STATE, ReaderState.blocked);
    if (!this.hasNews() && !isReady()) Atomics.wait(this.#control, STATE, ReaderState.blocked, timeoutMs);
    Atomics.store(this.#control, STATE, ReaderState.running);
    return this.hasNews();
  }
}

function never(): boolean {
  return false;
}

const EMPTY: Uint8Array = new Uint8Array(0);

function unitsOf(length: number): number {
  return 1 + ((length + UNIT - 1) >>> 3);
}

/**
 * V8 copies into shared memory by words if source and target are aligned alike, else byte by byte,
 * eight times slower; a detour through ordinary memory is cheaper.
 */
function copyInto(target: Uint8Array, source: Uint8Array, at: number): void {
  if (source.byteLength < UNALIGNED_DETOUR || source.byteOffset % UNIT === 0) target.set(source, at);
  else target.set(Uint8Array.prototype.slice.call(source), at);
}
