import { stringify } from "devalue";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import type { ByteWriter } from "../../lib/wire/bytes.ts";
import { BinaryKind, Tag } from "../../lib/wire/tags.ts";
import { decodeArguments } from "../../lib/wire/values.ts";
import { bytesOf, read, shapeOf } from "./hostile-bytes.ts";
import { encode, LIMITS, plainPolicy, readerOf, thrownBy } from "./round-trip.ts";

describe("bytes that make no value", () => {
  const table: readonly [string, (writer: ByteWriter) => void][] = [
    ["nothing", () => {}],
    ["an unknown tag", (w) => w.u8(99)],
    ["a tag for arguments only", (w) => w.u8(Tag.tuple)],
    ["padding and nothing else", (w) => w.bytes(new Uint8Array(1000))],
    ["padding before a small number", (w) => w.bytes(Uint8Array.of(Tag.pad, Tag.small + 1))],
    ["an integer cut off", (w) => w.bytes(Uint8Array.of(Tag.int, 1, 2))],
    ["a double cut off", (w) => w.bytes(Uint8Array.of(Tag.double, 1, 2, 3, 4, 5, 6, 7))],
    ["a date cut off", (w) => w.bytes(Uint8Array.of(Tag.date, 1))],
    ["a bigint cut off", (w) => w.bytes(Uint8Array.of(Tag.bigint, 1, 2, 3, 4, 5))],
    ["a string cut off", (w) => w.bytes(Uint8Array.of(Tag.text, 5, 65))],
    ["a long string cut off", (w) => w.taggedU32(Tag.longText, 4_000_000_000)],
    ["a wide string cut off", (w) => w.taggedU32(Tag.wideText, 4_000_000_000)],
    [
      "a wide string with half a character",
      (w) => {
        w.taggedU32(Tag.wideText, 3);
        w.bytes(Uint8Array.of(65, 0, 66));
      },
    ],
    [
      "a bigint of no digits",
      (w) => {
        w.u8(Tag.bigintText);
        w.string("");
      },
    ],
    [
      "a bigint of other characters",
      (w) => {
        w.u8(Tag.bigintText);
        w.string("12 34");
      },
    ],
    [
      "a bigint with a prefix",
      (w) => {
        w.u8(Tag.bigintText);
        w.string("0x12");
      },
    ],
    [
      "a bigint that is a number",
      (w) => {
        w.u8(Tag.bigintText);
        w.u8(Tag.small + 1);
      },
    ],
    ["a live value that did not come", (w) => w.taggedU32(Tag.live, 0)],
    ["a live value that cannot be", (w) => w.taggedU32(Tag.live, 0xffff_ffff)],
    [
      "an array of more than there is",
      (w) => {
        w.u8(Tag.array);
        w.count(10);
        w.u8(Tag.null);
      },
    ],
    [
      "an array of four thousand million",
      (w) => {
        w.u8(Tag.array);
        w.taggedU32(255, 0xffff_ffff);
      },
    ],
    [
      "an object without its names",
      (w) => {
        w.u8(Tag.object);
        w.count(9);
      },
    ],
    [
      "an object with fewer names than it claims",
      (w) => {
        w.u8(Tag.object);
        w.count(3);
        w.bytes(Uint8Array.of(9, Tag.text, 0));
      },
    ],
    [
      "an object whose names are longer than they claim",
      (w) => {
        w.u8(Tag.object);
        w.count(4);
        w.bytes(Uint8Array.of(1, Tag.text, 5, 65, 65, 65, 65, 65, Tag.null));
      },
    ],
    [
      "an object whose names are shorter than they claim",
      (w) => {
        w.u8(Tag.object);
        w.count(9);
        w.bytes(Uint8Array.of(1, Tag.text, 1, 65, 0, 0, 0, 0, 0, Tag.null));
      },
    ],
    [
      "an object of empty names",
      (w) => {
        w.u8(Tag.object);
        w.count(0);
      },
    ],
    [
      "a name that is a number",
      (w) => {
        w.u8(Tag.object);
        w.count(2);
        w.bytes(Uint8Array.of(1, Tag.small, Tag.null));
      },
    ],
    [
      "an object with __proto__",
      (w) => {
        w.u8(Tag.object);
        shapeOf(w, "a", "__proto__");
        w.u8(Tag.null);
        w.u8(Tag.null);
      },
    ],
    [
      "an object without a prototype with __proto__",
      (w) => {
        w.u8(Tag.bareObject);
        shapeOf(w, "__proto__");
        w.u8(Tag.null);
      },
    ],
    [
      "a shape that was not introduced",
      (w) => {
        w.u8(Tag.sameShape);
        w.u8(0);
      },
    ],
    [
      "a shape of an object without a prototype",
      (w) => {
        w.u8(Tag.array);
        w.count(2);
        w.u8(Tag.bareObject);
        shapeOf(w, "a");
        w.u8(Tag.null);
        w.u8(Tag.sameShape);
        w.u8(0);
        w.u8(Tag.null);
      },
    ],
    ["a segment of an unknown kind", (w) => w.bytes(Uint8Array.of(Tag.binary, 99, 0, 0, 0, 0, 0))],
    ["a segment of half an element", (w) => w.bytes(Uint8Array.of(Tag.binary, BinaryKind.Float64Array, 0, 4, 0, 0, 0, 1, 2, 3, 4))],
    ["a segment with much padding", (w) => w.bytes(Uint8Array.of(Tag.binary, BinaryKind.Buffer, 200, 0, 0, 0, 0))],
    ["a segment of four thousand million bytes", (w) => w.bytes(Uint8Array.of(Tag.binary, BinaryKind.Buffer, 0, 255, 255, 255, 255))],
  ];

  it.each(table)("%s", (_name, write) => {
    expect(() => read(bytesOf(write))).toThrow(ProtocolError);
  });

  it("any value cut off at any byte", () => {
    const value = {
      n: [1, -1, 0.5, 10n, 2n ** 70n],
      s: ["", "short", "日本", "x".repeat(300)],
      b: new Float32Array(3),
      d: new Date(1),
      m: new Map([[1, new Set(["x".repeat(600)])]]),
    };
    const { bytes, lives } = encode(value);
    for (let length = 0; length < bytes.length; length += 1)
      expect([length, thrownBy(() => read(bytes.subarray(0, length), LIMITS, lives))]).toEqual([length, expect.any(ProtocolError)]);
  });

  it("arguments that are fewer or more than claimed", () => {
    const decode = (bytes: Uint8Array, count: number): unknown => decodeArguments(readerOf(bytes), count, plainPolicy, LIMITS, []);
    expect(() => decode(Uint8Array.of(Tag.null), 2)).toThrow(ProtocolError);
    expect(() => decode(Uint8Array.of(Tag.null), 0xffff_ffff)).toThrow(ProtocolError);
    const tuple = bytesOf((writer) => {
      writer.u8(Tag.tuple);
      writer.count(0);
      writer.string(stringify([0, [1, 2]]));
    });
    expect(decode(tuple, 2)).toEqual([1, 2]);
    expect(() => decode(tuple, 3)).toThrow(ProtocolError);
    const noList = bytesOf((writer) => {
      writer.u8(Tag.tuple);
      writer.count(0);
      writer.string(stringify([0, { length: 2 }]));
    });
    expect(() => decode(noList, 2)).toThrow(ProtocolError);
  });
});
