// Messages on their way out: each method appends one frame to the batch. The batch is one growing
// buffer; a frame is written straight into it and rolled back if anything in it cannot be sent.
import type { Outgoing, SlotTable } from "../core/codec.ts";
import type { CallHeaders, CallOp, Hello, MemberPath, Parcel, Slot, TargetKind } from "../core/messages.ts";
import { CallFlag, hasFired, SlotKind } from "../core/messages.ts";
import { UnserializableError } from "../core/errors.ts";
import type { PassingPolicy, ValueLimits } from "../core/values.ts";
import { ByteWriter } from "./bytes.ts";
import { withPath } from "./find-path.ts";
import { Flag, Kind, MAX_SLOT_DEPTH, OPS } from "./frame.ts";
import { checkSize, pad, writeHeader, writeNames, writeParcel } from "./frame-parts.ts";
import { bounded } from "./limits.ts";
import { MemberNumbers } from "./member-numbers.ts";
import { encodeArguments, encodeValue } from "./values.ts";

/** Most connections say little. */
const FIRST_SIZE = 1024;
const OP_NUMBERS = Object.fromEntries(OPS.map((op, number) => [op, number])) as Record<CallOp, number>;
/** A batch buffer that grew beyond this is not kept. */
const KEPT_SIZE = 256 * 1024;

/** Slots that a frame has so far, what each stands for, and how deep the table lies that is being written. */
interface SlotsMade {
  readonly made: Slot[];
  readonly owners: object[];
  readonly depth: number;
}

export class Encoder implements Outgoing {
  readonly handles: object[] = [];
  lastCallAt = 0;
  nextCallId: () => number = () => 0;

  readonly #policy: PassingPolicy;
  readonly #slots: SlotTable;
  #batch = new ByteWriter(FIRST_SIZE);
  /** The frame under way is written here: the batch, or a buffer of its own while another is under way. */
  #writer: ByteWriter = this.#batch;
  #encoding = false;
  #limits: ValueLimits = this.#batch.limits;
  /** Frames that were made while another one was under way (by a getter); they go before it. */
  #earlier: Uint8Array[] = [];
  #lives: object[] = [];
  /** Parcels are written here, unless one is under way. */
  #parcels: ByteWriter | undefined;
  readonly #numbers = new MemberNumbers();

  constructor(policy: PassingPolicy, slots: SlotTable) {
    this.#policy = policy;
    this.#slots = slots;
  }

  get length(): number {
    return this.#batch.length;
  }

  get limits(): ValueLimits {
    return this.#limits;
  }

  set limits(limits: ValueLimits) {
    this.#limits = bounded(limits);
    this.#batch.limits = this.#limits;
    if (this.#parcels !== undefined) this.#parcels.limits = this.#limits;
  }

  get encoding(): boolean {
    return this.#encoding;
  }

  take(give: boolean): Uint8Array {
    const batch = this.#batch;
    if (give || batch.buffer.length > KEPT_SIZE) return batch.detach();
    const bytes = batch.buffer.subarray(0, batch.length);
    batch.truncate(0);
    return bytes;
  }

  parcel(args: readonly unknown[]): Parcel {
    const writer = this.#parcels ?? this.#writerOf(256);
    // A getter may ask for another one.
    this.#parcels = undefined;
    const lives: object[] = [];
    try {
      encodeArguments(writer, args, this.#policy, lives);
      checkSize(writer, 0, 0, "args");
      const { binary, nodes, length } = writer;
      // Never handed over, only copied into a frame: so it may lie in memory that it shares with others.
      const bytes = Buffer.allocUnsafe(length);
      writer.buffer.copy(bytes, 0, 0, length);
      return { bytes, count: args.length, lives, binary, nodes };
    } finally {
      writer.truncate(0);
      this.#parcels = writer;
    }
  }

  markKept(at: number): void {
    const { buffer } = this.#batch;
    buffer[at + 9] = (buffer[at + 9] ?? 0) | CallFlag.keep;
  }

  call(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    args: readonly unknown[],
  ): void {
    this.#call(id, op, kind, target, path, flags, headers, depth, args, undefined);
  }

  callParcel(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    parcel: Parcel,
  ): void {
    this.#call(id, op, kind, target, path, flags, headers, depth, undefined, parcel);
  }

  #call(
    id: number,
    op: CallOp,
    kind: TargetKind,
    target: number,
    path: MemberPath,
    flags: number,
    headers: CallHeaders | undefined,
    depth: number,
    args: readonly unknown[] | undefined,
    parcel: Parcel | undefined,
  ): void {
    const member = this.#numberOf(path);
    if (target !== 0 || kind === "result") flags |= kind === "result" ? Flag.target | Flag.targetIsResult : Flag.target;
    if (headers !== undefined) flags |= Flag.headers;
    const start = this.#begin(Kind.call + OP_NUMBERS[op], id, flags, member);
    const writer = this.#writer;
    const lives = this.#lives;
    const { binary } = writer;
    let slots = 0;
    try {
      if ((flags & Flag.target) !== 0) writer.u32(target);
      if (member === 0) writeNames(writer, path.names);
      // The bytes of a parcel count its live values from 0.
      if (parcel !== undefined) for (const live of parcel.lives) lives.push(live);
      if (headers !== undefined) encodeValue(writer, headers, "options", this.#policy, lives);
      writer.u8(Math.min(depth, 255));
      if (parcel === undefined) {
        writer.count(args!.length);
        encodeArguments(writer, args!, this.#policy, lives);
      } else {
        writer.count(parcel.count);
        writeParcel(writer, parcel);
      }
      checkSize(writer, start, binary, "args");
      slots = lives.length === 0 ? 0 : this.#writeSlots(writer, start, lives, args, "args");
      // Only now: a call that a getter made has taken its number before us, and its frame goes first.
      if (id === 0 && (flags & CallFlag.oneWay) === 0) writer.setU32(start + 4, this.nextCallId());
    } catch (error) {
      this.#rollback(start, binary);
      throw error;
    }
    this.lastCallAt = this.#end(start, slots);
  }

  hello(hello: Hello): void {
    this.#value(Kind.hello, 0, 0, hello, "hello");
  }

  auth(data: unknown): void {
    this.#value(Kind.auth, 0, 0, data, "auth");
  }

  goAway(data: unknown): void {
    this.#value(Kind.goAway, 0, 0, data, "reason");
  }

  bye(error: unknown): void {
    this.#value(Kind.bye, 0, 0, error, "reason");
  }

  acknowledge(bytes: number, calls: number): void {
    const start = this.#begin(Kind.acknowledge, calls, 0, 0);
    this.#writer.f64(bytes);
    this.#end(start, 0);
  }

  ping(id: number): void {
    this.#end(this.#begin(Kind.ping, id, 0, 0), 0);
  }

  pong(id: number, lag: number): void {
    const start = this.#begin(Kind.pong, id, 0, 0);
    this.#writer.f64(lag);
    this.#end(start, 0);
  }

  result(id: number, value: unknown): void {
    this.#value(Kind.result, id, 0, value, "result");
  }

  failure(id: number, thrown: unknown): void {
    this.#value(Kind.failure, id, 0, thrown, "error");
  }

  abort(id: number, reason: unknown): void {
    this.#value(Kind.abort, id, 0, reason, "reason");
  }

  forget(id: number): void {
    this.#end(this.#begin(Kind.forget, id, 0, 0), 0);
  }

  release(id: number, count: number): void {
    const start = this.#begin(Kind.release, id, 0, 0);
    this.#writer.u32(count);
    this.#end(start, 0);
  }

  settle(id: number, rejected: boolean, value: unknown): void {
    this.#value(Kind.settle, id, rejected ? Flag.first : 0, value, rejected ? "error" : "result");
  }

  fire(id: number, reason: unknown): void {
    this.#value(Kind.fire, id, 0, reason, "reason");
  }

  never(id: number): void {
    this.#end(this.#begin(Kind.never, id, 0, 0), 0);
  }

  item(id: number, mine: boolean, value: unknown): void {
    this.#value(Kind.item, id, mine ? Flag.first : 0, value, "item");
  }

  end(id: number, mine: boolean, value: unknown): void {
    this.#value(Kind.end, id, mine ? Flag.first : 0, value, "result");
  }

  fail(id: number, mine: boolean, reason: unknown): void {
    this.#value(Kind.fail, id, mine ? Flag.first : 0, reason, "error");
  }

  credit(id: number, mine: boolean, items: number, bytes: number, value: unknown, hasValue: boolean): void {
    const start = this.#begin(Kind.credit, id, (mine ? Flag.first : 0) | (hasValue ? Flag.second : 0), 0);
    this.#writer.u32(items);
    this.#writer.u32(bytes);
    this.#body(start, value, "value", hasValue);
  }

  cancel(id: number, mine: boolean, thrown: boolean, value: unknown): void {
    this.#value(Kind.cancel, id, (mine ? Flag.first : 0) | (thrown ? Flag.second : 0), value, "reason");
  }

  /** A frame whose body is one value. */
  #value(kind: number, id: number, flags: number, value: unknown, root: string): void {
    this.#body(this.#begin(kind, id, flags, 0), value, root, true);
  }

  #body(start: number, value: unknown, root: string, present: boolean): void {
    const writer = this.#writer;
    const lives = this.#lives;
    const { binary } = writer;
    let slots = 0;
    try {
      if (present) encodeValue(writer, value, root, this.#policy, lives);
      checkSize(writer, start, binary, root);
      if (lives.length !== 0) slots = this.#writeSlots(writer, start, lives, value, root);
    } catch (error) {
      this.#rollback(start, binary);
      throw error;
    }
    this.#end(start, slots);
  }

  #begin(kind: number, id: number, flags: number, aux: number): number {
    if (this.#encoding) return this.#beginNested(kind, id, flags, aux);
    this.#encoding = true;
    return writeHeader(this.#writer, kind, id, flags, aux);
  }

  /**
   * A getter that is being read for an outer frame makes a call: the rest of the outer frame's state
   * is put aside until the inner frame has ended.
   */
  #outer: { writer: ByteWriter; lives: object[] }[] = [];

  #beginNested(kind: number, id: number, flags: number, aux: number): number {
    this.#outer.push({ writer: this.#writer, lives: this.#lives });
    this.#writer = this.#writerOf(256);
    this.#lives = [];
    return writeHeader(this.#writer, kind, id, flags, aux);
  }

  #writerOf(size: number): ByteWriter {
    const writer = new ByteWriter(size);
    writer.limits = this.#limits;
    return writer;
  }

  #leaveNested(): boolean {
    const outer = this.#outer.pop();
    if (outer === undefined) return false;
    this.#writer = outer.writer;
    this.#lives = outer.lives;
    return true;
  }

  /** Ends the frame; answers where it begins in the batch. */
  #end(start: number, slotsAt: number): number {
    const writer = this.#writer;
    if (slotsAt !== 0) {
      pad(writer, 4);
      writer.u32(slotsAt);
      const flagsAt = start + 9;
      writer.buffer[flagsAt] = (writer.buffer[flagsAt] ?? 0) | Flag.slots;
    } else if ((writer.length & 7) !== 0) {
      pad(writer, 0);
    }
    writer.setU32(start, writer.length - start);
    if (this.#lives.length !== 0) this.#lives = [];
    if (this.#leaveNested()) {
      this.#earlier.push(writer.detach());
      return -1;
    }
    this.#slots.messageDone();
    this.#encoding = false;
    return this.#earlier.length === 0 ? start : this.#insertEarlier(start);
  }

  #rollback(start: number, binary: number): void {
    this.#lives = [];
    if (this.#leaveNested()) return;
    this.#slots.messageDone();
    this.#encoding = false;
    this.#writer.length = start;
    this.#writer.binary = binary;
    if (this.#earlier.length !== 0) this.#insertEarlier(start);
  }

  /** Frames made while the one at `start` was under way go before it. */
  #insertEarlier(start: number): number {
    const writer = this.#batch;
    const frame = Buffer.from(writer.buffer.subarray(start, writer.length));
    writer.truncate(start);
    for (const bytes of this.#earlier) writer.bytes(bytes);
    this.#earlier = [];
    const moved = writer.length;
    writer.bytes(frame);
    return moved;
  }

  /** Turns the frame's live values into slots; answers where the table begins, counted from `start`. */
  #writeSlots(writer: ByteWriter, start: number, lives: readonly object[], value: unknown, root: string): number {
    const made: Slot[] = [];
    const owners: object[] = [];
    const handlesBefore = this.handles.length;
    try {
      return this.#writeTable(writer, start, lives, { made, owners, depth: 0 });
    } catch (error) {
      const refused = lives[Math.min(owners.length, lives.length - 1)];
      this.#takeBack({ made, owners, depth: 0 }, 0, handlesBefore);
      throw withPath(error, value, root, refused);
    }
  }

  #writeTable(writer: ByteWriter, start: number, lives: readonly object[], table: SlotsMade): number {
    const { made, owners } = table;
    const at = writer.length - start;
    writer.u32(lives.length);
    for (const live of lives) {
      const slot = this.#slots.toSlot(live, this.handles);
      made.push(slot);
      owners.push(live);
      writer.u8(slot.kind);
      writer.u32(slot.id);
      if (slot.kind === SlotKind.value) this.#writeNestedValue(writer, slot.extra, table);
      else if (hasFired(slot)) this.#writeReason(writer, slot.extra, table);
      else encodeValue(writer, slot.extra, "slot", this.#policy, []);
    }
    return at;
  }

  /** A value with live values of its own, for which a slot stands: length · where its slots begin · value · slot table. */
  #writeNestedValue(writer: ByteWriter, value: unknown, table: SlotsMade): void {
    if (table.depth === MAX_SLOT_DEPTH) throw new UnserializableError("It is nested too deeply", "");
    const inner = this.#writerOf(64);
    const lives: object[] = [];
    encodeValue(inner, value, "value", this.#policy, lives);
    const slotsAt = lives.length === 0 ? 0 : this.#writeTable(inner, 0, lives, { ...table, depth: table.depth + 1 });
    writer.u32(inner.length);
    writer.u32(slotsAt);
    writer.bytes(inner.buffer.subarray(0, inner.length));
  }

  /** Why a signal has fired; that it has crosses, even if the reason cannot. */
  #writeReason(writer: ByteWriter, reason: unknown, table: SlotsMade): void {
    const before = table.made.length;
    const handlesBefore = this.handles.length;
    try {
      this.#writeNestedValue(writer, reason, table);
    } catch {
      this.#takeBack(table, before, handlesBefore);
      this.#writeNestedValue(writer, undefined, { ...table, depth: 0 });
    }
  }

  /** Slots that were made from the number `from` on are not sent. */
  #takeBack({ made, owners }: SlotsMade, from: number, handles: number): void {
    this.handles.length = handles;
    for (let index = made.length - 1; index >= from; index -= 1) this.#slots.undoSlot(made[index]!, owners[index]!);
    made.length = from;
    owners.length = Math.min(owners.length, from);
  }

  /** The number of the path, made known to the far side first; 0 when it has none. */
  #numberOf(path: MemberPath): number {
    const known = this.#numbers.find(path);
    // While another frame is under way, no other can go before this one's.
    if (known !== 0 || this.#encoding) return known;
    const number = this.#numbers.add(path);
    if (number === 0) return 0;
    const start = this.#begin(Kind.name, number, 0, 0);
    writeNames(this.#writer, path.names);
    this.#end(start, 0);
    return number;
  }
}
