// What no peer of ours would send. All of it is a ProtocolError, none of it costs much, and nothing of it
// reaches anything but the value that it stands for.
import { stringify } from "devalue";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import type { ValueLimits } from "../../lib/core/values.ts";
import { ByteWriter } from "../../lib/wire/bytes.ts";
import { Flag, Kind } from "../../lib/wire/frame.ts";
import { BinaryKind, Tag } from "../../lib/wire/tags.ts";
import { decodeArguments, decodeValue } from "../../lib/wire/values.ts";
import { encode, LIMITS, plainPolicy, policyWith, readerOf } from "./round-trip.ts";
import { twoEnds } from "./two-ends.ts";

function bytesOf(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(16);
  write(writer);
  return writer.detach();
}

function read(bytes: Uint8Array, limits: ValueLimits = LIMITS, lives: readonly unknown[] = []): unknown {
  return decodeValue(readerOf(bytes), plainPolicy, limits, lives);
}

/** A value of devalue's text, as a peer would write it who knows no bounds. */
function rich(text: string, leaves: (writer: ByteWriter) => void = () => {}, count = 0): Uint8Array {
  return bytesOf((writer) => {
    writer.u8(Tag.rich);
    writer.count(count);
    leaves(writer);
    writer.string(text);
  });
}

/** Text of devalue for one special value of these parts. */
function special(...parts: unknown[]): string {
  return stringify([0, new Set([parts])], { S: (value: unknown) => value instanceof Set && [...(value as Set<unknown>)][0] });
}

const shapeOf = (writer: ByteWriter, ...keys: string[]): void => {
  const names = bytesOf((inner) => {
    inner.count(keys.length);
    for (const key of keys) inner.string(key);
  });
  writer.count(names.length);
  writer.bytes(names);
};

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
      expect(() => read(bytes.subarray(0, length), LIMITS, lives), String(length)).toThrow(ProtocolError);
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

describe("text of devalue", () => {
  const table: readonly [string, string][] = [
    ["that is none", "{"],
    ["that is empty", ""],
    ["that is a number", "5"],
    ["that is a string", '"x"'],
    ["without its parts", stringify([1])],
    ["with a part too many", stringify([0, 1, 2])],
    ["that names an entry that is not there", "[[-1,99]]"],
    ["that names itself", "[0]"],
    ["with __proto__", '[[-1,1],{"__proto__":2},5]'],
    ["with __proto__ and no prototype", '[[-1,1],["null","__proto__",2],5]'],
    ["with an unknown special", special("Z")],
    ["with a special of no kind", '[[-1,1],["S",2],[]]'],
    ["with a special that is an object", '[[-1,1],["S",2],{}]'],
    ["with a special that is itself", '[[-1,1],["S",1]]'],
    ["with a special inside of itself", '[[-1,1],["S",2],[3,4,1],"C","name"]'],
    ["with a special written another way", '[[-1,1],["S",["L",0]]]'],
    ["with a live value that did not come", special("L", 0)],
    ["with a leaf that did not come", special("B", 7)],
    ["with a leaf below the first", special("B", -1)],
    ["with a leaf between two", special("B", 0.5)],
    ["with an error of no parts", special("E")],
    ["with properties of no error", special("P", [[{}, { a: 1 }]])],
    ["with properties that are no list", special("P", 1)],
    ["with an error that has no properties", '[[1,5],["S",2],[3,4],"P",[6],0,[7],["S",8],[9,10,10,10,10],"E","Error"]'],
    ["with a bigint of decimal digits in devalue's way", stringify([0, 12n])],
    ["with a bigint of other digits", special("N", "xyz")],
    ["with an ArrayBuffer in base64", stringify([0, new ArrayBuffer(3)])],
    ["with a view in base64", stringify([0, new Uint8Array(3)])],
    ["with something that is looked up by its name", '[[-1,1],["Temporal.Instant","x"]]'],
    ["with a URL in devalue's way", stringify([0, new URL("http://example.org")])],
    ["with a URL that is none", special("U", "no url")],
    ["with a regular expression that is none", '[[-1,1],["RegExp","(",""]]'],
    ["with an array of length 2**32-1", "[[-1,1],[-7,4294967295]]"],
    ["with an array of length 10,000,000", "[[-1,1],[-7,10000000,0,2],5]"],
    ["with an array of length -1", "[[-1,1],[-7,-1]]"],
    ["with an array of a length that is text", '[[-1,1],[-7,"70000"]]'],
    ["nested as no text of devalue is", "[[[[]]]]"],
    ["nested a hundred thousand deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ];

  it.each(table)("%s", (_name, text) => {
    expect(() => read(rich(text))).toThrow(ProtocolError);
  });

  it("with a method then", () => {
    const text = '[[-1,1],{"then":2},["S",3],[4,5],"L",0]';
    expect(() => read(rich(text), LIMITS, [() => {}])).toThrow(ProtocolError);
    expect(() =>
      read(
        bytesOf((w) => {
          w.u8(Tag.object);
          shapeOf(w, "then");
          w.taggedU32(Tag.live, 0);
        }),
        LIMITS,
        [() => {}],
      ),
    ).toThrow(ProtocolError);
  });

  it("whose leaves are no leaves", () => {
    expect(() => read(rich(stringify([0, 1]), (w) => w.u8(Tag.null), 1))).toThrow(ProtocolError);
    expect(() =>
      read(
        rich(
          stringify([0, 1]),
          (w) => {
            w.u8(Tag.array);
            w.count(0);
          },
          1,
        ),
      ),
    ).toThrow(ProtocolError);
    expect(() => read(rich(stringify([0, 1]), () => {}, 0xffff_ffff))).toThrow(ProtocolError);
  });

  it("never makes an instance that this side did not register", () => {
    const text = special("C", "Function", "return 1");
    expect(read(rich(text))).toEqual({ unknownClass: "Function", data: "return 1" });
    const throwing = policyWith([{ name: "known", Class: Map, encode: () => 1, decode: (data) => new Map([["data", data]]) }]);
    expect(decodeValue(readerOf(rich(text.replace("Function", "known"))), throwing, LIMITS, [])).toEqual(new Map([["data", "return 1"]]));
  });

  it("of an error decides neither its prototype nor its methods", () => {
    const own = '{"constructor":6,"toString":6,"code":6,"remote":-1,"extra":6}';
    const text = `[[1,4],["S",2],[3,5],"P",["S",7],[9],"no",[8,10,11,12,13,14],"E",[4,15],"RpcError","Evil","m","s","ERR_X",${own}]`;
    const error = read(rich(text)) as Error & { extra: string; remote: boolean; code: string };
    expect(Object.getPrototypeOf(Object.getPrototypeOf(error))).toBe(Error.prototype);
    expect(error.remote).toBe(true);
    expect(error.code).toBe("ERR_X");
    expect(String(error)).toContain("m");
    expect(error.extra).toBe("no");
  });
});

describe("what a few bytes would cost", () => {
  const small: ValueLimits = { text: 10_000, binary: 100_000, depth: 50, nodes: 1000 };
  const many = (text: string, count: number): string => `[${Array(count).fill(text).join()}]`;
  const table: readonly [string, () => Uint8Array, RegExp][] = [
    ["text over the limit", () => encode("x".repeat(10_001)).bytes, /limits\.text/],
    ["wide text over the limit", () => encode("日".repeat(10_001)).bytes, /limits\.text/],
    ["strings over the limit in all", () => encode(Array.from({ length: 900 }, () => "x".repeat(20))).bytes, /limits\.text/],
    [
      "strings in a Map over the limit in all",
      () => encode(new Map(Array.from({ length: 30 }, (_, index) => [index, "x".repeat(600)]))).bytes,
      /limits\.text/,
    ],
    ["names over the limit", () => encode({ ["x".repeat(10_001)]: 1 }).bytes, /limits\.text/],
    ["digits over the limit", () => encode(1n << 50_000n).bytes, /limits\.text/],
    ["digits in a Map over the limit", () => encode(new Set([1n << 50_000n])).bytes, /limits\.text/],
    ["more members than are allowed", () => encode(Array(1000).fill(1)).bytes, /limits\.nodes/],
    ["more members in parts than are allowed", () => encode(Array.from({ length: 12 }, () => Array(100).fill(1))).bytes, /limits\.nodes/],
    ["more members in text than are allowed", () => rich(many("{}", 600)), /limits\.nodes/],
    [
      "more entries in a Map than are allowed",
      () => encode(new Map(Array.from({ length: 400 }, (_, index) => [index, index]))).bytes,
      /limits\.nodes/,
    ],
    ["deeper nesting than is allowed", () => nestedArray(51), /limits\.depth/],
    ["a million levels", () => nestedArray(1_000_000), /limits\.depth|limits\.text/],
    [
      "deeper nesting in text than is allowed",
      () => rich(`[[-1,1],${Array.from({ length: 300 }, (_, index) => `[${index + 2}]`).join()},0]`),
      /limits\.depth|limits\.nodes/,
    ],
  ];

  function nestedArray(levels: number): Uint8Array {
    const bytes = new Uint8Array(levels * 2 + 1);
    for (let level = 0; level < levels; level += 1) bytes.set([Tag.array, 1], level * 2);
    bytes[levels * 2] = Tag.null;
    return bytes;
  }

  it.each(table)("%s", (_name, make, message) => {
    const bytes = make();
    expect(() => read(bytes, small)).toThrow(ProtocolError);
    expect(() => read(bytes, small)).toThrow(message);
  });

  it("what is just within the limits is taken", () => {
    expect(read(encode("x".repeat(9_990)).bytes, small)).toHaveLength(9_990);
    expect(read(encode("日".repeat(9_990)).bytes, small)).toHaveLength(9_990);
    expect(read(encode(Array(999).fill(1)).bytes, small)).toHaveLength(999);
    expect(read(nestedArray(50), small)).toHaveLength(1);
    // Of binary only the whole frame is bounded.
    expect(read(encode(new Uint8Array(90_000)).bytes, small)).toHaveLength(90_000);
  });

  it.each([10_000, 100_000])("text of devalue that nests %i deep by numbers does not overflow the stack", (levels) => {
    const text = `[[-1,1],${Array.from({ length: levels }, (_, index) => `[${index + 2}]`).join()},0]`;
    expect(() => read(rich(text))).toThrow(/limits\.depth/);
  });

  it("heap while a megabyte of hostile text is refused stays within 32 times its size", () => {
    const limits = { ...LIMITS, text: 2 ** 20, nodes: 2_000_000 };
    const size = 2 ** 20 - 1000;
    const attacks: readonly (() => Uint8Array)[] = [
      () => rich(`[${"{},".repeat(size / 3 - 2)}{}]`),
      () => rich(`[${"[],".repeat(size / 3 - 2)}0]`),
      () => rich(`[[-1,1],["Map",${"0,".repeat(size / 2 - 20)}0]]`),
      () => {
        const bytes = new Uint8Array(size).fill(Tag.small);
        bytes.set([Tag.array, 255, size & 255, (size >> 8) & 255, size >> 16, 0]);
        return bytes;
      },
      () => {
        const bytes = new Uint8Array(size);
        bytes.set([Tag.array, 255, (size / 2) & 255, ((size / 2) >> 8) & 255, (size / 2) >> 16, 0]);
        for (let at = 6; at + 1 < size; at += 2) bytes[at] = Tag.array;
        return bytes;
      },
      () => {
        const bytes = new Uint8Array(size);
        bytes.set([Tag.array, 255, (size / 3) & 255, ((size / 3) >> 8) & 255, (size / 3) >> 16, 0]);
        for (let at = 6; at + 2 < size; at += 3) bytes.set([Tag.object, 1, 0], at);
        return bytes;
      },
    ];
    for (const attack of attacks) {
      const bytes = attack();
      globalThis.gc!();
      const before = process.memoryUsage().heapUsed;
      let value: unknown;
      try {
        value = read(bytes, limits);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20);
      void value;
    }
  });

  it("time for what takes quadratic time elsewhere", () => {
    const began = performance.now();
    expect(read(encode(1n << 4_000_000n).bytes)).toBe(1n << 4_000_000n);
    expect(() => read(rich(`[${'"\\\\'.repeat(300_000)}]`))).toThrow(ProtocolError);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

describe("frames that no encoder writes", () => {
  function frame(kind: number, body: (writer: ByteWriter) => void = () => {}, { id = 0, flags = 0, aux = 0 } = {}): Uint8Array {
    return bytesOf((writer) => {
      writer.u32(0);
      writer.u32(id);
      writer.u8(kind);
      writer.u8(flags);
      writer.u16(aux);
      body(writer);
      while (writer.length % 8 !== 0) writer.u8(0);
      writer.setU32(0, writer.length);
    });
  }
  const name = (writer: ByteWriter, ...names: string[]): void => {
    writer.u8(names.length);
    for (const one of names) writer.string(one);
  };
  const value = (sent: unknown) => (writer: ByteWriter) => writer.bytes(encode(sent).bytes);
  const slotsAt = (writer: ByteWriter, at: number): void => {
    while ((writer.length + 4) % 8 !== 0) writer.u8(0);
    writer.u32(at);
  };

  const table: readonly [string, Uint8Array][] = [
    ["an unknown kind", frame(30)],
    ["kind 0", frame(0)],
    ["a call of an unknown kind", frame(Kind.call + 20)],
    ["a call to a member that was not introduced", frame(Kind.call, undefined, { aux: 3 })],
    [
      "a call cut off",
      frame(Kind.call, (w) => {
        name(w, "a");
        w.u8(0);
        w.u8(9);
      }),
    ],
    ["a call with too many names", frame(Kind.call, (w) => name(w, ...Array<string>(65).fill("a")))],
    ["a call with too long a name", frame(Kind.call, (w) => name(w, "x".repeat(1025)))],
    [
      "a call whose headers are none",
      frame(
        Kind.call,
        (w) => {
          name(w, "a");
          value("headers")(w);
        },
        { flags: Flag.headers },
      ),
    ],
    [
      "a call whose timeout is text",
      frame(
        Kind.call,
        (w) => {
          name(w, "a");
          value({ timeout: "1" })(w);
        },
        { flags: Flag.headers },
      ),
    ],
    [
      "a call whose timeout is negative",
      frame(
        Kind.call,
        (w) => {
          name(w, "a");
          value({ timeout: -1 })(w);
        },
        { flags: Flag.headers },
      ),
    ],
    [
      "a call whose meta is a list",
      frame(
        Kind.call,
        (w) => {
          name(w, "a");
          value({ meta: [] })(w);
        },
        { flags: Flag.headers },
      ),
    ],
    ["member number 0", frame(Kind.name, (w) => name(w, "a"))],
    ["a member number too large", frame(Kind.name, (w) => name(w, "a"), { id: 4096 })],
    ["a hello that is none", frame(Kind.hello, value("hello"))],
    ["a hello without limits", frame(Kind.hello, value({ version: 1, epoch: "e", handles: true }))],
    [
      "a hello with a limit of 0",
      frame(Kind.hello, value({ version: 1, epoch: "e", handles: true, limits: { text: 0, binary: 1, window: 1 } })),
    ],
    [
      "a hello whose limits are endless",
      frame(Kind.hello, value({ version: 1, epoch: "e", handles: true, limits: { text: Infinity, binary: 1, window: 1 } })),
    ],
    ["a result without a value", frame(Kind.result, undefined, { id: 1 })],
    ["slots in a frame too short for them", frame(Kind.ping, undefined, { flags: Flag.slots })],
    [
      "slots that begin in the header",
      frame(
        Kind.result,
        (w) => {
          value(1)(w);
          slotsAt(w, 4);
        },
        { flags: Flag.slots },
      ),
    ],
    [
      "slots that begin behind the frame",
      frame(
        Kind.result,
        (w) => {
          value(1)(w);
          slotsAt(w, 4000);
        },
        { flags: Flag.slots },
      ),
    ],
    [
      "more slots than there is room for",
      frame(
        Kind.result,
        (w) => {
          value(1)(w);
          const at = w.length;
          w.u32(1_000_000);
          slotsAt(w, at);
        },
        { flags: Flag.slots },
      ),
    ],
    [
      "a slot of an unknown kind",
      frame(
        Kind.result,
        (w) => {
          value(1)(w);
          const at = w.length;
          w.u32(1);
          w.u8(77);
          w.u32(1);
          w.u8(Tag.undefined);
          slotsAt(w, at);
        },
        { flags: Flag.slots },
      ),
    ],
    [
      "a nested value longer than its frame",
      frame(
        Kind.result,
        (w) => {
          value(1)(w);
          const at = w.length;
          w.u32(1);
          w.u8(4);
          w.u32(0);
          w.u32(5000);
          w.u32(0);
          w.u32(0);
          slotsAt(w, at);
        },
        { flags: Flag.slots },
      ),
    ],
    [
      "a nested value whose slots are outside of it",
      frame(
        Kind.result,
        (w) => {
          value(1)(w);
          const at = w.length;
          w.u32(1);
          w.u8(4);
          w.u32(0);
          w.u32(4);
          w.u32(5);
          w.u32(0);
          slotsAt(w, at);
        },
        { flags: Flag.slots },
      ),
    ],
  ];

  it.each(table)("%s", (_name, bytes) => {
    const { incoming, told } = twoEnds();
    expect(() => incoming.receive(bytes, undefined, true)).toThrow(ProtocolError);
    expect(told).toEqual([]);
  });

  it("a member number that is introduced twice", () => {
    const { incoming } = twoEnds();
    const bytes = frame(Kind.name, (w) => name(w, "a"), { id: 1 });
    incoming.receive(bytes, undefined, true);
    expect(() => incoming.receive(bytes, undefined, true)).toThrow(ProtocolError);
  });

  it("more names than are kept", () => {
    const { incoming } = twoEnds();
    const introduce = (id: number): void =>
      incoming.receive(
        frame(Kind.name, (w) => name(w, "x".repeat(1000)), { id }),
        undefined,
        true,
      );
    for (let id = 1; id <= 65; id += 1) introduce(id);
    expect(() => introduce(66)).toThrow(/Too many names/);
  });

  it("nested values, nested without end", () => {
    const { incoming } = twoEnds();
    let inner = bytesOf((w) => w.u8(Tag.undefined));
    for (let level = 0; level < 40; level += 1) {
      const content = inner;
      inner = bytesOf((w) => {
        w.taggedU32(Tag.live, 0);
        const at = w.length;
        w.u32(1);
        w.u8(4);
        w.u32(0);
        w.u32(content.length);
        w.u32(level === 0 ? 0 : 5);
        w.bytes(content);
        void at;
      });
    }
    const bytes = frame(
      Kind.result,
      (w) => {
        w.bytes(inner);
        slotsAt(w, 12 + 5);
      },
      { flags: Flag.slots },
    );
    expect(() => incoming.receive(bytes, undefined, true)).toThrow(/nested too deeply/);
  });
});

it("nothing of all this has changed what every object has", () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});
