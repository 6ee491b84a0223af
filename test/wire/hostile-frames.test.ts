import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import type { ByteWriter } from "../../lib/wire/bytes.ts";
import { Flag, Kind } from "../../lib/wire/frame.ts";
import { Tag } from "../../lib/wire/tags.ts";
import { bytesOf } from "./hostile-bytes.ts";
import { encode } from "./round-trip.ts";
import { twoEnds } from "./two-ends.ts";

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
