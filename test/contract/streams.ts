// Streams: items by credit in both directions, generators that are talked to, and an end for everybody however it ends.
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { LimitError, PeerLostError } from "../../lib/core/errors.ts";
import { collect } from "../fixtures/collect.mjs";
import { checkNothingIsLeft, rejectionOf, type Suite, turn, until } from "./suite.ts";

type Generator = AsyncGenerator<unknown, unknown, unknown>;

export function specifyStreams(suite: Suite): void {
  describe("streams", () => {
    specifyIteration(suite);
    specifyOddValues(suite);
    specifyBackpressure(suite);
    specifyWebStreams(suite);
    specifyEnds(suite);
  });
}

function specifyIteration(suite: Suite): void {
  it("a call can be iterated at once, and a result later", async () => {
    const { remote } = suite;
    expect(await collect(remote.numbers(5))).toEqual([0, 1, 2, 3, 4]);
    expect(await collect((await remote.numbers(3)) as AsyncIterable<unknown>)).toEqual([0, 1, 2]);
    expect(await collect(remote.slowNumbers(3))).toEqual([0, 1, 2]);
    // What is iterable otherwise, is too.
    expect(await collect(remote.echo([1, 2]))).toEqual([1, 2]);
    expect(await rejectionOf(collect(remote.echo(1)))).toBeInstanceOf(TypeError);
  });

  it("thousands of items come in order, and the value of the end after them", async () => {
    const numbers = (await suite.remote.numbers(5000)) as Generator;
    for (let n = 0; n < 5000; n += 1) expect(await numbers.next()).toEqual({ done: false, value: n });
    expect(await numbers.next()).toEqual({ done: true, value: "the end" });
    expect(await numbers.next()).toEqual({ done: true, value: undefined });
  });

  it("several items can be asked for before the first is here", async () => {
    const numbers = (await suite.remote.slowNumbers(4)) as Generator;
    const steps = await Promise.all([numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next()]);
    expect(steps.map(({ value }) => value)).toEqual([0, 1, 2, 3, undefined, undefined]);
    expect(steps.map(({ done }) => done)).toEqual([false, false, false, false, true, true]);
  });

  it("next(value), throw(error) and return(value) reach a generator of the far side", async () => {
    const talk = (await suite.remote.conversation()) as Generator;
    expect(await talk.next("ignored, as everywhere")).toEqual({ done: false, value: "hello" });
    expect(await talk.next("a")).toEqual({ done: false, value: "you said a" });
    expect(await talk.next({ b: 1 })).toEqual({ done: false, value: "you said [object Object]" });
    expect(await talk.throw(new Error("c"))).toEqual({ done: false, value: "you said (c)" });
    expect(await talk.next("d")).toEqual({ done: false, value: "you said d" });
    expect(await talk.return("bye")).toEqual({ done: true, value: "bye" });
    expect(await talk.next("e")).toEqual({ done: true, value: undefined });
    expect(await suite.remote.seen()).toEqual(["conversation left"]);
  });

  it("and a generator of this side that was passed", async () => {
    const heard: unknown[] = [];
    function* generator(): globalThis.Generator<unknown, unknown, unknown> {
      try {
        for (let n = 0; ; n += 1) heard.push(yield n);
      } finally {
        heard.push("left");
      }
    }
    expect(await suite.remote.talk(generator())).toEqual([
      { done: false, value: 0 },
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: "bye" },
    ]);
    expect(heard).toEqual(["a", "b", "left"]);
    const error = await rejectionOf(suite.remote.throwInto(generator()));
    expect(error.message).toBe("from afar");
  });

  it("what the source throws is thrown here, after the items before it", async () => {
    const items: unknown[] = [];
    const error = await rejectionOf(
      (async () => {
        for await (const item of suite.remote.failing()) items.push(item);
      })(),
    );
    expect(items).toEqual([1]);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe("the source failed");
  });

  it("functions, streams and errors can be items", async () => {
    const { remote } = suite;
    const sum = await remote
      .takeSome(
        (async function* () {
          yield { fn: (n: number) => n + 1, inner: Symbol("cannot be sent") };
        })(),
        1,
      )
      .catch((error: unknown) => error);
    expect(sum).toBeInstanceOf(Error);
    const [item] = (await remote.takeSome(
      (function* () {
        yield { fn: (n: number) => n + 1, at: new Date(3) };
      })(),
      1,
    )) as [{ fn: (n: number) => number; at: Date }];
    expect(item.fn(1)).toBe(2);
    expect(item.at.getTime()).toBe(3);
  });

  it("one item that cannot be sent ends its stream and tells the source", async () => {
    const items: unknown[] = [];
    const error = await rejectionOf<{ code: string } & Error>(
      (async () => {
        for await (const item of suite.remote.unsendableItems()) items.push(item);
      })(),
    );
    expect(items).toEqual([1]);
    expect(error).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    expect(await suite.remote.seen()).toEqual(["unsendableItems left"]);
  });
}

function specifyOddValues(suite: Suite): void {
  it("an end that cannot be sent rejects the step that would give it", async () => {
    const items = (await suite.remote.unsendableEnd()) as Generator;
    expect(await items.next()).toEqual({ done: false, value: 1 });
    expect(await rejectionOf(items.next())).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it("what is said on leaving and cannot be sent keeps nobody from leaving", async () => {
    const { remote } = suite;
    const numbers = (await remote.numbers()) as Generator;
    await numbers.next();
    await numbers.return(Symbol("bye"));
    expect(await remote.seen()).toEqual(["numbers left"]);
    const talk = (await remote.conversation()) as Generator;
    await talk.next();
    await talk.next("a");
    await talk.throw(Symbol("odd"));
    expect(await rejectionOf(talk.next(Symbol("odd")))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    await talk.return(undefined);
    expect(await remote.seen()).toEqual(["conversation left"]);
    const stream = (await remote.readable(1_000_000)) as ReadableStream;
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel(Symbol("odd"));
    expect(await remote.seen()).toEqual(["cancelled: undefined"]);
    const writer = ((await remote.writable()) as WritableStream).getWriter();
    await writer.abort(Symbol("odd"));
    const seen: unknown[] = [];
    await until(async () => seen.push(...((await remote.seen()) as unknown[])) >= 1);
    expect(seen[0]).toMatch(/^aborted: /);
  });

  it("a promise whose value cannot be sent rejects over there", async () => {
    expect(
      (
        await rejectionOf<{ code: string }>(
          suite.remote.use(() => ({ promise: Promise.resolve(Symbol("odd")) })).then((value) => (value as { promise: unknown }).promise),
        )
      ).code,
    ).toBe("ERR_UNSERIALIZABLE");
  });
}

function specifyBackpressure(suite: Suite): void {
  it("a source stops when its reader does, at most a window ahead", async () => {
    const { remote } = suite;
    const before = Number(await remote.pulled());
    const numbers = (await remote.numbers()) as Generator;
    for (let n = 0; n < 10; n += 1) await numbers.next();
    const pulledSince = async (): Promise<number> => Number(await remote.pulled()) - before;
    let [pulled, earlier] = [await pulledSince(), -1];
    // It produces its window by turns; when it has not gone on from one of ours to the next, it has stopped.
    while (pulled !== earlier) {
      await turn();
      [pulled, earlier] = [await pulledSince(), pulled];
    }
    expect(pulled).toBeLessThanOrEqual(10 + 256);
    await numbers.return(undefined);
  });

  it("what nobody reads is never started", async () => {
    const { remote } = suite;
    const before = await remote.pulled();
    const numbers = (await remote.numbers()) as Generator;
    const readable = (await remote.readable(10)) as ReadableStream;
    await remote.echo(1);
    // A ReadableStream pulls once by itself, wherever it is.
    expect(Number(await remote.pulled()) - Number(before)).toBeLessThanOrEqual(1);
    await numbers.return(undefined);
    await readable.cancel();
  });

  it("in bytes too: of large items fewer are on their way", async () => {
    const { remote } = suite;
    const before = Number(await remote.pulled());
    const size = 256 * 1024;
    const chunks = (await remote.chunks(1000, size)) as Generator;
    for (let n = 0; n < 4; n += 1) expect(((await chunks.next()).value as Uint8Array).byteLength).toBe(size);
    await remote.echo(1);
    // A window of 1 MiB, and the item that crosses its end.
    expect(Number(await remote.pulled()) - before).toBeLessThanOrEqual(4 + 4 + 2);
    await chunks.return(undefined);
  });

  it("towards the far side as well", async () => {
    let pulled = 0;
    function* numbers(): globalThis.Generator<number> {
      for (;;) yield (pulled += 1);
    }
    expect(await suite.remote.takeSome(numbers(), 3)).toEqual([1, 2, 3]);
    expect(pulled).toBeLessThanOrEqual(3 + 256);
    await turn();
    const now = pulled;
    await suite.remote.echo(1);
    expect(pulled).toBe(now);
  });

  it("a writer of this side waits for a sink of the far side", async () => {
    const { remote } = suite;
    const writer = ((await remote.writable("stall")) as WritableStream).getWriter();
    let written = 0;
    const writing = (async () => {
      for (let n = 0; n < 600; n += 1) {
        await writer.write("x");
        written += 1;
      }
      await writer.close();
    })();
    await until(async () => {
      const before = written;
      await remote.echo(1);
      return written === before && written > 0;
    });
    expect(written).toBeLessThanOrEqual(2 * 256);
    await remote.openGate("sink");
    await writing;
    expect(((await remote.seen()) as unknown[]).length).toBe(601);
  });

  it("a slow reader of bytes bounds what is in memory", async () => {
    const { remote, connection } = suite;
    const before = connection.stats().receivedBytes;
    const chunks = (await remote.chunks(64, 64 * 1024)) as Generator;
    for (let n = 0; n < 4; n += 1) await chunks.next();
    await remote.echo(1);
    expect(connection.stats().receivedBytes - before).toBeLessThan(4 * 64 * 1024 + 2 * 1024 * 1024);
    expect(await collect(chunks)).toHaveLength(60);
  });
}

function specifyWebStreams(suite: Suite): void {
  it("cancelling a ReadableStream cancels the far one, with the reason", async () => {
    const stream = (await suite.remote.readable(1_000_000)) as ReadableStream;
    const reader = stream.getReader();
    expect(await reader.read()).toEqual({ done: false, value: 0 });
    await reader.cancel("seen enough");
    expect(await suite.remote.seen()).toEqual(["cancelled: seen enough"]);
  });

  it("a ReadableStream can be piped into a WritableStream of the far side", async () => {
    const { remote } = suite;
    const source = (await remote.readable(20)) as ReadableStream;
    await source.pipeTo((await remote.writable()) as WritableStream);
    expect(await remote.seen()).toEqual([...Array.from({ length: 20 }, (_, n) => n), "closed"]);
  });

  it("what a sink throws rejects the write, or the next one", async () => {
    const writer = ((await suite.remote.writable("fail")) as WritableStream).getWriter();
    const error = await rejectionOf(
      (async () => {
        for (;;) await writer.write(1);
      })(),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe("the sink failed");
    await rejectionOf(writer.closed);
  });

  it("aborting a WritableStream aborts the far one, with the reason", async () => {
    const { remote } = suite;
    const writer = ((await remote.writable()) as WritableStream).getWriter();
    await writer.write("before");
    await writer.abort(new Error("no more"));
    const seen: unknown[] = [];
    await until(async () => seen.push(...((await remote.seen()) as unknown[])) >= 2);
    expect(seen).toEqual(["before", "aborted: no more"]);
  });

  it("a sink of this side takes what the far side writes", async () => {
    const written: unknown[] = [];
    const sink = new WritableStream({ write: (chunk) => void written.push(chunk), close: () => void written.push("closed") });
    await suite.remote.writeTo(sink, [1, { two: 2 }, new Uint8Array([3])]);
    expect(written).toEqual([1, { two: 2 }, new Uint8Array([3]), "closed"]);
  });

  it("a Node Writable that is destroyed while it closes harms nothing", async () => {
    const { remote } = suite;
    const writable = (await remote.nodeWritable()) as Writable;
    writable.on("error", () => {});
    writable.write("a");
    writable.end();
    await remote.echo(1);
    const closed = new Promise((resolve) => writable.once("close", resolve));
    writable.destroy(new Error("enough"));
    await closed;
    await remote.openGate("node sink");
    expect(await remote.echo("alive")).toBe("alive");
  });

  it("a stream that is locked cannot be sent, and one that was sent is locked", async () => {
    const stream = new ReadableStream({ start: (controller) => controller.close() });
    const reader = stream.getReader();
    expect(await rejectionOf(suite.remote.echo(stream))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    reader.releaseLock();
    const call = suite.remote.takeSome(stream, 1);
    expect(stream.locked).toBe(true);
    expect(await call).toEqual([]);
  });

  it("Node streams go through pipeline()", async () => {
    const { remote } = suite;
    const sink = (await remote.writable()) as WritableStream;
    await pipeline(Readable.from(["a", "b", "c"]), async function (source: AsyncIterable<unknown>) {
      const writer = sink.getWriter();
      for await (const chunk of source) await writer.write(chunk);
      await writer.close();
    });
    expect(await remote.seen()).toEqual(["a", "b", "c", "closed"]);
  });
}

function specifyEnds(suite: Suite): void {
  it("leaving a loop early runs the far `finally`", async () => {
    for await (const n of suite.remote.numbers()) if (n === 3) break;
    expect(await suite.remote.seen()).toEqual(["numbers left"]);
    for await (const n of suite.remote.slowNumbers()) if (n === 3) break;
    expect(await suite.remote.seen()).toEqual(["slowNumbers left"]);
  });

  it("from a generator that runs ahead and waits, a loop is left all the same", async () => {
    const { remote } = suite;
    const seen: unknown[] = [];
    for await (const n of remote.watching()) {
      seen.push(n);
      if (n === 2) break;
    }
    expect(seen).toEqual([1, 2]);
    const watching = (await remote.watching()) as Generator;
    await watching.next();
    await watching.next();
    expect((await rejectionOf(watching.throw(new RangeError("out")))).message).toBe("out");
    await remote.openGate("watching");
    const left: unknown[] = [];
    await until(async () => left.push(...((await remote.seen()) as unknown[])) === 2);
    expect(left).toEqual(["watching left", "watching left"]);
  });

  it("what a generator catches does not use up its reader's room", async () => {
    const counting = (await suite.remote.counting()) as Generator;
    await counting.next();
    await counting.next();
    for (let round = 0; round < 5; round += 1) {
      // All that it was asked for ahead is under way.
      for (let n = 0; n < 20; n += 1) await suite.remote.echo(n);
      expect(await counting.throw(new Error("caught"))).toEqual({ done: false, value: "caught" });
      expect((await counting.next()).done).toBe(false);
    }
    await counting.return(undefined);
  });

  it("a Node stream that fails before it is read tells its reader, and nobody else", async () => {
    const { remote } = suite;
    const stream = (await remote.brokenReadable()) as Readable;
    await remote.openGate("break");
    await remote.echo("it is broken by now");
    expect((await rejectionOf(collect(stream))).message).toBe("broken before it is read");
    const broken = new Readable({ read() {} });
    broken.destroy(new RangeError("broken here"));
    expect((await rejectionOf(remote.sum(broken))).message).toBe("broken here");
    expect(await suite.ask("unhandled")).toEqual([]);
  });

  it("a Node stream is destroyed by a reader who leaves, whether it was read or not", async () => {
    const { remote } = suite;
    const destroyed = async (): Promise<void> => {
      const seen: unknown[] = [];
      await until(async () => seen.push(...((await remote.seen()) as unknown[])) === 1);
      expect(seen).toEqual(["stream destroyed"]);
    };
    ((await remote.nodeReadable(3)) as Readable).destroy();
    await destroyed();
    for await (const _ of (await remote.nodeReadable(1)) as Readable) break;
    await destroyed();
    const waiting = (await remote.nodeReadable(1)) as Readable;
    // The second chunk never comes.
    waiting.once("data", () => waiting.destroy());
    await destroyed();
    const mine = new Readable({ read() {} });
    await remote.destroyStream(mine);
    await until(() => mine.destroyed);
  });

  it("a sink that fails by itself tells its writer, who need not write", async () => {
    const { remote } = suite;
    const web = (await remote.fallible()) as { stream: WritableStream; fail: () => Promise<void> };
    const writer = web.stream.getWriter();
    const closed = rejectionOf(writer.closed);
    await web.fail();
    expect((await closed).message).toBe("failed by itself");
    const node = (await remote.fallibleNode()) as { stream: Writable; fail: () => Promise<void> };
    const failed = once(node.stream, "error") as Promise<[Error]>;
    await node.fail();
    expect((await failed)[0].message).toBe("failed by itself");
    // An error that nobody listens to is none of this process's.
    const unheard = (await remote.fallibleNode()) as typeof node;
    const ended = new Promise((resolve) => unheard.stream.on("close", resolve));
    await unheard.fail();
    await ended;
  });

  it("a chunk that cannot be sent aborts the far stream", async () => {
    const { remote } = suite;
    const writer = ((await remote.writable()) as WritableStream).getWriter();
    expect(await rejectionOf(writer.write(Symbol("none")))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    const seen: unknown[] = [];
    await until(async () => seen.push(...((await remote.seen()) as unknown[])) === 1);
    expect(seen[0]).toMatch(/^aborted: .*symbol/iu);
  });

  it("so does throwing out of it", async () => {
    const error = await rejectionOf(
      (async () => {
        for await (const _ of suite.remote.numbers()) throw new Error("out");
      })(),
    );
    expect(error.message).toBe("out");
    expect(await suite.remote.seen()).toEqual(["numbers left"]);
  });

  it("and a far loop that is left runs the `finally` here", async () => {
    let left = 0;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (let n = 0; ; n += 1) yield n;
      } finally {
        left += 1;
      }
    }
    expect(await suite.remote.takeSome(endless(), 5)).toEqual([0, 1, 2, 3, 4]);
    await until(() => left === 1);
  });

  it("a generator that is dropped unread is left when it is collected", async () => {
    const { remote } = suite;
    await (async () => void (await ((await remote.numbers()) as Generator).next()))();
    await checkNothingIsLeft(suite);
    expect(await remote.seen()).toEqual(["numbers left"]);
  });

  it("a sink that is dropped unclosed is aborted when it is collected", async () => {
    const { remote } = suite;
    await (async () => {
      const writer = ((await remote.writable()) as WritableStream).getWriter();
      await writer.write("before");
    })();
    await checkNothingIsLeft(suite);
    expect(await remote.seen()).toEqual(["before", expect.stringMatching(/^aborted: /)]);
  });

  it("a lost connection runs the `finally` of both sides", async () => {
    const { remote, connection } = await suite.open();
    let left = 0;
    function* endless(): globalThis.Generator<number> {
      try {
        for (let n = 0; ; n += 1) yield n;
      } finally {
        left += 1;
      }
    }
    await remote.keep("stream", endless());
    const reading = remote.takeSome(
      (function* () {
        try {
          for (;;) yield 1;
        } finally {
          left += 1;
        }
      })(),
      1_000_000,
    );
    const unread = new ReadableStream({ cancel: () => void (left += 1) });
    const unreadNode = new Readable({ read() {} });
    await remote.keep("unread", [unread, unreadNode]);
    const numbers = (await remote.slowNumbers()) as Generator;
    await numbers.next();
    const lost = rejectionOf(reading);
    connection.destroy();
    expect(await lost).toBeInstanceOf(PeerLostError);
    expect(
      await rejectionOf(
        (async () => {
          for (;;) if ((await numbers.next()).done === true) break;
        })(),
      ),
    ).toBeInstanceOf(PeerLostError);
    expect(await numbers.next()).toEqual({ done: true, value: undefined });
    // The generator that was never read has not begun.
    expect(left).toBe(2);
    expect(unreadNode.destroyed).toBe(true);
  });

  it("streams over the limit reject the call that brings them, and nothing else", async () => {
    const { remote } = await suite.open("usual", { limits: { streams: 3 } });
    const open = await Promise.all([remote.numbers(), remote.numbers(), remote.numbers()]);
    const error = await rejectionOf(
      remote.takeSome(
        (function* () {
          yield 1;
        })(),
        1,
      ),
    );
    expect(error).toBeInstanceOf(LimitError);
    await (open[0] as Generator).return(undefined);
    expect(await collect(remote.numbers(2))).toEqual([0, 1]);
  });
}
