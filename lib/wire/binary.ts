// ArrayBuffers and views as segments of bytes: exactly the bytes that the view shows, aligned so that
// the far side can look at them where they arrived.
import { ProtocolError } from "../core/errors.ts";
import { isBuiltIn } from "./brands.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { BinaryKind, Tag } from "./tags.ts";

type ViewClass = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView;

interface ViewType {
  readonly kind: number;
  readonly View: ViewClass;
  /** Bytes of one element. */
  readonly size: number;
}

const VIEWS: readonly ViewType[] = [
  view(BinaryKind.Buffer, Uint8Array),
  view(BinaryKind.Int8Array, Int8Array),
  view(BinaryKind.Uint8Array, Uint8Array),
  view(BinaryKind.Uint8ClampedArray, Uint8ClampedArray),
  view(BinaryKind.Int16Array, Int16Array),
  view(BinaryKind.Uint16Array, Uint16Array),
  view(BinaryKind.Int32Array, Int32Array),
  view(BinaryKind.Uint32Array, Uint32Array),
  view(BinaryKind.Float32Array, Float32Array),
  view(BinaryKind.Float64Array, Float64Array),
  view(BinaryKind.BigInt64Array, BigInt64Array),
  view(BinaryKind.BigUint64Array, BigUint64Array),
  { kind: BinaryKind.DataView, View: DataView as ViewClass, size: 1 },
];

function view(kind: number, View: ViewClass & { readonly BYTES_PER_ELEMENT: number }): ViewType {
  return { kind, View, size: View.BYTES_PER_ELEMENT };
}

const byKind: readonly (ViewType | undefined)[] = Array.from({ length: 14 }, (_, kind) => VIEWS.find((type) => type.kind === kind));
const kindOfPrototype = new Map<unknown, number>([
  [Buffer.prototype, BinaryKind.Buffer],
  [ArrayBuffer.prototype, BinaryKind.ArrayBuffer],
  ...VIEWS.filter(({ kind }) => kind !== BinaryKind.Buffer).map(({ kind, View }) => [View.prototype, kind] as const),
]);

const bufferLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;
const viewName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)!.get!;

/** The kind of an ArrayBuffer or a view, -1 for everything else. Told by brand, so that other realms count. */
export function binaryKindOf(value: object, prototype: unknown): number {
  const known = kindOfPrototype.get(prototype);
  if (known === undefined) return isBinary(value) ? foreignKind(value, prototype as object) : -1;
  // What only inherits from a view's prototype is none.
  return isBinary(value) ? known : -1;
}

function isBinary(value: object): value is ArrayBufferView | ArrayBuffer {
  if (ArrayBuffer.isView(value)) return true;
  if (Object.prototype.toString.call(value) !== "[object ArrayBuffer]") return false;
  try {
    bufferLength.call(value);
    return true;
  } catch {
    return false;
  }
}

function foreignKind(value: ArrayBufferView | ArrayBuffer, prototype: object): number {
  const name = viewName.call(value) as keyof typeof BinaryKind | undefined;
  // All typed arrays have one more class above them.
  if (!isBuiltIn(name === undefined ? prototype : (Object.getPrototypeOf(prototype) as object))) return -1;
  return BinaryKind[name ?? (ArrayBuffer.isView(value) ? "DataView" : "ArrayBuffer")] ?? -1;
}

/** Tag, kind, padding and its length, size. */
const MAX_HEAD = 14;

/** Writes the bytes of `value`. Answers false, having written nothing, when its memory was moved away. */
export function writeBinary(writer: ByteWriter, value: ArrayBufferView | ArrayBuffer, kind: number): boolean {
  const bytes = bytesOf(value);
  if (bytes === undefined) return false;
  const size = bytes.byteLength;
  writer.ensure(size + MAX_HEAD);
  const padding = -(writer.length + 7) & 7;
  writer.u8(Tag.binary);
  writer.u8(kind);
  writer.u8(padding);
  writer.u32(size);
  for (let count = 0; count < padding; count += 1) writer.u8(0);
  writer.bytes(bytes);
  writer.binary += size;
  return true;
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array | undefined {
  if (value instanceof Uint8Array && value.byteLength !== 0) return value;
  try {
    return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
  } catch {
    // Only memory that was moved away refuses.
    return undefined;
  }
}

/** Reads what follows the tag. */
export function readBinary(reader: ByteReader): object {
  const kind = reader.u8();
  const padding = reader.u8();
  const size = reader.u32();
  if (padding > 7) throw new ProtocolError(`A segment with ${padding} bytes of padding`);
  reader.skip(padding);
  const at = reader.skip(size);
  reader.binary += size;
  const { bytes } = reader;
  if (kind === BinaryKind.ArrayBuffer) return copyTo(new Uint8Array(size), bytes, at).buffer;
  const type = byKind[kind];
  if (type === undefined || size % type.size !== 0) throw new ProtocolError(`A segment of unknown kind ${kind} or wrong size ${size}`);
  const offset = bytes.byteOffset + at;
  const mayKeep = reader.owned && size * 2 > bytes.buffer.byteLength && offset % type.size === 0;
  if (kind === BinaryKind.Buffer)
    return mayKeep ? Buffer.from(bytes.buffer, offset, size) : copyTo(Buffer.allocUnsafeSlow(size), bytes, at);
  if (mayKeep) return new type.View(bytes.buffer, offset, size / type.size);
  const copy = copyTo(new Uint8Array(size), bytes, at);
  return kind === BinaryKind.Uint8Array ? copy : new type.View(copy.buffer, 0, size / type.size);
}

/** Moves past what `readBinary` would read. */
export function skipBinary(reader: ByteReader): void {
  reader.u8();
  const padding = reader.u8();
  reader.skip(reader.u32() + padding);
}

/** Fills `copy` with the bytes from `at` on. */
function copyTo<Copy extends Uint8Array>(copy: Copy, bytes: Uint8Array, at: number): Copy {
  copy.set(bytes.subarray(at, at + copy.length));
  return copy;
}
