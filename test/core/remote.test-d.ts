// What `Remote<T>` offers and takes, and what it must not.
import type { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import { describe, expectTypeOf, it } from "vitest";
import { type Marked, RemoteObject } from "../../lib/core/marks.ts";
import type { IsSame, RemoteValue } from "../../lib/core/remote-kinds.ts";
import type { Received, Remote, RemotePromise } from "../../lib/core/remote.ts";

/** `any`, as untyped code gives it. */
type Loose = ReturnType<typeof JSON.parse>;

interface Row {
  id: number;
  tags: string[];
  at: Date;
}

class File extends RemoteObject {
  #handle = 1;
  readonly path: string = "";
  read(bytes: number): Uint8Array {
    return new Uint8Array(bytes + this.#handle);
  }
  async size(): Promise<number> {
    return 1;
  }
  get open(): boolean {
    return true;
  }
  parent(): File | undefined {
    return undefined;
  }
  inner(): File {
    return this;
  }
  _flush(): void {}
  [Symbol.dispose](): void {}
}

class Counter {
  #count: number;
  private note = "";
  static made = 0;
  static from(text: string): Counter {
    return new Counter(Number(text));
  }
  constructor(start: number, step?: number) {
    this.#count = start + (step ?? 0);
  }
  add(by: number): this {
    this.#count += by;
    return this;
  }
  value(): number {
    return this.#count + this.note.length;
  }
}

class Point {
  readonly x: number = 0;
  plus(other: Point): Point {
    return other;
  }
}
declare module "../../lib/core/remote-kinds.ts" {
  interface CopiedClasses {
    point: Point;
  }
}

abstract class Shape {
  static count(): number {
    return 0;
  }
  abstract area(): number;
}

function parse(text: string): number;
function parse(text: string, strict: true): Row;
function parse(bytes: Uint8Array): Row[];
function parse(text: string | Uint8Array, strict?: boolean): number | Row | Row[] {
  return strict === undefined ? 0 : [text].length;
}

interface Chain {
  next(): Chain;
  length: number;
}

interface Api {
  add(left: number, right: number): number;
  later(text: string): Promise<string>;
  nothing(): void;
  optional(required: number, maybe?: string, ...rest: boolean[]): number;
  limit: number;
  readonly on: boolean;
  readonly name: string | undefined;
  nested: { deep: { twice(n: number): number; list: number[] }; data: Row };
  row(): Row;
  rows(): AsyncGenerator<Row, string, number>;
  counting(): Generator<number, void, unknown>;
  list(): Row[];
  pair(): [string, () => number];
  web(): ReadableStream<Uint8Array>;
  sink(): WritableStream<string>;
  node(): Readable;
  bytes(): Buffer;
  table(): Map<string, Row>;
  makeCounter(): (by: number) => string;
  hooks(): { stop(): void; now: number };
  open(path: string): File;
  find(path: string): File | undefined;
  files(): Promise<File[]>;
  reopen(path: string, mode?: "r" | "w", ...flags: number[]): Promise<File>;
  bound(this: Row, path: string): Promise<File>;
  use(file: File): string;
  save(row: Row): boolean;
  saveAll(rows: readonly Row[], options?: { dry?: boolean; signal?: AbortSignal }): number;
  train(data: number[], progress: (done: number, file: File) => void | Promise<void>): Promise<void>;
  filter(rows: Row[], keep: (row: Row) => Promise<boolean>): Promise<Row[]>;
  feed(rows: AsyncIterable<Row>): Promise<number>;
  upload(body: ReadableStream<Uint8Array>): Promise<void>;
  identity<T>(value: T): Promise<T>;
  pick<T, K extends keyof T>(value: T, key: K): Promise<T[K]>;
  syncIdentity<T extends Row>(value: T): T;
  stream<T>(items: T[]): AsyncGenerator<T>;
  parse: typeof parse;
  annotated: { (path: string): Promise<File>; help: string };
  load(path: string): Promise<File>;
  load(id: number, again: boolean): Promise<Row>;
  fetch<T>(url: string, as: (text: string) => T): Promise<T>;
  fetch(url: string): Promise<string>;
  fail<T>(value: T): never;
  Counter: typeof Counter;
  Shape: typeof Shape;
  marked(): Marked<Map<string, number>>;
  emitter: Marked<EventEmitter>;
  failure(): Error;
  either(flag: boolean): Row | string | null;
  loose: Loose;
  whatever(value: unknown): unknown;
  anything(value: Loose): Loose;
  chain: Chain;
  ready: Promise<number>;
  point(): Point;
  move(point: Point): Point;
  maybe?(): number;
  never(): never;
  remember(listener: Remote<(event: string) => void>): void;
  message(): { name: string; message: string; reply(text: string): number };
  _private(): void;
  then(): void;
  constructor: () => void;
  toString(): string;
  [Symbol.iterator](): Iterator<number>;
}

declare const api: Remote<Api>;
type Has<T, K extends PropertyKey> = K extends keyof T ? true : false;

describe("calls", () => {
  it("give a promise of the result, whether the member is async or not", () => {
    expectTypeOf(api.add(1, 2)).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.later("a")).resolves.toEqualTypeOf<string>();
    expectTypeOf(api.nothing()).resolves.toEqualTypeOf<void>();
    expectTypeOf(api.row()).resolves.toEqualTypeOf<Row>();
    expectTypeOf(api.either(true)).resolves.toEqualTypeOf<Row | string | null>();
    expectTypeOf(api.never()).resolves.toEqualTypeOf<never>();
    expectTypeOf(api.add).toExtend<(left: number, right: number) => Promise<number>>();
    expectTypeOf(api.maybe()).resolves.toEqualTypeOf<number>();
  });

  it("check their arguments", () => {
    void api.optional(1, "a", true, false);
    expectTypeOf(api.optional(1)).resolves.toEqualTypeOf<number>();
    // @ts-expect-error a number is wanted
    void api.add("1", 2);
    // @ts-expect-error too few
    void api.add(1);
    // @ts-expect-error too many
    void api.add(1, 2, 3);
    // @ts-expect-error rest arguments are booleans
    void api.optional(1, "a", 5);
    // @ts-expect-error a field is missing
    void api.save({ id: 1, tags: [] });
    // @ts-expect-error a field too many
    void api.save({ id: 1, tags: [], at: new Date(), more: 1 });
    // @ts-expect-error no such member
    void api.missing;
    // @ts-expect-error the result is a promise
    const sum: number = api.add(1, 2);
    void sum;
  });

  it("take plain values of the same shape, nested and optional", () => {
    void api.save({ id: 1, tags: ["a"], at: new Date() });
    void api.saveAll([{ id: 1, tags: [], at: new Date() }], { dry: true, signal: AbortSignal.timeout(1) });
    const rows: readonly Row[] = [];
    expectTypeOf(api.saveAll(rows)).resolves.toEqualTypeOf<number>();
  });

  it("keep unknown and any as they are", () => {
    expectTypeOf(api.whatever(Symbol.iterator)).resolves.toEqualTypeOf<unknown>();
    expectTypeOf(api.anything(1)).resolves.toBeAny();
    expectTypeOf(api.loose).toBeAny();
  });
});

describe("properties", () => {
  it("are promises of their values", () => {
    expectTypeOf(api.limit).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.on).resolves.toEqualTypeOf<boolean>();
    expectTypeOf(api.name).resolves.toEqualTypeOf<string | undefined>();
    expectTypeOf(api.ready).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.nested.deep.list).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(api.nested.data).resolves.toEqualTypeOf<Row>();
    expectTypeOf(api.nested.data.tags).resolves.toEqualTypeOf<string[]>();
    // @ts-expect-error a remote property is not its value
    const limit: number = api.limit;
    void limit;
  });

  it("lead on to nested objects", () => {
    expectTypeOf(api.nested.deep.twice(2)).resolves.toEqualTypeOf<number>();
  });
});

describe("names that cannot be reached", () => {
  it("are not offered", () => {
    expectTypeOf<Has<Remote<Api>, "add">>().toEqualTypeOf<true>();
    expectTypeOf<Has<Remote<Api>, "then">>().toEqualTypeOf<false>();
    expectTypeOf<Has<Remote<Api>, "_private">>().toEqualTypeOf<false>();
    expectTypeOf<Has<Remote<Api>, "constructor">>().toEqualTypeOf<false>();
    expectTypeOf<Has<Remote<Api>, typeof Symbol.iterator>>().toEqualTypeOf<false>();
    expectTypeOf<Has<Remote<File>, "_flush">>().toEqualTypeOf<false>();
    expectTypeOf<Has<Remote<typeof Counter>, "prototype">>().toEqualTypeOf<false>();
    expectTypeOf<Has<Remote<Counter>, "note">>().toEqualTypeOf<false>();
    // @ts-expect-error begins with an underscore
    void api._private();
    // @ts-expect-error would make a promise of the root
    void api.then;
    expectTypeOf<IsSame<Awaited<Remote<Api>>, Remote<Api>>>().toEqualTypeOf<true>();
  });
});

describe("references", () => {
  it("arrive as remotes", () => {
    expectTypeOf(api.open("a")).resolves.toEqualTypeOf<Remote<File>>();
    expectTypeOf(api.find("a")).resolves.toEqualTypeOf<Remote<File> | undefined>();
    expectTypeOf(api.files()).resolves.toEqualTypeOf<Remote<File>[]>();
    expectTypeOf(api.marked()).resolves.toExtend<Remote<Map<string, number>>>();
  });

  it("have their methods, getters and members of their own kind", async () => {
    const file = await api.open("a");
    expectTypeOf(file.read(1)).resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(file.size()).resolves.toEqualTypeOf<number>();
    expectTypeOf(file.open).resolves.toEqualTypeOf<boolean>();
    expectTypeOf(file.parent()).resolves.toEqualTypeOf<Remote<File> | undefined>();
    expectTypeOf(file.inner()).resolves.toEqualTypeOf<Remote<File>>();
    expectTypeOf(file).toExtend<Disposable & AsyncDisposable>();
  });

  it("go home again", async () => {
    const file = await api.open("a");
    void api.use(file);
    expectTypeOf(api.use(new File())).resolves.toEqualTypeOf<string>();
    // @ts-expect-error a remote of another kind
    void api.use(await new api.Counter(1));
    // @ts-expect-error not a reference at all
    void api.use("a");
  });

  it("are what functions become, at any depth", async () => {
    const count = await api.makeCounter();
    expectTypeOf(count(1)).resolves.toEqualTypeOf<string>();
    const [, second] = await api.pair();
    expectTypeOf(second()).resolves.toEqualTypeOf<number>();
    const hooks = await api.hooks();
    expectTypeOf(hooks.now).toEqualTypeOf<number>();
    expectTypeOf(hooks.stop()).resolves.toEqualTypeOf<void>();
    const message = await api.message();
    expectTypeOf(message.reply("a")).resolves.toEqualTypeOf<number>();
  });

  it("are what a method that returns its own object gives", () => {
    expectTypeOf(api.chain.next()).resolves.toEqualTypeOf<Remote<Chain>>();
    expectTypeOf(api.chain.next().next().length).resolves.toEqualTypeOf<number>();
  });
});

describe("classes", () => {
  it("are constructed into remotes", async () => {
    const counter = await new api.Counter(5);
    expectTypeOf(counter).toEqualTypeOf<Remote<Counter>>();
    expectTypeOf(counter.value()).resolves.toEqualTypeOf<number>();
    expectTypeOf(counter.add(1).add(2).value()).resolves.toEqualTypeOf<number>();
    expectTypeOf(new api.Counter(5, 1).value()).resolves.toEqualTypeOf<number>();
    // @ts-expect-error the start is a number
    void new api.Counter("5");
  });

  it("have their statics", () => {
    expectTypeOf(api.Counter.made).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.Counter.from).parameter(0).toExtend<string | RemoteValue<string>>();
    expectTypeOf(api.Shape.count()).resolves.toEqualTypeOf<number>();
    // @ts-expect-error abstract
    void new api.Shape();
    // @ts-expect-error not without new
    void api.Counter(1);
  });

  it("are copied when they are registered", () => {
    expectTypeOf(api.point()).resolves.toEqualTypeOf<Point>();
    expectTypeOf(api.move(new Point())).resolves.toEqualTypeOf<Point>();
    expectTypeOf<Received<{ at: Point }>>().toEqualTypeOf<{ at: Point }>();
  });
});

describe("generic and overloaded methods", () => {
  it("stay generic when they are async", () => {
    expectTypeOf(api.identity(5 as const)).resolves.toEqualTypeOf<5>();
    expectTypeOf(api.identity({ a: "b" })).resolves.toEqualTypeOf<{ a: string }>();
    expectTypeOf(api.pick({ a: 1, b: "x" }, "b")).resolves.toEqualTypeOf<string>();
    expectTypeOf(api.stream([1, 2])).toExtend<AsyncIterable<number>>();
    // @ts-expect-error no such key
    void api.pick({ a: 1 }, "c");
  });

  it("fall back to their bounds when they are not", () => {
    expectTypeOf(api.syncIdentity({ id: 1, tags: [], at: new Date() })).resolves.toEqualTypeOf<Row>();
  });

  it("keep every overload", () => {
    expectTypeOf(api.parse("1")).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.parse("1", true)).resolves.toEqualTypeOf<Row>();
    expectTypeOf(api.parse(new Uint8Array())).resolves.toEqualTypeOf<Row[]>();
    // @ts-expect-error no overload takes a number
    void api.parse(5);
  });

  it("pipeline through each overload of an async method, or keep its type parameters", () => {
    expectTypeOf(api.load("a").read(1)).resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(api.load(1, true).tags).resolves.toEqualTypeOf<string[]>();
    expectTypeOf(api.fetch("a", (text) => text.length)).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.fetch("a")).resolves.toEqualTypeOf<string>();
    expectTypeOf<IsSame<ReturnType<typeof api.fail>, Promise<never>>>().toEqualTypeOf<true>();
  });
});

describe("functions with members of their own", () => {
  it("have both", () => {
    expectTypeOf(api.annotated("a").read(1)).resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(api.annotated.help).resolves.toEqualTypeOf<string>();
  });
});

describe("callbacks", () => {
  it("are called with what really arrives", () => {
    void api.train([1], (done, file) => {
      expectTypeOf(done).toEqualTypeOf<number>();
      expectTypeOf(file).toEqualTypeOf<Remote<File>>();
    });
    void api.train([1], async (done) => void done);
    void api.train([1], (done: number) => done);
    // @ts-expect-error the callback is given a number
    void api.train([1], (done: string) => void done);
    // @ts-expect-error a callback is wanted
    void api.train([1], 5);
  });

  it("may answer at once or later", () => {
    expectTypeOf(api.filter([], (row) => row.id > 1)).resolves.toEqualTypeOf<Row[]>();
    void api.filter([], async (row) => row.id > 1);
    // @ts-expect-error a yes or no is wanted
    void api.filter([], () => "yes");
  });

  it("are taken where the member asks for a remote", () => {
    void api.remember((event) => expectTypeOf(event).toEqualTypeOf<string>());
  });
});

describe("streams and other values", () => {
  it("are streamed whatever kind of generator they were", async () => {
    expectTypeOf(api.rows()).resolves.toEqualTypeOf<AsyncGenerator<Row, string, number>>();
    expectTypeOf(api.counting()).resolves.toEqualTypeOf<AsyncGenerator<number, void, unknown>>();
    for await (const count of api.counting()) expectTypeOf(count).toEqualTypeOf<number>();
    // @ts-expect-error its next() wants a number, which a loop does not give
    for await (const row of api.rows()) expectTypeOf(row).toEqualTypeOf<Row>();
    for await (const row of api.list()) expectTypeOf(row).toEqualTypeOf<Row>();
    for await (const chunk of api.web()) expectTypeOf(chunk).toEqualTypeOf<Uint8Array>();
    expectTypeOf(api.row()).not.toExtend<AsyncIterable<unknown>>();
  });

  it("keep the platform's types", () => {
    expectTypeOf(api.web()).resolves.toEqualTypeOf<ReadableStream<Uint8Array>>();
    expectTypeOf(api.sink()).resolves.toEqualTypeOf<WritableStream<string>>();
    expectTypeOf(api.node()).resolves.toEqualTypeOf<Readable>();
    expectTypeOf(api.bytes()).resolves.toEqualTypeOf<Buffer>();
    expectTypeOf(api.table()).resolves.toEqualTypeOf<Map<string, Row>>();
    expectTypeOf(api.failure()).resolves.toEqualTypeOf<Error>();
  });

  it("are taken as arguments", () => {
    void api.feed(
      (async function* () {
        yield { id: 1, tags: [], at: new Date() };
      })(),
    );
    void api.feed(api.rows());
    expectTypeOf(api.upload(new ReadableStream<Uint8Array>())).resolves.toEqualTypeOf<void>();
    const numbers = undefined as unknown as AsyncGenerator<number>;
    // @ts-expect-error items of the wrong kind
    void api.feed(numbers);
  });

  it("offer on, once and off of an emitter", () => {
    expectTypeOf<Has<typeof api.emitter, "on">>().toEqualTypeOf<true>();
    expectTypeOf<Has<typeof api.emitter, "off">>().toEqualTypeOf<true>();
    expectTypeOf<Has<typeof api.emitter, "removeAllListeners">>().toEqualTypeOf<false>();
    expectTypeOf(api.emitter.on("any", (...args) => void args)).resolves.toExtend<Remote<EventEmitter>>();
  });
});

describe("pipelining", () => {
  it("calls members of what has not arrived", () => {
    expectTypeOf(api.open("a").read(10)).resolves.toEqualTypeOf<Uint8Array>();
    expectTypeOf(api.open("a").inner().inner().open).resolves.toEqualTypeOf<boolean>();
    expectTypeOf(api.hooks().now).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.row().tags).resolves.toEqualTypeOf<string[]>();
    // @ts-expect-error it may be undefined
    void api.find("a").read(1);
    // @ts-expect-error a number has no members over there
    void api.add(1, 2).toFixed();
  });

  it("calls members of what an async method will give, whatever its parameters", () => {
    expectTypeOf(api.reopen("a").open).resolves.toEqualTypeOf<boolean>();
    expectTypeOf(api.reopen(api.later("a"), "r", 1, 2).size()).resolves.toEqualTypeOf<number>();
    expectTypeOf(api.bound("a").size()).resolves.toEqualTypeOf<number>();
    // @ts-expect-error no such mode
    void api.reopen("a", "x");
  });

  it("passes the promise of a call in place of its value, at any depth", () => {
    void api.add(api.add(1, 2), 3);
    void api.use(api.open("a"));
    void api.save(api.row());
    void api.save({ id: api.add(1, 2), tags: [api.later("a")], at: new Date() });
    expectTypeOf<RemotePromise<number>>().toExtend<Promise<number>>();
    // @ts-expect-error the promise of something else
    void api.add(api.later("a"), 3);
    // @ts-expect-error a promise of this side is no number over there
    void api.add(Promise.resolve(1), 3);
  });
});
