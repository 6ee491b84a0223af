// Streams: items by credit in both directions, generators that are talked to, and an end for everybody however it ends.
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { collect } from "../fixtures/collect.mjs";
import { specifyStreamEnds } from "./stream-ends.ts";
import { rejectionOf, type Suite, turn, until } from "./suite.ts";

type Generator = AsyncGenerator<unknown, unknown, unknown>;

export function specifyStreams(suite: Suite): void {
  describe("streams", () => {
    specifyIteration(suite);
    specifyOddValues(suite);
    specifyBackpressure(suite);
    specifyWebStreams(suite);
    specifyStreamEnds(suite);
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
