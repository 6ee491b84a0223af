import { stringify } from "devalue";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import { Tag } from "../../lib/wire/tags.ts";
import { decodeValue } from "../../lib/wire/values.ts";
import { bytesOf, read, rich, shapeOf, special } from "./hostile-bytes.ts";
import { LIMITS, policyWith, readerOf } from "./round-trip.ts";

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
