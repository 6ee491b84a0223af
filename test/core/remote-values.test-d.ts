// What becomes of values of every shape on their way, and what cannot go.
import { describe, expectTypeOf, it } from "vitest";
import type * as marksModule from "../../lib/core/marks.ts";
import { proxy, type RemoteObject } from "../../lib/core/marks.ts";
import type { IsSame, RemoteValue } from "../../lib/core/remote-kinds.ts";
import type { Received, Remote } from "../../lib/core/remote.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Tree {
  value: number;
  children: Tree[];
  visit?: (node: Tree) => void;
}
type Shape = { kind: "circle"; radius: number } | { kind: "square"; side: number; onDone?: (area: number) => void };
type UserId = string & { readonly brand: "user" };

interface Row {
  id: number;
}

interface Api {
  json(value: Json): Json;
  tree(): Tree;
  plant(tree: Tree): void;
  draw(shape: Shape): Shape;
  user(id: UserId): UserId;
  object(value: object): object;
  record(values: Record<string, number>): Record<string, number>;
  bound(this: Row, value: number): number;
  lookup: { [name: string]: (n: number) => number };
  symbol(): symbol;
  takeSymbol(value: symbol): void;
  takeWeak(value: WeakMap<object, number>): void;
  nestedSymbol(value: { a: symbol }): void;
  weak(): { inside: WeakSet<object> };
}

declare const api: Remote<Api>;

describe("types of every shape", () => {
  it("survive when they are recursive", async () => {
    expectTypeOf(api.json({ a: [1, "b", null, { c: true }] })).resolves.toEqualTypeOf<Json>();
    const tree = await api.tree();
    expectTypeOf(tree.children[0]?.children[0]?.value).toEqualTypeOf<number | undefined>();
    void api.plant({ value: 1, children: [{ value: 2, children: [], visit: (node) => expectTypeOf(node.value).toEqualTypeOf<number>() }] });
    // @ts-expect-error wrong three levels down
    void api.plant({ value: 1, children: [{ value: 2, children: [{ value: "3", children: [] }] }] });
  });

  it("survive when they are unions, brands, records and plain objects", async () => {
    void api.draw({ kind: "square", side: 1, onDone: (area) => expectTypeOf(area).toEqualTypeOf<number>() });
    // @ts-expect-error a circle has a radius
    void api.draw({ kind: "circle", side: 1 });
    const shape = await api.draw({ kind: "circle", radius: 1 });
    if (shape.kind === "circle") expectTypeOf(shape.radius).toEqualTypeOf<number>();
    expectTypeOf(api.user("me" as UserId)).resolves.toEqualTypeOf<UserId>();
    // @ts-expect-error not every string is a user
    void api.user("me");
    expectTypeOf(api.object({ a: 1 })).resolves.toEqualTypeOf<object>();
    // @ts-expect-error a number is no object
    void api.object(5);
    expectTypeOf(api.record({ a: 1 })).resolves.toEqualTypeOf<Record<string, number>>();
    expectTypeOf(api.bound(1)).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.lookup["twice"]!(2)).resolves.toEqualTypeOf<number>();
  });

  it("can be handled by generic code", () => {
    const hold = <T>(_remote: RemoteValue<T>): T | undefined => undefined;
    expectTypeOf<IsSame<NonNullable<ReturnType<typeof hold<Api>>>, Api>>().toEqualTypeOf<true>();
    const held: Api | undefined = hold(api);
    void held;
  });
});

describe("what cannot be sent", () => {
  it("is an error that says so", () => {
    expectTypeOf(api.symbol()).resolves.toEqualTypeOf<"nearcall: a symbol cannot be sent">();
    expectTypeOf(api.weak()).resolves.toEqualTypeOf<{
      inside: "nearcall: a WeakSet cannot be sent; mark it with proxy() to pass it by reference";
    }>();
    expectTypeOf(api.takeSymbol).parameter(0).toEqualTypeOf<"nearcall: a symbol cannot be sent">();
    // @ts-expect-error a symbol
    void api.takeSymbol(Symbol.iterator);
    // @ts-expect-error a WeakMap
    void api.takeWeak(new WeakMap());
    // @ts-expect-error a symbol below the top
    void api.nestedSymbol({ a: Symbol.iterator });
  });
});

describe("modules", () => {
  it("are remotes of what they export", () => {
    const marks = undefined as unknown as Remote<typeof marksModule>;
    expectTypeOf(marks.RemoteObject).toExtend<new () => Promise<Remote<RemoteObject>>>();
    expectTypeOf(marks.isMarked({})).resolves.toEqualTypeOf<boolean>();
  });

  it("may be a single function", () => {
    const double = undefined as unknown as Remote<(n: number) => number>;
    expectTypeOf(double(2)).resolves.toEqualTypeOf<number>();
  });
});

describe("proxy()", () => {
  it("keeps the type and marks it", () => {
    const marked = proxy({ hit: (n: number) => n });
    expectTypeOf<Received<typeof marked>>().toExtend<{ hit(n: number): Promise<number> }>();
    expectTypeOf<Received<{ hit: number }>>().toEqualTypeOf<{ hit: number }>();
    expectTypeOf<Received<readonly [string, ...number[]]>>().toEqualTypeOf<readonly [string, ...number[]]>();
    expectTypeOf<Received<readonly Json[]>>().toEqualTypeOf<readonly Json[]>();
  });
});
