// Bytes as a transport delivers them, in chunks of any size, become frames again. Frames that lie
// whole in a chunk are acted upon in place; one that is cut is put together in a buffer of its own.
import type { Incoming, IncomingParts } from "../core/codec.ts";
import { ProtocolError } from "../core/errors.ts";
import type { ValueLimits } from "../core/values.ts";
import { ByteReader } from "./bytes.ts";
import { Decoder } from "./decoder.ts";
import { HEADER_SIZE } from "./frame.ts";

/** Room for the header, the path and the slots of a message whose value is as large as is allowed; at most once more as much. */
const OVERHEAD = 256 * 1024;
/** What is allocated for a frame before any of it has arrived. */
const FIRST_ALLOCATION = 64 * 1024;

/** Of so many bytes a frame is large. */
const LARGE = 16 * 1024;
/** What may follow a large frame and is copied, so that the frame's values can lie in place: acknowledgements. */
const SMALL_REST = 64;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly handles: readonly unknown[] | undefined;
  readonly owned: boolean;
}

export class FrameReader implements Incoming {
  consumed = 0;
  backlog = 0;
  frameLength = 0;

  readonly #decoder: Decoder;
  readonly #reader = new ByteReader();
  readonly #shouldYield: () => boolean;
  readonly #queue: Chunk[] = [];
  #busy = false;
  /** Where the chunk goes on whose frame is being acted upon. */
  #chunk: Chunk | undefined;
  #at = 0;
  /** Counts how often that was taken over from within; see `nest`. */
  #takenOver = 0;
  /** A frame of which only the beginning has arrived. */
  #partial: Buffer | undefined;
  #partialLength = 0;

  constructor({ policy, slots, receiver, limits, shouldYield }: IncomingParts) {
    this.#decoder = new Decoder(policy, slots, receiver, limits);
    this.#shouldYield = shouldYield;
  }

  get waiting(): boolean {
    return this.#queue.length !== 0;
  }

  get partial(): boolean {
    return this.#partial !== undefined;
  }

  get lives(): readonly unknown[] {
    return this.#decoder.lives;
  }

  get limits(): ValueLimits {
    return this.#decoder.limits;
  }

  set limits(limits: ValueLimits) {
    this.#decoder.limits = limits;
  }

  receive(bytes: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): void {
    this.backlog += bytes.length;
    if (this.#busy || this.#queue.length !== 0) {
      this.#queue.push(owned ? { bytes, handles, owned } : { bytes: Uint8Array.from(bytes), handles, owned: true });
      return;
    }
    this.#consume(bytes, handles, owned);
  }

  resume(): void {
    while (!this.#busy) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) return;
      if (!this.#consume(chunk.bytes, chunk.handles, chunk.owned)) return;
    }
  }

  nest(): void {
    if (!this.#busy || this.#chunk === undefined) return;
    const { bytes, handles, owned } = this.#chunk;
    if (this.#at < bytes.length) {
      const rest = bytes.subarray(this.#at);
      this.#queue.unshift({ bytes: owned ? rest : Uint8Array.from(rest), handles, owned: true });
    }
    this.#chunk = undefined;
    this.#busy = false;
    this.#takenOver += 1;
  }

  /** Acts on the chunk's frames; false when it stopped early and put the rest back. */
  #consume(received: Uint8Array, handles: readonly unknown[] | undefined, owned: boolean): boolean {
    this.#busy = true;
    const takenOver = this.#takenOver;
    let bytes = received;
    let chunk: Chunk = { bytes, handles, owned };
    let at = 0;
    try {
      while (at < bytes.length) {
        if (this.#partial !== undefined) {
          at += this.#append(bytes, at);
          this.#chunk = chunk;
          this.#at = at;
          if (!this.#takePartial(handles)) break;
        } else {
          const left = bytes.length - at;
          if (left < HEADER_SIZE) {
            at += this.#startPartial(bytes, at, HEADER_SIZE);
            break;
          }
          const length = this.#lengthOf(bytes, at);
          if (length > left) {
            at += this.#startPartial(bytes, at, length);
            break;
          }
          // What is last in its chunk has it for itself. A large one that is all but last gets it too.
          const isLast = length === left || (owned && length >= LARGE && left - length <= SMALL_REST);
          this.#reader.reset(bytes, at, at + length, owned && isLast);
          at += length;
          if (isLast && at < bytes.length) {
            bytes = Uint8Array.from(bytes.subarray(at));
            chunk = { bytes, handles, owned };
            at = 0;
          }
          this.#chunk = chunk;
          this.#at = at;
          this.#act(length, handles);
        }
        // Whoever took over saw to the rest.
        if (this.#takenOver !== takenOver) return true;
        if (at < bytes.length && this.#shouldYield()) {
          const rest = bytes.subarray(at);
          this.#queue.unshift({ bytes: owned ? rest : Uint8Array.from(rest), handles, owned: true });
          return false;
        }
      }
      return true;
    } finally {
      this.#busy = false;
      if (this.#takenOver === takenOver) {
        this.#reader.clear();
        this.#chunk = undefined;
      }
    }
  }

  #act(length: number, handles: readonly unknown[] | undefined): void {
    this.backlog -= length;
    this.consumed += length;
    this.frameLength = length;
    this.#decoder.decode(this.#reader, handles);
  }

  #lengthOf(bytes: Uint8Array, at: number): number {
    const length = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
    if (length < HEADER_SIZE || (length & 7) !== 0)
      throw new ProtocolError(`A frame of ${length} bytes; frames are multiples of 8. Does the far side speak nearcall?`);
    const { binary } = this.limits;
    if (length > binary + Math.min(binary, OVERHEAD))
      throw new ProtocolError(`A frame of ${length} bytes is over limits.binary (${binary})`);
    return length;
  }

  #startPartial(bytes: Uint8Array, at: number, length: number): number {
    this.#partial = Buffer.allocUnsafeSlow(Math.min(length, FIRST_ALLOCATION));
    this.#partialLength = 0;
    return this.#append(bytes, at);
  }

  /** Takes what the frame under way still needs; answers how much that was. */
  #append(bytes: Uint8Array, at: number): number {
    let taken = 0;
    // First the header, which tells the length; then the rest.
    if (this.#partialLength < HEADER_SIZE) taken += this.#copy(bytes, at, HEADER_SIZE - this.#partialLength);
    if (this.#partialLength >= HEADER_SIZE) taken += this.#copy(bytes, at + taken, this.#lengthOf(this.#partial!, 0) - this.#partialLength);
    return taken;
  }

  #copy(bytes: Uint8Array, at: number, wanted: number): number {
    const size = Math.min(wanted, bytes.length - at);
    const needed = this.#partialLength + size;
    if (needed > this.#partial!.length) {
      // Memory grows with what has arrived, not with what was announced.
      const announced = this.#lengthOf(this.#partial!, 0);
      const grown = Buffer.allocUnsafeSlow(Math.min(announced, Math.max(needed, this.#partial!.length * 4)));
      grown.set(this.#partial!.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial!.set(bytes.subarray(at, at + size), this.#partialLength);
    this.#partialLength = needed;
    return size;
  }

  /** Acts on the frame under way if it is whole. */
  #takePartial(handles: readonly unknown[] | undefined): boolean {
    const partial = this.#partial!;
    if (this.#partialLength < HEADER_SIZE) return false;
    const length = this.#lengthOf(partial, 0);
    if (this.#partialLength < length) return false;
    this.#partial = undefined;
    this.#reader.reset(partial, 0, length, true);
    this.#act(length, handles);
    return true;
  }
}
