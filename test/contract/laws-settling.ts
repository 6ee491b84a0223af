// Laws 1 to 3: every call settles once, what is sent is what it was at the call, calls start in their order.
import { describe, expect, it } from "vitest";
import { DisposedError, PeerLostError, TimeoutError } from "../../lib/core/errors.ts";
import { withOptions } from "../../lib/core/remote-functions.ts";
import type { Loose } from "./loose.ts";
import { ownTime } from "./own-time.ts";
import { type Ending, rejectionOf, type Suite, turn, until } from "./suite.ts";

export function specifySettling(suite: Suite): void {
  describe("law 1: every call settles, once", () => {
    it("with what the member returns, at once or later", async () => {
      const { remote } = suite;
      expect(await remote.twice(4)).toBe(8);
      expect(await remote.nothing()).toBe(undefined);
      expect(await remote.gate).toBeTypeOf("function");
      const waiting = remote.gate("later");
      await remote.openGate("later");
      expect(await waiting).toBe("later");
      expect(await remote.limit).toBe(7);
      expect(await remote.nested.deep.twice(21)).toBe(42);
      expect(await new remote.Counter(5).raise()).toBe(6);
    });

    it.each(suite.contract.endings as Ending[])("with PeerLostError for each of 1,000 pending calls when $name", (ending) =>
      checkEnding(suite, ending),
    );

    it("with PeerLostError, reason destroyed, when this side destroys the connection", async () => {
      const { connection, remote } = await suite.open();
      const calls = Array.from({ length: 100 }, () => rejectionOf<PeerLostError>(remote.forever()));
      connection.destroy();
      for (const error of await Promise.all(calls)) {
        expect(error).toBeInstanceOf(PeerLostError);
        expect(error).toMatchObject({ code: "ERR_PEER_LOST", reason: "destroyed" });
      }
      expect(await connection.closed).toMatchObject({ reason: "destroyed" });
      expect(connection.state).toBe("closed");
    });

    it("with DisposedError when it is made after this side ended the connection", async () => {
      const { connection, remote } = await suite.open();
      connection.destroy();
      expect(await rejectionOf(remote.twice(1))).toBeInstanceOf(DisposedError);
      expect(await rejectionOf(remote.limit)).toBeInstanceOf(DisposedError);
      const closed = await suite.open();
      await closed.connection.close();
      expect(await rejectionOf(closed.remote.twice(1))).toBeInstanceOf(DisposedError);
    });

    it("with PeerLostError, phase unsent, when it is made after the far side ended the connection", async () => {
      const { connection, remote } = await suite.open();
      const lost = rejectionOf(remote.destroyFarSide());
      await connection.closed;
      await lost;
      expect(await rejectionOf(remote.twice(1))).toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
    });

    it("in a phase that tells what may have happened: unsent, sent, accepted", async () => {
      const silent = await suite.open("silent", { unready: true });
      const unsent = rejectionOf(silent.remote.forever());
      await turn();
      silent.connection.destroy();
      expect(await unsent).toMatchObject({ phase: "unsent" });

      const { connection, remote } = await suite.open();
      const accepted = rejectionOf(remote.forever());
      // Two answers later the acknowledgement has come with one of them.
      await remote.echo(1);
      await remote.echo(2);
      const sent = rejectionOf(remote.forever());
      await turn();
      connection.destroy();
      expect(await accepted).toMatchObject({ phase: "accepted" });
      expect(await sent).toMatchObject({ phase: "sent" });
    });

    it("finishes calls in flight in both directions when a side closes", async () => {
      const { connection, remote } = await suite.open("usual", {
        api: { slow: () => new Promise((resolve) => setImmediate(resolve, "near")) },
      });
      const order: string[] = [];
      const waiting = remote.gate("closing").then((value) => order.push(String(value)));
      const back = remote.use(async () => {
        await turn();
        return "back";
      });
      const closing = connection.close().then(() => order.push("closed"));
      await withOptions(remote, {}).openGate("closing");
      await Promise.all([waiting, closing]);
      expect(await back).toBe("back");
      expect(order).toEqual(["closing", "closed"]);
      expect(await connection.closed).toMatchObject({ reason: "closed" });
    });

    it("finishes calls in flight when the far side closes, and refuses new ones", async () => {
      const { connection, remote } = await suite.open();
      const waiting = remote.gate("far closing");
      await remote.closeFarSide();
      await until(async () => {
        if (connection.state !== "ready") return true;
        await remote.openGate("far closing").catch(() => {});
        return false;
      });
      expect(await waiting).toBe("far closing");
      expect(await rejectionOf(remote.twice(1))).toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
      expect((await connection.closed).reason).toMatch(/far side/);
    });

    it("when the far side never says hello, after helloTimeout", async () => {
      const { connection, remote } = await suite.open("silent", { unready: true, helloTimeout: 30 });
      const call = rejectionOf(remote.twice(1));
      expect(await rejectionOf(connection.ready)).toBeInstanceOf(TimeoutError);
      expect(await call).toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
      expect((await connection.closed).reason).toMatch(/no hello within 30 ms/);
    });

    it("when the far side refuses: ready rejects with what it gave as the reason", async () => {
      const { connection, remote } = await suite.open("refusing", { unready: true });
      const call = rejectionOf(remote.twice(1));
      const error = await rejectionOf(connection.ready);
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toBe("not today");
      expect(await call).toBeInstanceOf(PeerLostError);
    });

    it("and tells it once: whoever listens hears of state and end", async () => {
      const { connection } = await suite.open();
      const heard: unknown[] = [];
      connection.on("state", (state) => heard.push(state));
      connection.on("close", ({ reason }) => heard.push(reason));
      connection.on("close", () => {
        throw new Error("a listener that throws harms nobody");
      });
      await connection.close();
      connection.destroy("again");
      await connection.close();
      expect(heard).toEqual(["draining", "closed", "closed"]);
    });
  });

  describe("law 2: what is sent is what it was at the call", () => {
    it("of an argument, whatever happens to it later in the tick", async () => {
      const { remote } = suite;
      const object = { n: 1, list: [1], bytes: new Uint8Array([1, 2, 3]), map: new Map([[1, { deep: 1 }]]) };
      const call = remote.echo(object);
      object.n = 2;
      object.list.push(2);
      object.bytes.fill(9);
      object.map.get(1)!.deep = 2;
      object.map.set(2, { deep: 3 });
      expect(await call).toEqual({ n: 1, list: [1], bytes: new Uint8Array([1, 2, 3]), map: new Map([[1, { deep: 1 }]]) });
    });

    it("of a result, whatever happens to it after the return", async () => {
      expect(await suite.remote.changesAfterwards()).toEqual({ n: 1, list: [1] });
      expect(await suite.remote.changesAfterAwait()).toEqual({ n: 1 });
    });

    it("of calls that wait for the hello", async () => {
      const { remote, connection } = await suite.open("usual", { unready: true });
      const object = { n: 1, list: ["a"] };
      const call = remote.echo(object);
      object.n = 2;
      object.list.length = 0;
      await connection.ready;
      expect(await call).toEqual({ n: 1, list: ["a"] });
    });

    it("of calls that wait for another one's result", async () => {
      const { remote } = suite;
      const first = remote.later(1, { fn: 1 });
      await turn();
      const object = { n: 1 };
      const [call] = [remote.echoAll(first, object)];
      object.n = 2;
      expect(await call).toEqual([{ fn: 1 }, { n: 1 }]);
    });

    it("with accessors read once, whatever else the value holds", async () => {
      for (const beside of [1, new Map(), () => 1, new Date(0)]) {
        let reads = 0;
        const read = {
          beside,
          get value() {
            return (reads += 1);
          },
        };
        expect(await suite.remote.echo({ read: [read] })).toMatchObject({ read: [{ value: 1 }] });
        expect(reads).toBe(1);
      }
    });

    it("of what a synchronous outgoing interceptor passes on", async () => {
      const { remote } = await suite.open("usual", { intercept: { outgoing: (_call, next) => next() } });
      const object = { n: 1 };
      const call = remote.echo(object);
      object.n = 2;
      expect(await call).toEqual({ n: 1 });
    });
  });

  describe("law 3: calls start in the order in which they were made", () => {
    it("a thousand of them, one-way calls among them", async () => {
      const { remote } = suite;
      const quietly = withOptions(remote, { oneWay: true });
      const calls = Array.from({ length: 1000 }, (_, n) => (n % 3 === 0 ? quietly : remote).note(n));
      await Promise.all(calls);
      expect(await remote.seen()).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    });

    it("before the far side is ready too", async () => {
      const { remote } = await suite.open("usual", { unready: true });
      for (let n = 0; n < 100; n += 1) void remote.note(n);
      expect(await remote.seen()).toEqual(Array.from({ length: 100 }, (_, n) => n));
    });

    it("and results come when they are ready", async () => {
      const { remote } = suite;
      const order: string[] = [];
      const slow = remote.gate("slow").then(() => order.push("slow"));
      const fast = remote.echo(1).then(() => order.push("fast"));
      await fast;
      await remote.openGate("slow");
      await slow;
      expect(order).toEqual(["fast", "slow"]);
    });

    it("a call with the promise of another waits for that one and holds back nobody", async () => {
      const { remote } = suite;
      const slow = remote.gate("held");
      const after = remote.echoAll([slow], 1);
      expect(await remote.echo("not held back")).toBe("not held back");
      await remote.openGate("held");
      expect(await after).toEqual([["held"], 1]);
    });

    it("a call on the promise of another waits for that one and holds back nobody", async () => {
      const { remote } = suite;
      const shop = remote.use(async (gate: Loose) => {
        await gate("on");
        return remote.shop;
      }, remote.gate);
      const after = shop.rename("by a chain");
      expect(await remote.echo("not held back")).toBe("not held back");
      await remote.openGate("on");
      expect(await (after as unknown as Loose).title).toBe("by a chain");
      await remote.shop.rename("shop");
    });

    it("a property is read when it is awaited", async () => {
      const { remote } = suite;
      const title = remote.shop.title;
      await remote.note("first");
      expect(await title).toBe("shop");
      expect(await title).toBe("shop");
      expect(await remote.seen()).toEqual(["first", "title read", "title read"]);
    });

    it("a validator that takes its time delays its own call alone", async () => {
      const { remote } = suite;
      const slow = remote.validatedLater(3);
      await remote.note("not held back");
      await remote.openGate("validator");
      expect(await slow).toBe(6);
      expect(await remote.seen()).toEqual(["not held back", "validated 3"]);
    });

    it("a call that a getter makes while arguments are written goes before theirs", async () => {
      const { remote } = suite;
      const argument = {
        get inner() {
          void remote.note("inner");
          return 1;
        },
      };
      await remote.noteAll(argument);
      expect(await remote.seen()).toEqual(["inner", { inner: 1 }]);
    });

    it("calls made by hundreds within members come back in order", async () => {
      const { remote } = suite;
      const heard: unknown[] = [];
      await Promise.all(Array.from({ length: 300 }, (_, n) => remote.use((value: unknown) => heard.push(value), n)));
      expect(heard).toEqual(Array.from({ length: 300 }, (_, n) => n));
    });
  });
}

async function checkEnding(suite: Suite, { end, told, expected }: Ending): Promise<void> {
  const opened = await suite.start();
  const { remote, connection, place } = opened;
  const stream = remote.slowNumbers() as AsyncIterable<unknown>;
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const signal = (await remote.makeSignal("never fired")) as AbortSignal;
  const inside = (await remote.echo({ promise: new Promise(() => {}) })) as { promise: Promise<unknown> };
  const insideLost = rejectionOf(inside.promise);
  let settled = 0;
  let since: (() => number) | undefined;
  const calls = Array.from({ length: 1000 }, (_, n) => {
    const call = rejectionOf<PeerLostError>(n % 2 === 0 ? remote.forever() : remote.echo({ nested: [remote.forever()] }));
    return call.finally(() => {
      settled += 1;
      since ??= ownTime();
    });
  });
  await remote.echo(1);
  await remote.echo(2);
  // Where Node itself tells of the end, the time runs from then; else from the first call that learns of it.
  void told?.(place).then(() => (since ??= ownTime()));
  const errors = await withoutStacks(async () => {
    await end(opened);
    return await Promise.all(calls);
  });
  expect(since!()).toBeLessThan(100);
  expect(settled).toBe(1000);
  for (const error of errors) {
    expect(error).toBeInstanceOf(PeerLostError);
    expect(error).toMatchObject({ remote: false, exitCode: expected.exitCode, signal: expected.signal });
    expect(error.reason).toMatch(expected.reason);
    expect(error.phase).toMatch(/sent|accepted/);
  }
  expect(String((errors[0]!.cause as Error | undefined)?.message)).toMatch(expected.cause ?? /./);
  await expect(iterator.next()).rejects.toBeInstanceOf(PeerLostError);
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toBeInstanceOf(PeerLostError);
  expect(await insideLost).toBeInstanceOf(PeerLostError);
  expect(await connection.closed).toMatchObject({ exitCode: expected.exitCode, signal: expected.signal });
  expect(connection.stats()).toMatchObject({
    pendingCalls: 0,
    runningCalls: 0,
    exports: 0,
    imports: 0,
    streams: 0,
    promises: 0,
    signals: 0,
  });
}

/** A test runner maps the frames of each stack to their sources, which takes longer than everything else here. */
async function withoutStacks<T>(run: () => Promise<T>): Promise<T> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
