// What can be done to members beside calling them: reading, setting, deleting, listing, describing; and calls that
// want no answer, that start at the results of others, or pass interceptors and validators.
import { describe, expect, it } from "vitest";
import { type PeerLostError, RpcError } from "../../lib/core/errors.ts";
import { describe as describeRemote, reflect, withOptions } from "../../lib/core/remote-functions.ts";
import { NamedPoint, Point } from "../fixtures/contract-classes.mjs";
import type { Loose } from "./loose.ts";
import { rejectionOf, type Suite, turn, until } from "./suite.ts";

export function specifyMembers(suite: Suite): void {
  specifyWriting(suite);
  specifyOneWay(suite);
  specifyPipelining(suite);
  specifyInterception(suite);
  specifyClasses(suite);
}

function specifyWriting(suite: Suite): void {
  describe("members", () => {
    it("are set and deleted where the exposing side says writable: true", async () => {
      const { remote } = await suite.open("writable");
      expect(await reflect.set(remote.plain, "a", 5)).toBe(true);
      expect(await remote.plain.a).toBe(5);
      expect(await reflect.set(remote.plain, "added", { new: true })).toBe(true);
      expect(await reflect.get(remote.plain, "added")).toEqual({ new: true });
      expect(await reflect.delete(remote.plain, "added")).toBe(true);
      expect(await reflect.has(remote.plain, "added")).toBe(false);
    });

    it("are assigned through the remote itself, in order with calls", async () => {
      const { remote } = await suite.open("writable");
      (remote.plain as unknown as { a: number }).a = 9;
      expect(await remote.plain.a).toBe(9);
      delete (remote.plain as unknown as { a?: number }).a;
      expect(await reflect.has(remote.plain, "a")).toBe(false);
    });

    it("are read-only otherwise: reflect rejects, an assignment shows in an event of the far side", async () => {
      const { remote } = suite;
      expect(await rejectionOf(reflect.set(remote.plain, "a", 5))).toMatchObject({ code: "ERR_NOT_EXPOSED" });
      expect(await rejectionOf(reflect.delete(remote.plain, "a"))).toMatchObject({ code: "ERR_NOT_EXPOSED" });
      (remote.plain as unknown as { a: number }).a = 9;
      expect(await remote.plain.a).toBe(1);
      await until(async () => ((await suite.ask("errors")) as string[]).some((error) => error.includes("read-only")));
    });

    it("that may not be reached are not set either, even where it is allowed", async () => {
      const { remote } = await suite.open("writable");
      for (const name of ["__proto__", "constructor", "toString", "_secret", "then", "prototype"])
        expect(await rejectionOf(reflect.set(remote.plain, name, { polluted: true })), `set ${name}`).toMatchObject({
          code: "ERR_NOT_EXPOSED",
        });
      expect(await suite.ask("polluted")).toBe(false);
    });

    it("are told by has and listed by keys", async () => {
      const { remote } = suite;
      expect(await reflect.keys(remote.plain)).toEqual(["a", "nested", "list", "instance"]);
      expect(await reflect.has(remote.plain, "a")).toBe(true);
      expect(await reflect.has(remote.plain, "_secret")).toBe(false);
      expect(await reflect.has(remote.plain, "toString")).toBe(false);
      expect(await reflect.keys(remote.shop)).toEqual(["title", "rename"]);
    });

    it("are described with their kinds and arity", async () => {
      const { remote } = suite;
      expect(await describeRemote(remote.shop)).toEqual([
        { name: "title", kind: "getter" },
        { name: "rename", kind: "method", arity: 1 },
      ]);
      const members = await describeRemote(remote);
      expect(members).toContainEqual({ name: "limit", kind: "value" });
      expect(members).toContainEqual({ name: "Counter", kind: "class", arity: 0 });
      expect(members).toContainEqual({ name: "nested", kind: "object" });
      expect(members).toContainEqual({ name: "twice", kind: "method", arity: 1 });
    });

    it("own fields of instances are reached only with fields: true, and the error says so", async () => {
      const { remote } = suite;
      const error = await rejectionOf(remote.shop.items);
      expect(error).toMatchObject({ code: "ERR_NOT_EXPOSED" });
      expect(error.message).toMatch(/fields: true/);
      const open = await suite.open("fields");
      expect(await open.remote.shop.items).toEqual(["private field"]);
    });

    it("a function can be exposed, with members of its own", async () => {
      const { remote } = await suite.open("a function");
      expect(await remote(1)).toBe(2);
      expect(await remote.twice(4)).toBe(8);
      expect(await rejectionOf(new remote(1))).toBeInstanceOf(TypeError);
    });

    it("a class can be exposed: it is constructed from afar, and its static members are reached", async () => {
      const { remote } = await suite.open("a class");
      const greeter = (await new remote("you")) as Loose;
      expect(await greeter.greet()).toBe("hello you");
      expect(await remote.version).toBe(3);
    });

    it("where nothing is exposed, a call says so and what to do", async () => {
      const { remote } = await suite.open("nothing");
      const error = await rejectionOf(remote.echo(1));
      expect(error).toMatchObject({ code: "ERR_NOT_EXPOSED" });
      expect(error.message).toMatch(/expose\(api, endpoint\)/);
    });

    it("a member that is not there suggests the name that was meant", async () => {
      const error = await rejectionOf((suite.remote as unknown as { twise: Loose }).twise(1));
      expect(error.message).toMatch(/Did you mean "twice"/);
      expect(await rejectionOf(suite.remote.limit())).toBeInstanceOf(TypeError);
      expect(await rejectionOf(new suite.remote.limit())).toBeInstanceOf(TypeError);
    });

    it("listening to an emitter: the same function that is taken off hears nothing more", async () => {
      const { remote } = suite;
      const heard: unknown[] = [];
      const listener = (...args: unknown[]): void => void heard.push(args);
      const emitter = (await remote.emitter) as unknown as Record<"on" | "once" | "off", (name: string, fn: unknown) => Promise<unknown>>;
      await emitter.on("news", listener);
      await remote.emit("news", 1, { two: 2 });
      await until(() => heard.length === 1);
      await emitter.off("news", listener);
      await emitter.once("news", listener);
      await remote.emit("news", 2);
      await remote.emit("news", 3);
      await until(() => heard.length === 2);
      expect(heard).toEqual([[1, { two: 2 }], [2]]);
      await until(async () => (await remote.listeners("news")) === 0);
    });

    it("off takes away what on and once added, one for each, as on an emitter of one's own", async () => {
      const { remote } = suite;
      const heard: unknown[] = [];
      const listener = (n: unknown): void => void heard.push(n);
      const emitter = (await remote.emitter) as unknown as Record<"on" | "once" | "off", (name: string, fn: unknown) => Promise<unknown>>;
      await emitter.on("often", listener);
      await emitter.on("often", listener);
      await emitter.once("often", listener);
      await remote.emit("often", 1);
      await until(() => heard.length === 3);
      expect(await remote.listeners("often")).toBe(2);
      await emitter.off("often", listener);
      await remote.emit("often", 2);
      await until(() => heard.length === 4);
      await emitter.off("often", listener);
      await emitter.off("often", listener);
      expect(await remote.listeners("often")).toBe(0);
      await emitter.once("often", listener);
      await emitter.off("often", listener);
      expect(await remote.listeners("often")).toBe(0);
      expect(heard).toEqual([1, 1, 1, 2]);
    });
  });
}

function specifyOneWay(suite: Suite): void {
  describe("one-way calls", () => {
    it("resolve to undefined at once, want no answer, and have no entry in the table", async () => {
      const { remote, connection } = suite;
      const quietly = withOptions(remote, { oneWay: true });
      const before = connection.stats().receivedBatches;
      const calls = [quietly.note(1), quietly.hang(), quietly.forever(), quietly.fail("Error")];
      expect(connection.stats().pendingCalls).toBe(0);
      expect(await Promise.all(calls)).toEqual([undefined, undefined, undefined, undefined]);
      expect(connection.stats().receivedBatches - before).toBeLessThanOrEqual(1);
      // What runs over there for ever ends with its connection.
      await suite.connection.close().catch(() => {});
    });

    it("can be made on callbacks", async () => {
      const heard: unknown[] = [];
      await suite.remote.callBackOneWay((value: unknown) => heard.push(value));
      await until(() => heard.length > 0);
      expect(heard).toEqual(["one way"]);
    });

    it("reject here when they cannot be sent", async () => {
      expect(await rejectionOf(withOptions(suite.remote, { oneWay: true }).note(Symbol("bad")))).toMatchObject({
        code: "ERR_UNSERIALIZABLE",
      });
    });
  });
}

function specifyPipelining(suite: Suite): void {
  describe("pipelining", () => {
    /** Batches that a step sent, and came with. */
    const batchesOf = async (step: () => Promise<unknown>): Promise<{ sent: number; received: number }> => {
      const { connection, remote } = suite;
      // What was under way before is over.
      await remote.echo(1);
      await turn();
      const before = connection.stats();
      await step();
      const after = connection.stats();
      return { sent: after.sentBatches - before.sentBatches, received: after.receivedBatches - before.receivedBatches };
    };

    it("a chain of calls made in one tick is one round trip", async () => {
      const { remote } = suite;
      const { sent } = await batchesOf(async () => {
        const shop = remote.makeShop("chained");
        const renamed = shop.rename("renamed");
        // Properties are read when they are awaited: after the calls.
        expect(await Promise.all([shop.title, renamed.title, renamed.rename("again").title])).toEqual(["again", "again", "again"]);
      });
      // The first leaves at once, the rest of the tick in one batch; a third may let go of the first's result.
      expect(sent).toBeLessThanOrEqual(3);
    });

    it("so are results that are arguments of other calls, at any depth", async () => {
      const { remote } = suite;
      const { sent } = await batchesOf(async () => {
        const eight = remote.twice(remote.twice(remote.twice(1)));
        const deep = remote.echo({ list: [{ value: remote.twice(4) }, new Map([["k", remote.twice(5)]])] });
        expect(await eight).toBe(8);
        expect(await deep).toEqual({ list: [{ value: 8 }, new Map([["k", 10]])] });
      });
      expect(sent).toBeLessThanOrEqual(2);
    });

    it("a thousand calls of a tick go in batches of 32, so that the far side begins while this one still writes", async () => {
      const { remote } = suite;
      const { sent, received } = await batchesOf(() => Promise.all(Array.from({ length: 1000 }, (_, n) => remote.twice(n))));
      expect(sent).toBeLessThanOrEqual(34);
      expect(sent).toBeGreaterThanOrEqual(1000 / 32);
      expect(received).toBeLessThanOrEqual(40);
    });

    it("members of what `new` makes, and of a property", async () => {
      const { remote } = suite;
      expect(await new remote.Counter(5).raise(3)).toBe(8);
      const counter = new remote.Counter(1);
      expect(await Promise.all([counter.raise(), counter.raise(), counter.count])).toEqual([2, 3, 3]);
      expect(await remote.home).not.toBe(undefined);
    });

    it("chains on a promise that has settled", async () => {
      const { remote } = suite;
      const shop = remote.makeShop("later");
      await shop;
      expect(await shop.title).toBe("later");
      expect(await remote.readMember(shop, "title")).toBe("later");
      await turn();
      expect(await shop.rename("even later").title).toBe("even later");
      const list = remote.echo({ nested: { list: [1, 2] }, a: 1 });
      await list;
      expect(await list.a).toBe(1);
      expect(await list.nested.list).toEqual([1, 2]);
    });

    it("chains made later while the call still runs", async () => {
      const { remote } = suite;
      const shop = remote.use(async () => {
        await turn();
        return await remote.makeShop("slow");
      });
      await turn();
      const title = shop.title;
      const read = title.then((value) => value);
      expect(await read).toBe("slow");
    });

    it("intermediates raise no unhandledRejection, a plain call that nobody looks at does", async () => {
      const { remote } = suite;
      const seen: unknown[] = [];
      const listeners = process.listeners("unhandledRejection");
      process.removeAllListeners("unhandledRejection");
      process.on("unhandledRejection", (reason) => seen.push((reason as Error).message));
      try {
        await rejectionOf(remote.fail("RangeError").a.b());
        await rejectionOf(remote.echo(remote.fail("TypeError")));
        await turn();
        await turn();
        expect(seen).toEqual([]);
        void remote.fail("SyntaxError");
        await until(() => seen.length > 0);
        expect(seen).toEqual(["message of it"]);
      } finally {
        process.removeAllListeners("unhandledRejection");
        for (const listener of listeners) process.on("unhandledRejection", listener);
      }
    });

    it("Promise.race against a long-lived remote promise works, and so do all and any", async () => {
      const { remote } = await suite.open();
      const never = remote.forever();
      for (let n = 0; n < 100; n += 1) expect(await Promise.race([never, remote.echo(n)])).toBe(n);
      expect(await Promise.any([never, remote.fail("Error"), remote.echo("any")])).toBe("any");
      never.catch(() => {});
    });

    it("a call on what is no object rejects", async () => {
      const { remote } = suite;
      expect(await rejectionOf(remote.echo(1).a.b())).toBeInstanceOf(Error);
      expect(await rejectionOf(remote.nothing().missing())).toBeInstanceOf(TypeError);
      expect(await rejectionOf(remote.echo(null).missing())).toBeInstanceOf(TypeError);
    });
  });
}

function specifyInterception(suite: Suite): void {
  describe("interceptors and validators", () => {
    it("an outgoing interceptor sees path and arguments, changes them, and replaces results", async () => {
      const calls: unknown[] = [];
      const { remote } = await suite.open("usual", {
        intercept: {
          outgoing: async (call, next) => {
            calls.push([call.op, call.path.join("."), call.args, call.meta]);
            if (call.path[0] === "limit") return "instead";
            const result = await next({ args: call.args.map((n) => Number(n) + 1), meta: { added: true } });
            return [result];
          },
        },
      });
      expect(await withOptions(remote, { meta: { user: "me" } }).nested.deep.twice(4)).toEqual([10]);
      expect(await remote.limit).toBe("instead");
      expect(((await remote.context()) as [{ meta: object }])[0].meta).toEqual({ added: true });
      expect(calls.slice(0, 2)).toEqual([
        ["call", "nested.deep.twice", [4], { user: "me" }],
        ["get", "limit", [], {}],
      ]);
    });

    it("an outgoing interceptor may repeat a call, and refuse it", async () => {
      let tries = 0;
      const { remote } = await suite.open("usual", {
        intercept: {
          outgoing: async (call, next) => {
            if (call.path[0] === "block") throw new RpcError("ERR_TOO_SLOW", "not this one");
            for (;;) {
              try {
                return await next();
              } catch (error) {
                if ((tries += 1) === 3) throw error;
              }
            }
          },
        },
      });
      expect(await rejectionOf(remote.block(1))).toMatchObject({ code: "ERR_TOO_SLOW" });
      expect(await rejectionOf(remote.fail("RangeError"))).toBeInstanceOf(RangeError);
      expect(tries).toBe(3);
    });

    it("the end of the connection ends calls that an interceptor keeps, in the phase that they were in", async () => {
      const { remote, connection } = await suite.open("usual", {
        intercept: {
          outgoing: async (call, next) => {
            if (call.path[0] === "note") return await new Promise(() => {});
            if (call.path[0] === "echo") {
              await next();
              return await new Promise(() => {});
            }
            return await next();
          },
        },
      });
      const calls = [remote.note(1), remote.forever(), remote.echo(1)].map((call) => rejectionOf<PeerLostError>(call));
      await until(() => connection.stats().pendingCalls === 1 && connection.stats().receivedBatches > 1);
      connection.destroy();
      const phases = (await Promise.all(calls)).map(({ code, phase }) => [code, phase]);
      expect(phases[0]).toEqual(["ERR_PEER_LOST", "unsent"]);
      expect(phases[1]![1]).not.toBe("unsent");
      expect(phases[2]).toEqual(["ERR_PEER_LOST", "accepted"]);
    });

    it("an incoming interceptor sees meta, changes arguments, replaces results, and refuses", async () => {
      const { remote } = await suite.open("intercepted");
      expect(await remote.twice(4)).toBe(8);
      expect(await withOptions(remote, { meta: { user: "double" } }).twice(4)).toBe(16);
      expect(await withOptions(remote, { meta: { user: "replace" } }).nested.deep.twice(4)).toBe("instead of call nested.deep.twice");
      expect(await rejectionOf(withOptions(remote, { meta: { user: "nobody" } }).twice(4))).toMatchObject({
        code: "ERR_FORBIDDEN",
        remote: true,
      });
    });

    it("the member sees the meta that an incoming interceptor passed on, and else the caller's", async () => {
      const { remote } = await suite.open("intercepted");
      expect(await withOptions(remote, { meta: { user: "token" } }).context()).toMatchObject({ meta: { user: "ada" } });
      expect(await withOptions(remote, { meta: { user: "me" } }).context()).toMatchObject({ meta: { user: "me" } });
    });

    it("validated() refuses bad arguments before the member runs, with the issues", async () => {
      const { remote } = suite;
      expect(await remote.validatedTwice(3)).toBe(6);
      const error = await rejectionOf<{ code: string; issues: unknown }>(remote.validatedTwice(-3));
      expect(error).toMatchObject({ code: "ERR_VALIDATION", issues: [{ message: "must be positive", path: [0] }] });
      // Arrow functions without a name of their own.
      expect((error as unknown as Error).message).toMatch(/^validatedTwice\(\) was called/);
      await remote.openGate("validator");
      expect(await rejectionOf(remote.validatedLater(-3))).toMatchObject({
        code: "ERR_VALIDATION",
        message: expect.stringMatching(/^validatedLater\(\)/) as string,
      });
      expect(await remote.validatedLater(3)).toBe(6);
    });

    it("options of withOptions hold for members and chains of that remote, later ones first", async () => {
      const { remote } = suite;
      const mine = withOptions(remote, { meta: { user: "me" } });
      expect(await mine.context()).toMatchObject({ meta: { user: "me" } });
      expect(await withOptions(mine, { meta: { user: "other" } }).context()).toMatchObject({ meta: { user: "other" } });
      expect(await remote.context()).toMatchObject({ meta: {} });
      expect(() => withOptions({}, {})).toThrow(TypeError);
    });
  });
}

function specifyClasses(suite: Suite): void {
  describe("registered and listed classes", () => {
    it("the subclass before its base, at any depth", async () => {
      const value = { list: [new NamedPoint(1, 2, "n"), new Map([["p", new Point(3, 4)]])] };
      const back = (await suite.remote.echo(value)) as typeof value;
      expect(back).toEqual(value);
      expect(back.list[0]).toBeInstanceOf(NamedPoint);
      expect(await suite.remote.isPoint(new NamedPoint(1, 2, "n"))).toBe(true);
    });

    it("an unknown class name becomes a plain, clearly named thing, never a constructor call", async () => {
      const { remote } = await suite.open("no classes");
      expect(await remote.echo(1)).toBe(1);
      expect(await remote.echo(new Point(1, 2))).toEqual({ unknownClass: "point", data: [1, 2] });
      expect(await rejectionOf(remote.point())).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
    });

    it("instances of listed classes keep their identity", async () => {
      const { remote } = suite;
      const listed = (await remote.listedKept()) as Loose;
      expect(await remote.listedKept()).toBe(listed);
      expect(await listed.raise()).toBe(1);
      await remote.drop("listed");
    });
  });
}
