// What of a function with several ways to call it is kept when it is taken apart.
import { describe, expectTypeOf, it } from "vitest";
import type { Remote } from "../../lib/core/remote.ts";

interface TenWays {
  (a: 1): "one";
  (a: 2): "two";
  (a: 3): "three";
  (a: 4): "four";
  (a: 5): "five";
  (a: 6): "six";
  (a: 7): "seven";
  (a: 8): "eight";
  (a: 9): "nine";
  (a: 10): "ten";
}

interface Api {
  ten: TenWays;
  listen(...args: ["open", port: number] | ["close"]): void;
}

declare const api: Remote<Api>;

describe("methods with several signatures", () => {
  it("keep ten overloads", () => {
    expectTypeOf(api.ten(1)).resolves.toEqualTypeOf<"one">();
    expectTypeOf(api.ten(4)).resolves.toEqualTypeOf<"four">();
    expectTypeOf(api.ten(10)).resolves.toEqualTypeOf<"ten">();
    // @ts-expect-error no overload takes it
    void api.ten(11);
  });

  it("keep what follows from a first argument", () => {
    expectTypeOf(api.listen("close")).resolves.toEqualTypeOf<void>();
    void api.listen("open", 1);
    // @ts-expect-error the port is missing
    void api.listen("open");
    // @ts-expect-error nothing follows
    void api.listen("close", 1);
  });
});
