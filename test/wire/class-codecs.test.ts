import { describe, expect, it } from "vitest";
import type { DeferredArguments } from "../../lib/core/deferred.ts";
import { decode, encode, policyWith, roundTrip } from "./round-trip.ts";
import { difference } from "./same.ts";
import { shared } from "./samples.ts";
import { add, argsOf, call, type EndsOptions, twoEnds } from "./two-ends.ts";

describe("registered classes", () => {
  class Point {
    readonly x: number;
    readonly y: unknown;
    constructor(x: number, y: unknown) {
      this.x = x;
      this.y = y;
    }
  }
  class NamedPoint extends Point {
    name = "";
  }
  class Failure extends Error {
    readonly detail: unknown;
    constructor(message: string, detail: unknown) {
      super(message);
      this.detail = detail;
    }
  }
  class Bytes extends Uint8Array {}
  const policy = policyWith([
    {
      name: "named",
      Class: NamedPoint,
      encode: (p) => ({ x: (p as NamedPoint).x, name: (p as NamedPoint).name }),
      decode: (data) => Object.assign(new NamedPoint((data as NamedPoint).x, 0), { name: (data as NamedPoint).name }),
    },
    {
      name: "point",
      Class: Point,
      encode: (p) => [(p as Point).x, (p as Point).y],
      decode: (data) => new Point(...(data as [number, unknown])),
    },
    {
      name: "failure",
      Class: Failure,
      encode: (f) => [(f as Failure).message, (f as Failure).detail],
      decode: (data) => new Failure(...(data as [string, unknown])),
    },
    { name: "bytes", Class: Bytes, encode: (b) => new Uint8Array(b as Bytes), decode: (data) => Bytes.from(data as Uint8Array) },
  ]);

  it("cross at any depth, class and all", () => {
    const value = { list: [new Point(1, new Point(2, new Set([new Point(3, null)])))] };
    expect(difference(roundTrip(value, policy), value)).toBeUndefined();
  });

  it("are found before their bases", () => {
    const copy = roundTrip([Object.assign(new NamedPoint(1, 2), { name: "n" })], policy) as [NamedPoint];
    expect(copy[0]).toBeInstanceOf(NamedPoint);
    expect(copy[0].name).toBe("n");
  });

  it("may be errors and bytes", () => {
    const [failure, bytes] = roundTrip([new Failure("m", { code: 1 }), Bytes.of(1, 2)], policy) as [Failure, Bytes];
    expect(failure).toBeInstanceOf(Failure);
    expect(failure.detail).toEqual({ code: 1 });
    expect(bytes).toBeInstanceOf(Bytes);
    expect(roundTrip(Bytes.of(3), policy)).toBeInstanceOf(Bytes);
    expect([...bytes]).toEqual([1, 2]);
  });

  it("keep what they share", () => {
    const point = new Point(1, shared);
    const value = [point, point, { shared }];
    expect(difference(roundTrip(value, policy), value)).toBeUndefined();
  });

  it("that contain themselves are refused", () => {
    const point = new Point(1, []);
    (point.y as unknown[]).push(point);
    expect(() => encode({ point }, policy)).toThrow(/contains itself/);
  });

  it("that this side does not know are shown as what they are", () => {
    const encoded = encode({ p: new Point(1, "y") }, policy);
    expect(decode(encoded)).toEqual({ p: { unknownClass: "point", data: [1, "y"] } });
  });
});

describe("the codec of a class that throws at what arrives", () => {
  class Strict {
    readonly n: number;
    constructor(n: number) {
      this.n = n;
    }
  }
  const refusal = new Error("not this one");
  const strict = {
    name: "strict",
    Class: Strict,
    encode: (value: object) => (value as Strict).n,
    decode: () => {
      throw refusal;
    },
  };
  const options: EndsOptions = { policy: policyWith([strict]) };

  it("makes its call fail, not the connection", async () => {
    const ends = twoEnds(options);
    call(ends, add, [1, new Strict(2)]);
    call(ends, add, [3]);
    const [first, second] = ends.cross();
    await expect((argsOf(first) as DeferredArguments).ready).rejects.toBe(refusal);
    expect(argsOf(second)).toEqual([3]);
  });

  it("makes a result a failure", () => {
    const ends = twoEnds(options);
    ends.out.result(4, [new Strict(2)]);
    ends.out.settle(5, false, new Strict(2));
    ends.out.abort(6, new Strict(2));
    ends.out.fire(7, new Strict(2));
    ends.out.end(8, true, new Strict(2));
    expect(ends.cross()).toEqual([
      ["failure", 4, refusal],
      ["settle", 5, true, refusal],
      ["abort", 6, refusal],
      ["fire", 7, refusal],
      ["fail", 8, true, refusal],
    ]);
  });
});
