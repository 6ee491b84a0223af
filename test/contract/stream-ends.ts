// How streams end: by their reader, their source, what goes wrong, and the end of the connection.
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { expect, it } from "vitest";
import { LimitError, PeerLostError } from "../../lib/core/errors.ts";
import { collect } from "../fixtures/collect.mjs";
import { checkNothingIsLeft, rejectionOf, type Suite, until } from "./suite.ts";

type Generator = AsyncGenerator<unknown, unknown, unknown>;

export function specifyStreamEnds(suite: Suite): void {
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
