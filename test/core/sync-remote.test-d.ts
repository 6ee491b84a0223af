// What `SyncRemote<T>` offers and takes, and what it must not.
import type { EventEmitter } from "node:events";
import { describe, expectTypeOf, it } from "vitest";
import { type Marked, RemoteObject } from "../../lib/core/marks.ts";
import type { Remote } from "../../lib/core/remote.ts";
import type { SyncReceived, SyncRemote } from "../../lib/core/sync-remote.ts";

class File extends RemoteObject {
  async size(): Promise<number> {
    return 1;
  }
  get open(): boolean {
    return true;
  }
}

class Counter {
  static made = 0;
  #count = 0;
  add(by: number): this {
    this.#count += by;
    return this;
  }
  value(): number {
    return this.#count;
  }
}

interface TenWays {
  (a: 1): Promise<"one">;
  (a: 2): "two";
  (a: 3): "three";
  (a: 4): "four";
  (a: 5): "five";
  (a: 6): "six";
  (a: 7): "seven";
  (a: 8): "eight";
  (a: 9): "nine";
  (a: 10): Promise<"ten">;
}

declare class Watcher extends EventEmitter<{ change: [path: string] }> {
  depth(): Promise<number>;
}

interface Api {
  add(left: number, right: number): number;
  later(text: string): Promise<string>;
  limit: number;
  ready: Promise<number>;
  nested: { deep: { twice(n: number): Promise<number>; list: number[] } };
  rows(): AsyncGenerator<{ id: number }, string>;
  web(): ReadableStream<string>;
  open(path: string): Promise<File>;
  use(file: File): void;
  files(): Map<string, File>;
  train(progress: (done: number) => void | Promise<void>): Promise<void>;
  makeAdder(): (by: number) => Promise<number>;
  identity<T>(value: T): T;
  parse(text: string): number;
  parse(text: string, strict: true): Promise<Date>;
  ten: TenWays;
  listen(...args: ["open", port: number] | ["close"]): void;
  watcher: Marked<Watcher>;
  Counter: typeof Counter;
  marked: Marked<Counter>;
  symbol(): symbol;
  _private(): void;
  then(): void;
}

declare const api: SyncRemote<Api>;

describe("SyncRemote", () => {
  it("gives results where Remote gives promises", () => {
    expectTypeOf(api.add(1, 2)).toEqualTypeOf<number>();
    expectTypeOf(api.later("a")).toEqualTypeOf<string>();
    expectTypeOf(api.limit).toEqualTypeOf<number>();
    expectTypeOf(api.ready).toEqualTypeOf<number>();
    expectTypeOf(api.nested.deep.twice(2)).toEqualTypeOf<number>();
    expectTypeOf(api.nested.deep.list).toEqualTypeOf<number[]>();
    expectTypeOf<SyncReceived<Promise<Promise<1>>>>().toEqualTypeOf<1>();
  });

  it("iterates streams in place", () => {
    for (const row of api.rows()) expectTypeOf(row).toEqualTypeOf<{ id: number }>();
    for (const text of api.web()) expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(api.rows()).toExtend<Generator<{ id: number }, string>>();
    // @ts-expect-error not async any more
    expectTypeOf(api.rows()).toExtend<AsyncIterable<unknown>>();
  });

  it("gives references that block as well", () => {
    const file = api.open("a");
    expectTypeOf(file).toEqualTypeOf<SyncRemote<File>>();
    expectTypeOf(file.size()).toEqualTypeOf<number>();
    expectTypeOf(file.open).toEqualTypeOf<boolean>();
    expectTypeOf(api.files().get("a")).toEqualTypeOf<SyncRemote<File> | undefined>();
    expectTypeOf(api.makeAdder()(1)).toEqualTypeOf<number>();
    api.use(file);
    // @ts-expect-error another kind of reference
    api.use(new api.Counter());
  });

  it("constructs, and chains on the object itself", () => {
    const counter = new api.Counter();
    expectTypeOf(counter).toEqualTypeOf<SyncRemote<Counter>>();
    expectTypeOf(counter.add(1).add(2).value()).toEqualTypeOf<number>();
    expectTypeOf(api.marked.add(1).value()).toEqualTypeOf<number>();
    expectTypeOf(api.Counter.made).toEqualTypeOf<number>();
  });

  it("keeps generics and overloads", () => {
    expectTypeOf(api.identity(5 as const)).toEqualTypeOf<5>();
    expectTypeOf(api.parse("1")).toEqualTypeOf<number>();
    expectTypeOf(api.parse("1", true)).toEqualTypeOf<Date>();
    expectTypeOf(api.ten(1)).toEqualTypeOf<"one">();
    expectTypeOf(api.ten(10)).toEqualTypeOf<"ten">();
    // @ts-expect-error no overload takes it
    api.ten(11);
  });

  it("keeps what follows from a first argument", () => {
    expectTypeOf(api.listen("close")).toEqualTypeOf<void>();
    api.listen("open", 1);
    // @ts-expect-error the port is missing
    api.listen("open");
  });

  it("gives the listeners of a typed emitter what it declares", () => {
    const listened = api.watcher.on("change", (path) => expectTypeOf(path).toEqualTypeOf<string>());
    expectTypeOf(listened.depth()).toEqualTypeOf<number>();
    expectTypeOf(listened.once("change", () => {}).depth()).toEqualTypeOf<number>();
    // @ts-expect-error not reached from afar
    listened.emit("change", "");
    // @ts-expect-error no such event
    api.watcher.off("missing", () => {});
    // @ts-expect-error a path is a string
    api.watcher.once("change", (path: number) => void path);
  });

  it("checks arguments and takes callbacks, references of either kind included", () => {
    api.train((done) => expectTypeOf(done).toEqualTypeOf<number>());
    const file = undefined as unknown as Remote<File>;
    api.use(file);
    // @ts-expect-error a number is wanted
    api.add("1", 2);
    // @ts-expect-error the callback is given a number
    api.train((done: string) => void done);
    // @ts-expect-error begins with an underscore
    api._private();
    // @ts-expect-error never offered
    void api.then;
    // @ts-expect-error there is nothing to await
    void api.add(1, 2).then;
    expectTypeOf(api.symbol()).toEqualTypeOf<"nearcall: a symbol cannot be sent">();
  });
});
