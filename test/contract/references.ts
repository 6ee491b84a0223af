// Laws 4 and 5: the same object is the same proxy, a proxy sent home is the object, and nothing leaks.
import { describe, expect, it } from "vitest";
import { StaleReferenceError } from "../../lib/core/errors.ts";
import { proxy, RemoteObject } from "../../lib/core/marks.ts";
import { connectionOf, release, withOptions } from "../../lib/core/remote-functions.ts";
import type { Loose } from "./loose.ts";
import { checkNothingIsLeft, rejectionOf, type Suite, turn, until } from "./suite.ts";

export function specifyReferences(suite: Suite): void {
  specifyIdentity(suite);
  describe("law 5: nothing leaks", () => {
    specifyHolding(suite);
    specifyOwnership(suite);
  });
}

function specifyIdentity(suite: Suite): void {
  describe("law 4: identity", () => {
    it("a function sent twice is the same over there, in one call or in two", async () => {
      const { remote } = suite;
      const fn = (): void => {};
      expect(await remote.areSame(fn, fn)).toBe(true);
      expect(await remote.areSame(fn, () => {})).toBe(false);
      await remote.keep("fn", fn);
      expect(await remote.isKept("fn", fn)).toBe(true);
      expect(await remote.isKept("fn", () => {})).toBe(false);
      await remote.drop("fn");
    });

    it("so is a marked object, wherever it stands in a value", async () => {
      const { remote } = suite;
      const marked = proxy({ n: 1 });
      await remote.keep("marked", marked);
      expect(await remote.isKept("marked", marked)).toBe(true);
      expect(await remote.use((value: unknown) => remote.isKept("marked", value), marked)).toBe(true);
      await remote.drop("marked");
    });

    it("an object of the far side given twice is the same proxy here", async () => {
      const { remote } = suite;
      const [one, { again }] = (await remote.ownAccountTwice()) as [object, { again: object }];
      expect(again).toBe(one);
      expect(await remote.home).toBe(await remote.home);
    });

    it("a proxy sent home is the original object again", async () => {
      const { remote } = suite;
      const home = await remote.home;
      expect(await remote.isHome(home)).toBe(true);
      expect(await remote.isHome(await remote.echo({ deep: [home] }).then((value) => (value as { deep: [object] }).deep[0]))).toBe(true);
    });

    it("so is one of ours that comes back from over there", async () => {
      const { remote } = suite;
      const fn = (): string => "mine";
      const marked = proxy({ mine: true });
      expect(await remote.echo(fn)).toBe(fn);
      expect(await remote.echo({ in: [marked] })).toEqual({ in: [marked] });
      expect(((await remote.echo({ in: [marked] })) as { in: object[] }).in[0]).toBe(marked);
    });

    it("and the roots of both sides", async () => {
      const { remote } = suite;
      expect(await remote.isRoot(remote)).toBe(true);
      expect(await remote.root()).toBe(remote);
      const root = (await remote.use((far: unknown) => far, remote)) as Loose;
      expect(root).toBe(remote);
    });

    it("a method that returns `this` gives the proxy on which it was called", async () => {
      const shop = (await suite.remote.makeShop("first")) as Loose;
      expect(await shop.rename("second")).toBe(shop);
      expect(await shop.title).toBe("second");
    });

    it("what `new` made is one object, passed by reference", async () => {
      const counter = (await new suite.remote.Counter(5)) as Loose;
      expect(await counter.raise(2)).toBe(7);
      expect(await counter.count).toBe(7);
      expect(await suite.remote.callMember(counter, "raise", 3)).toBe(10);
      expect(await suite.remote.echo(counter)).toBe(counter);
    });

    it("a proxy handed on to a third side works through this one", async () => {
      const { remote } = suite;
      const third = await suite.open();
      const counter = (await new remote.Counter(1)) as Loose;
      expect(await third.remote.callMember(counter, "raise", 2)).toBe(3);
      expect(await third.remote.use(remote.twice, 4)).toBe(8);
      await checkNothingIsLeft(third);
    });

    it("connectionOf tells whose a remote is", async () => {
      const { remote, connection } = suite;
      expect(connectionOf(remote)).toBe(connection);
      expect(connectionOf(remote.nested.deep)).toBe(connection);
      expect(connectionOf((await remote.home) as object)).toBe(connection);
      expect(() => connectionOf({})).toThrow(TypeError);
    });
  });
}

function specifyHolding(suite: Suite): void {
  it("a callback works for as long as the far side holds it, not only during the call", async () => {
    const { remote, connection } = suite;
    const heard: unknown[] = [];
    await remote.keep("callback", (value: unknown) => heard.push(value));
    globalThis.gc!();
    await remote.collectGarbage();
    await remote.useKept("callback", "after the call");
    expect(heard).toEqual(["after the call"]);
    expect(connection.stats().exports).toBe(1);
    await remote.drop("callback");
  });

  it("a callback that the far side dropped is collected there and given back here", async () => {
    const { remote, connection } = suite;
    for (let n = 0; n < 50; n += 1) await remote.echo(n).then(() => remote.use(() => n));
    await remote.keep("one", () => 1);
    await remote.drop("one");
    await checkNothingIsLeft(suite);
    expect(connection.stats().exports).toBe(0);
  });

  it("a proxy that this side dropped is collected here and given back there", async () => {
    const { remote } = suite;
    const make = async (): Promise<void> => void (await remote.makeFunction());
    for (let n = 0; n < 50; n += 1) await make();
    await checkNothingIsLeft(suite);
    expect(await remote.stats()).toMatchObject({ exports: 0 });
  });

  it("release() lets go at once; a later call rejects and harms nobody", async () => {
    const { remote, connection } = suite;
    const fn = (await remote.makeFunction()) as Loose;
    expect(await fn(1)).toBe(2);
    expect(connection.stats().imports).toBe(1);
    release(fn);
    expect(connection.stats().imports).toBe(0);
    expect(await rejectionOf(fn(1))).toBeInstanceOf(StaleReferenceError);
    release(fn);
    expect(await remote.stats()).toMatchObject({ exports: 0 });
  });

  it("so does the end of a `using` block", async () => {
    const { remote, connection } = suite;
    const fn = (await remote.makeFunction()) as Loose & Disposable & AsyncDisposable;
    fn[Symbol.dispose]();
    expect(await rejectionOf(fn(1))).toBeInstanceOf(StaleReferenceError);
    const other = (await remote.makeFunction()) as Loose & AsyncDisposable;
    await other[Symbol.asyncDispose]();
    expect(connection.stats().imports).toBe(0);
  });

  it("a callback that was released over there rejects here, and throws from no timer", async () => {
    const { remote } = suite;
    await remote.keep("released", () => 1);
    await remote.releaseKept("released");
    const error = await rejectionOf<{ code: string }>(remote.useKept("released"));
    expect(error.code).toBe("ERR_STALE_REFERENCE");
    await remote.drop("released");
  });

  it("a release overtakes no call that was made before it", async () => {
    const { remote } = suite;
    const account = (await remote.account("busy")) as Loose;
    const busy = account.busyUntil("unhurried");
    const name = account.holder;
    const read = name.then((value) => value);
    release(account);
    await remote.openGate("unhurried");
    expect(await busy).toBe("busy");
    expect(await read).toBe("busy");
  });

  it("an object that is given again while its release is under way works", async () => {
    const { remote } = suite;
    for (let n = 0; n < 100; n += 1) {
      const first = (await remote.home) as Loose;
      const again = remote.home;
      release(first);
      const second = (await again) as Loose;
      expect(second).not.toBe(first);
      expect(await remote.isHome(second)).toBe(true);
      release(second);
    }
  });

  it("the count of introductions is given back whole", async () => {
    const { remote } = suite;
    const homes = await Promise.all(Array.from({ length: 20 }, () => remote.home));
    expect(new Set(homes).size).toBe(1);
    expect(await remote.stats()).toMatchObject({ exports: 1 });
    release(homes[0] as object);
    expect(await remote.stats()).toMatchObject({ exports: 0 });
  });

  it("what came with an answer that nobody waits for any more is given back", async () => {
    const { remote, connection } = suite;
    const controller = new AbortController();
    const quick = withOptions(remote, { signal: controller.signal });
    const late = rejectionOf(
      quick.use(async () => {
        await turn();
        return [() => 1, proxy({})];
      }),
    );
    const stream = rejectionOf(quick.numbers());
    const refs = rejectionOf(quick.ownAccountTwice());
    controller.abort();
    await Promise.all([late, stream, refs]);
    await until(() => connection.stats().lateReplies >= 2);
    await checkNothingIsLeft(suite);
  });

  it("what came with a one-way result or a refused call is given back", async () => {
    const { remote } = suite;
    await withOptions(remote, { oneWay: true }).ownAccountTwice();
    await withOptions(remote, { oneWay: true }).numbers();
    await rejectionOf(remote.missing(() => 1, proxy({}), new ReadableStream(), new AbortController().signal));
    await rejectionOf(remote.nested.none.deep(() => 1));
    await checkNothingIsLeft(suite);
  });

  it("a loop over thousands of callbacks, streams and objects leaves the tables empty", async () => {
    const { remote } = suite;
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => remote.useTwice(async (value: unknown) => [n, value])));
      for await (const _ of remote.numbers()) break;
      await remote.takeSome(
        (async function* () {
          yield* [1, 2, 3];
        })(),
        1,
      );
      release((await remote.account("loop")) as object);
    }
    await checkNothingIsLeft(suite);
  });

  it("traceReferences tells where each live reference was made", async () => {
    const { remote, connection } = await suite.open("tracing", { traceReferences: true });
    const fn = (await remote.makeFunction()) as Loose;
    await remote.keep("traced", function traced() {});
    const { imports, exports } = connection.stats().references;
    expect(imports).toMatchObject([{ count: 1 }]);
    expect(exports).toHaveLength(1);
    expect(exports[0]!.trace).toMatch(/references\.ts/);
    expect(await remote.stats()).toMatchObject({
      references: { exports: [{ trace: expect.stringMatching(/returned by a member/) as unknown }] },
    });
    expect(await fn(1)).toBe(2);
  });
}

function specifyOwnership(suite: Suite): void {
  it("what this side constructed is disposed of once, when this side lets go", async () => {
    const { remote } = suite;
    const shop = (await new remote.Shop("own")) as Loose;
    expect(await shop.title).toBe("own");
    await remote.seen();
    release(shop);
    expect(await remote.seen()).toEqual(["dispose own"]);
  });

  it("an instance of RemoteObject that was passed is disposed of once, when the far side lets go", async () => {
    const { remote } = suite;
    const disposed: string[] = [];
    class Own extends RemoteObject {
      name = "own";
      [Symbol.dispose](): void {
        disposed.push("own");
      }
    }
    await remote.keep("own", new Own());
    globalThis.gc!();
    await remote.collectGarbage();
    expect(disposed).toEqual([]);
    await remote.drop("own");
    await until(async () => {
      await remote.collectGarbage();
      return disposed.length > 0;
    });
    await checkNothingIsLeft(suite);
    expect(disposed).toEqual(["own"]);
  });

  it("never proxy(x), a function, or the root", async () => {
    const { remote } = suite;
    release((await remote.makeShop("marked")) as object);
    release((await remote.makeFunction()) as object);
    release((await remote.root()) as object);
    expect(await remote.seen()).toEqual([]);
    const own = await suite.open();
    own.connection.destroy();
    await own.connection.closed;
  });

  it("nor a RemoteObject that proxy() marked, be it after it was passed", async () => {
    const { remote, connection } = await suite.open();
    const disposed: string[] = [];
    class Own extends RemoteObject {
      readonly #name: string;
      constructor(name: string) {
        super();
        this.#name = name;
      }
      [Symbol.dispose](): void {
        disposed.push(this.#name);
      }
    }
    const late = new Own("late");
    await remote.keep("marked", proxy(new Own("marked")));
    await remote.keep("late", late);
    await remote.keep("other", new Own("other"));
    proxy(late);
    await remote.releaseKept("marked");
    await until(() => connection.stats().exports === 2);
    connection.destroy();
    await connection.closed;
    expect(disposed).toEqual(["other"]);
  });

  it("not underneath a call that runs on it, but after it", async () => {
    const { remote } = suite;
    const account = (await remote.account("patient")) as Loose;
    const busy = account.busyUntil("patience").then((value) => value);
    release(account);
    expect(await remote.seen()).toEqual([]);
    await remote.openGate("patience");
    expect(await busy).toBe("patient");
    expect(await remote.seen()).toEqual(["dispose patient"]);
  });

  it("when the connection ends, however it does", async () => {
    let disposed = 0;
    class Own extends RemoteObject {
      [Symbol.dispose](): void {
        disposed += 1;
      }
    }
    const { remote, connection } = await suite.open("usual", { api: { Own: class extends Own {} } });
    await remote.keep("own", new Own());
    await remote.keep("again", [new Own(), new Own()]);
    connection.destroy();
    await connection.closed;
    expect(disposed).toBe(3);
  });

  it("when the last holder over all connections let go", async () => {
    let disposed = 0;
    class Own extends RemoteObject {
      [Symbol.dispose](): void {
        disposed += 1;
      }
    }
    const own = new Own();
    const [one, two] = [await suite.open(), await suite.open()];
    await one.remote.keep("own", own);
    await two.remote.keep("own", own);
    one.connection.destroy();
    await one.connection.closed;
    expect(disposed).toBe(0);
    two.connection.destroy();
    await two.connection.closed;
    expect(disposed).toBe(1);
  });

  it("asynchronous disposal too; what it throws is told by an event and harms nobody", async () => {
    const errors: unknown[] = [];
    class Own extends RemoteObject {
      async [Symbol.asyncDispose](): Promise<void> {
        await turn();
        throw new Error("cannot be disposed of");
      }
    }
    const { remote, connection } = await suite.open();
    connection.on("error", (error) => errors.push(error));
    await remote.keep("own", new Own());
    await remote.releaseKept("own");
    await until(() => errors.length > 0);
    expect(errors).toMatchObject([{ message: "cannot be disposed of" }]);
    expect(await remote.echo(1)).toBe(1);
    await remote.drop("own");
  });
}
