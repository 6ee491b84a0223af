// Messages on their way in: one frame is taken apart in place and acted upon at once.
import type { SlotTable } from "../core/codec.ts";
import { Deferred, DeferredArguments } from "../core/deferred.ts";
import { ProtocolError } from "../core/errors.ts";
import type { CallHeaders, Hello, MemberPath, Messages, Slot } from "../core/messages.ts";
import { CallFlag, hasFired, SlotKind } from "../core/messages.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import { ByteReader } from "./bytes.ts";
import { Flag, HEADER_SIZE, Kind, MAX_NAME_LENGTH, MAX_NAMES, MAX_NAMES_SIZE, MAX_PATH_LENGTH, MAX_SLOT_DEPTH, OPS } from "./frame.ts";
import { bounded } from "./limits.ts";
import { Undecodable } from "./rich-decode.ts";
import { decodeArguments, decodeValue } from "./values.ts";

const NONE: readonly unknown[] = [];
const CALL_FLAGS = CallFlag.oneWay | CallFlag.keep | CallFlag.early | CallFlag.standing;
const KNOWN_SLOTS: ReadonlySet<number> = new Set(Object.values(SlotKind));

export class Decoder {
  lives: readonly unknown[] = NONE;

  readonly #policy: PassingPolicy;
  readonly #slots: SlotTable;
  readonly #receiver: Messages;
  readonly #paths: (MemberPath | undefined)[] = [];
  #namesSize = 0;
  #limits: ValueLimits;

  constructor(policy: PassingPolicy, slots: SlotTable, receiver: Messages, limits: ValueLimits) {
    this.#policy = policy;
    this.#slots = slots;
    this.#receiver = receiver;
    this.#limits = bounded(limits);
  }

  get limits(): ValueLimits {
    return this.#limits;
  }

  set limits(limits: ValueLimits) {
    this.#limits = bounded(limits);
  }

  /** Acts on the frame that `reader` is set to. Throws `ProtocolError` for what no peer of ours would send. */
  decode(reader: ByteReader, handles: readonly unknown[] | undefined): void {
    const outer = this.lives;
    try {
      this.#decode(reader, handles);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      this.#undecodable(reader.bytes, reader.start, error.reason);
    } finally {
      // Not held beyond the message that brought them, or nobody could let go of them until the next one comes.
      this.lives = outer;
    }
  }

  #decode(reader: ByteReader, handles: readonly unknown[] | undefined): void {
    // Whoever set the reader has seen to it that there is a header.
    const { bytes, start } = reader;
    const id = idAt(bytes, start);
    const kind = bytes[start + 8]!;
    const flags = bytes[start + 9]!;
    const aux = bytes[start + 10]! | (bytes[start + 11]! << 8);
    reader.position = start + HEADER_SIZE;
    if ((flags & Flag.slots) === 0) {
      this.lives = NONE;
    } else {
      const what = kind === Kind.result || kind === Kind.failure ? "answer" : kind === Kind.item ? "item" : "other";
      this.#slots.reviving(what, id, (flags & Flag.first) !== 0);
      this.lives = this.#readSlots(reader, start, handles);
    }
    const receiver = this.#receiver;
    if (kind >= Kind.call) {
      this.#call(reader, id, kind, flags, aux);
      return;
    }
    const first = (flags & Flag.first) !== 0;
    switch (kind) {
      case Kind.result:
        return receiver.result(id, this.#value(reader));
      case Kind.failure:
        return receiver.failure(id, this.#value(reader));
      case Kind.item:
        return receiver.item(id, first, this.#value(reader));
      case Kind.credit: {
        const items = reader.u32();
        const bytes = reader.u32();
        const hasValue = (flags & Flag.second) !== 0;
        return receiver.credit(id, first, items, bytes, hasValue ? this.#value(reader) : undefined, hasValue);
      }
      case Kind.end:
        return receiver.end(id, first, this.#value(reader));
      case Kind.fail:
        return receiver.fail(id, first, this.#value(reader));
      case Kind.cancel:
        return receiver.cancel(id, first, (flags & Flag.second) !== 0, this.#value(reader));
      case Kind.release:
        return receiver.release(id, reader.u32());
      case Kind.acknowledge:
        return receiver.acknowledge(reader.f64(), id);
      case Kind.abort:
        return receiver.abort(id, this.#value(reader));
      case Kind.forget:
        return receiver.forget(id);
      case Kind.settle:
        return receiver.settle(id, first, this.#value(reader));
      case Kind.fire:
        return receiver.fire(id, this.#value(reader));
      case Kind.never:
        return receiver.never(id);
      case Kind.name:
        return this.#name(id, reader);
      case Kind.hello:
        return receiver.hello(checkHello(this.#value(reader)));
      case Kind.auth:
        return receiver.auth(this.#value(reader));
      case Kind.goAway:
        return receiver.goAway(this.#value(reader));
      case Kind.bye:
        return receiver.bye(this.#value(reader));
      case Kind.ping:
        return receiver.ping(id);
      case Kind.pong:
        return receiver.pong(id, reader.f64());
      default:
        throw new ProtocolError(`A frame of unknown kind ${kind} (${reader.end - start} bytes)`);
    }
  }

  /** A user's codec threw at what was sent: whoever waits for the message hears of it, and the connection goes on. */
  #undecodable(bytes: Uint8Array, start: number, reason: unknown): void {
    const receiver = this.#receiver;
    const id = idAt(bytes, start);
    const first = (bytes[start + 9]! & Flag.first) !== 0;
    switch (bytes[start + 8]) {
      case Kind.result:
      case Kind.failure:
        return receiver.failure(id, reason);
      case Kind.settle:
        return receiver.settle(id, true, reason);
      case Kind.abort:
        return receiver.abort(id, reason);
      case Kind.fire:
        return receiver.fire(id, reason);
      case Kind.end:
      case Kind.fail:
        return receiver.fail(id, first, reason);
      default:
        throw new ProtocolError("A class codec of this side threw at what was sent", { cause: reason });
    }
  }

  /** Only arguments wait for what they will be. */
  #value(reader: ByteReader): unknown {
    return decodeValue(reader, this.#policy, this.#limits, withPromises(this.lives));
  }

  #call(reader: ByteReader, id: number, kind: number, flags: number, aux: number): void {
    const op = OPS[kind - Kind.call];
    if (op === undefined) throw new ProtocolError(`A call of unknown kind ${kind}`);
    const target = (flags & Flag.target) === 0 ? 0 : reader.u32();
    const path = aux === 0 ? { names: readNames(reader), interned: 0 } : this.#paths[aux];
    if (path === undefined) throw new ProtocolError(`A call names member number ${aux}, which was never introduced`);
    const headers = (flags & Flag.headers) === 0 ? undefined : checkHeaders(this.#value(reader));
    const depth = reader.u8();
    const count = reader.count();
    const args = count === 0 && this.lives === NONE ? NONE : this.#arguments(reader, count);
    this.#receiver.call(
      id,
      op,
      (flags & Flag.targetIsResult) === 0 ? "reference" : "result",
      target,
      path,
      flags & CALL_FLAGS,
      headers,
      depth,
      args,
    );
  }

  #arguments(reader: ByteReader, count: number): readonly unknown[] | DeferredArguments {
    const { lives } = this;
    const limits = this.#limits;
    if (lives !== NONE && lives.some(isDeferred)) return this.#later(reader, count, lives);
    try {
      return decodeArguments(reader, count, this.#policy, limits, lives);
    } catch (error) {
      if (error instanceof Undecodable) return new DeferredArguments(Promise.reject(error.reason));
      throw error;
    }
  }

  /** Arguments that contain what other calls will answer are decoded when those have. */
  #later(reader: ByteReader, count: number, lives: readonly unknown[]): DeferredArguments {
    const limits = this.#limits;
    const later = new ByteReader();
    later.reset(Uint8Array.from(reader.bytes.subarray(reader.start, reader.end)), 0, reader.end - reader.start, true);
    later.position = reader.position - reader.start;
    const ready = Promise.all(lives.filter(isDeferred).map(({ promise }) => promise)).then((values) => {
      let next = 0;
      const revived = lives.map((live) => (isDeferred(live) ? values[next++] : live));
      try {
        return decodeArguments(later, count, this.#policy, limits, revived);
      } catch (error) {
        throw error instanceof Undecodable ? error.reason : error;
      }
    });
    return new DeferredArguments(ready);
  }

  #name(number: number, reader: ByteReader): void {
    if (number === 0 || number >= MAX_NAMES || this.#paths[number] !== undefined)
      throw new ProtocolError(`Member number ${number} cannot be introduced`);
    const names = readNames(reader);
    for (const name of names) this.#namesSize += name.length;
    if (this.#namesSize > MAX_NAMES_SIZE) throw new ProtocolError("Too many names were introduced");
    this.#paths[number] = { names, interned: number };
  }

  #readSlots(reader: ByteReader, start: number, handles: readonly unknown[] | undefined): unknown[] {
    const body = reader.position;
    if (reader.end - start < HEADER_SIZE + 8) throw new ProtocolError("A frame is too short for its slots");
    reader.position = reader.end - 4;
    const at = reader.u32();
    reader.position = start + at;
    if (at < HEADER_SIZE || reader.position < body) throw new ProtocolError("A frame's slots lie outside of it");
    const lives = this.#readTable(reader, handles, 0);
    reader.position = body;
    return lives;
  }

  #readTable(reader: ByteReader, handles: readonly unknown[] | undefined, depth: number): unknown[] {
    if (depth > MAX_SLOT_DEPTH) throw new ProtocolError("Slots are nested too deeply");
    const count = reader.u32();
    // Each slot takes six bytes or more.
    if (count * 6 > reader.end - reader.position) throw new ProtocolError(`A frame claims ${count} slots and is too short for them`);
    const lives: unknown[] = [];
    for (let index = 0; index < count; index += 1) {
      const kind = reader.u8() as Slot["kind"];
      if (!KNOWN_SLOTS.has(kind)) throw new ProtocolError(`A slot of unknown kind ${kind}`);
      const id = reader.u32();
      const extra =
        kind === SlotKind.value || hasFired({ kind, id })
          ? this.#readNestedValue(reader, handles, depth + 1)
          : decodeValue(reader, this.#policy, this.#limits, NONE);
      lives.push(this.#slots.fromSlot({ kind, id, extra }, handles));
    }
    return lives;
  }

  #readNestedValue(reader: ByteReader, handles: readonly unknown[] | undefined, depth: number): unknown {
    const length = reader.u32();
    const slotsAt = reader.u32();
    const start = reader.position;
    const outerEnd = reader.end;
    if (length > outerEnd - start || slotsAt > length) throw new ProtocolError("A nested value is longer than its frame");
    reader.end = start + length;
    let lives: readonly unknown[] = NONE;
    if (slotsAt !== 0) {
      reader.position = start + slotsAt;
      lives = this.#readTable(reader, handles, depth);
      reader.position = start;
    }
    const value = decodeValue(reader, this.#policy, this.#limits, withPromises(lives));
    reader.end = outerEnd;
    reader.position = start + length;
    return value;
  }
}

function isDeferred(live: unknown): live is Deferred {
  return live instanceof Deferred;
}

function withPromises(lives: readonly unknown[]): readonly unknown[] {
  return lives === NONE ? lives : lives.map((live) => (isDeferred(live) ? live.promise : live));
}

function idAt(bytes: Uint8Array, start: number): number {
  return (bytes[start + 4]! | (bytes[start + 5]! << 8) | (bytes[start + 6]! << 16) | (bytes[start + 7]! << 24)) >>> 0;
}

function readNames(reader: ByteReader): string[] {
  const count = reader.u8();
  if (count > MAX_PATH_LENGTH) throw new ProtocolError(`A path of ${count} names`);
  const names: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = reader.string(Number.POSITIVE_INFINITY);
    if (name.length > MAX_NAME_LENGTH) throw new ProtocolError(`A name of ${name.length} characters`);
    names.push(name);
  }
  return names;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkHello(value: unknown): Hello {
  const limits = isRecord(value) ? value["limits"] : undefined;
  if (
    !isRecord(value) ||
    typeof value["version"] !== "number" ||
    typeof value["epoch"] !== "string" ||
    typeof value["handles"] !== "boolean" ||
    !isRecord(limits) ||
    !["text", "binary", "window"].every((name) => isCount(limits[name])) ||
    !["name", "challenge", "session"].every((name) => value[name] === undefined || typeof value[name] === "string")
  ) {
    throw new ProtocolError("The far side's hello cannot be understood; does it speak nearcall?");
  }
  return value as unknown as Hello;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function checkHeaders(value: unknown): CallHeaders {
  if (
    !isRecord(value) ||
    !(value["timeout"] === undefined || (typeof value["timeout"] === "number" && value["timeout"] >= 0)) ||
    !(value["meta"] === undefined || isRecord(value["meta"])) ||
    !(value["for"] === undefined || isCount(value["for"])) ||
    !(value["key"] === undefined || typeof value["key"] === "string")
  ) {
    throw new ProtocolError("A call's headers cannot be understood");
  }
  return value as CallHeaders;
}
