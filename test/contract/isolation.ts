// Law 10: one bad call harms one call, and leaves no trace.
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { PeerLostError, UnserializableError } from "../../lib/core/errors.ts";
import { withOptions } from "../../lib/core/remote-functions.ts";
import { Unknown } from "../fixtures/contract-classes.mjs";
import { rejectionOf, type Suite, until } from "./suite.ts";

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let n = 0; n < levels; n += 1) value = [value];
  return value;
};

const unsendable: { what: string; make: () => unknown; path: string }[] = [
  { what: "a symbol", make: () => Symbol("lonely"), path: "args[0]" },
  { what: "an instance of a class", make: () => ({ rows: [0, { handle: new Unknown() }] }), path: "args[0].rows[1].handle" },
  { what: "a subclass of Map", make: () => [new (class Bag extends Map {})()], path: "args[0][0]" },
  { what: "a WeakMap", make: () => new Map([["k", new WeakMap()]]), path: "args[0].k" },
  { what: "an own callable then", make: () => ({ a: { then: () => 1 } }), path: "args[0].a.then" },
  { what: "an own __proto__", make: () => JSON.parse('{"a":{"__proto__":{"polluted":true}}}') as unknown, path: "args[0].a.__proto__" },
  { what: "a value 10,000 levels deep", make: () => deep(10_000), path: "args[0][0]" },
  { what: "an array with a hole of two thousand million items", make: () => Object.assign([], { length: 2 ** 31 }), path: "args[0]" },
];

export function specifyIsolation(suite: Suite): void {
  describe("law 10: one bad call harms one call", () => {
    it.each(unsendable)("an argument with $what rejects its call and names the path", async ({ make, path }) => {
      const { remote, connection } = suite;
      const { sentBytes } = connection.stats();
      const error = await rejectionOf<UnserializableError>(remote.echo(make()));
      expect(error).toBeInstanceOf(UnserializableError);
      expect(error.path.slice(0, path.length)).toBe(path);
      expect(error.message).toContain(path);
      expect(connection.stats().sentBytes).toBe(sentBytes);
      expect(await remote.echo("still here")).toBe("still here");
    });

    it.each(["symbol", "class instance", "WeakMap", "own then", "own __proto__", "10,000 levels", "sparse array"])(
      "a result that cannot be sent (%s) rejects that call",
      async (what) => {
        const { remote } = suite;
        const [bad, good] = [rejectionOf<{ code: string }>(remote.makeUnsendable(what)), remote.echo(1)];
        expect(await bad).toMatchObject({ code: "ERR_UNSERIALIZABLE", remote: true });
        expect(await good).toBe(1);
      },
    );

    it("a getter that throws rejects its call with what it threw", async () => {
      const { remote } = suite;
      const bad = {
        get worse(): never {
          throw new RangeError("from a getter");
        },
      };
      expect((await rejectionOf(remote.echo({ list: [bad] }))).message).toBe("from a getter");
      expect((await rejectionOf(remote.makeUnsendable("getter that throws"))).message).toBe("from the getter");
    });

    it("what a failed call had introduced is taken back: functions, objects, streams, signals, promises", async () => {
      const { remote, connection } = suite;
      const stream = new ReadableStream({ start: (controller) => controller.close() });
      const sink = new WritableStream();
      const controller = new AbortController();
      const values = [() => 1, stream, sink, controller.signal, Promise.resolve(1), (function* () {})()];
      expect(await rejectionOf(remote.echoAll(values, new Map([[1, Symbol("bad")]])))).toBeInstanceOf(UnserializableError);
      expect(connection.stats()).toMatchObject({ exports: 0, streams: 0, signals: 0, promises: 0 });
      expect([stream.locked, sink.locked]).toEqual([false, false]);
      expect(await remote.takeSome(stream, 1)).toEqual([]);
      expect(await remote.isAborted(controller.signal)).toBe(false);
    });

    it("so is what was introduced when another part turned out to be taken", async () => {
      const { remote, connection } = suite;
      const locked = new ReadableStream();
      locked.getReader();
      const controller = new AbortController();
      const heard = remote.whenAborted(controller.signal);
      const sink = new WritableStream();
      const nodeSink = new Writable({ write: (_chunk, _encoding, done) => done() });
      const stream = new ReadableStream({ start: (one) => one.close() });
      const values = [
        () => 1,
        sink,
        nodeSink,
        stream,
        controller.signal,
        new AbortController().signal,
        Promise.resolve(1),
        (function* () {})(),
      ];
      for (let n = 0; n < 3; n += 1) expect(await rejectionOf(remote.echoAll(...values, locked))).toBeInstanceOf(UnserializableError);
      expect(connection.stats()).toMatchObject({ exports: 0, streams: 0, promises: 0 });
      expect([sink.locked, stream.locked]).toEqual([false, false]);
      expect(await remote.takeSome(stream, 1)).toEqual([]);
      // The signal was linked before, and still is.
      controller.abort("heard");
      expect(await heard).toBe("heard");
      expect(await remote.echo(1)).toBe(1);
    });

    it("the next calls are numbered and named as if it had not been", async () => {
      const { remote } = suite;
      for (let n = 0; n < 50; n += 1) {
        const [bad, good] = [rejectionOf(remote.echo(n, Symbol("bad"))), remote.use((value: number) => value + n, 1)];
        expect(await bad).toBeInstanceOf(UnserializableError);
        expect(await good).toBe(n + 1);
      }
    });

    it("an error thrown by a callback is the caller's, and the connection lives", async () => {
      const { remote } = suite;
      expect((await rejectionOf(remote.use(() => Promise.reject(new Error("mine"))))).message).toBe("mine");
      expect(await remote.echo(1)).toBe(1);
    });

    it("a one-way call that fails shows in an event of the far side, and nowhere else", async () => {
      const { remote } = suite;
      await withOptions(remote, { oneWay: true }).fail("RangeError");
      await withOptions(remote, { oneWay: true }).missing();
      const errors: unknown[] = [];
      await until(async () => errors.push(...((await suite.ask("errors")) as unknown[])) >= 2);
      expect(errors[0]).toMatch(/message of it/);
      expect(errors[1]).toMatch(/missing/);
    });

    it("a getter that destroys the connection while its arguments are written loses its own call too", async () => {
      const { remote, connection } = await suite.open();
      const call = rejectionOf(
        remote.echo({
          get end(): number {
            connection.destroy();
            return 1;
          },
        }),
      );
      expect(await call).toBeInstanceOf(PeerLostError);
      expect(connection.stats().pendingCalls).toBe(0);
    });

    it("a proxy or a revoked object among the arguments rejects its call, whatever its traps do", async () => {
      const { remote } = suite;
      const { proxy: revoked, revoke } = Proxy.revocable({}, {});
      revoke();
      const hostile = new Proxy(
        {},
        {
          ownKeys() {
            throw new RangeError("trap");
          },
        },
      );
      expect(await rejectionOf(remote.echo(revoked))).toBeInstanceOf(Error);
      expect((await rejectionOf(remote.echo([hostile]))).message).toMatch(/trap/);
      expect(await remote.echo(1)).toBe(1);
    });
  });
}
