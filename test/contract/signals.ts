// Law 9: abort means stop. Signals, timeouts, deadlines, and what a member knows of its call.
import { describe, expect, it } from "vitest";
import { callContext } from "../../lib/core/call-context.ts";
import { PeerLostError, TimeoutError } from "../../lib/core/errors.ts";
import type { CallOptions } from "../../lib/core/options.ts";
import { withOptions } from "../../lib/core/remote-functions.ts";
import { rejectionOf, type Suite, turn, until } from "./suite.ts";

/** A call that starts at the result of another one. */
const nameOf = (call: unknown): Promise<unknown> => (call as { name(): Promise<unknown> }).name();

export function specifySignals(suite: Suite): void {
  describe("law 9: abort means stop", () => {
    it("an aborted call rejects at once here, with the reason, and the work there hears of it", async () => {
      const { remote } = suite;
      const controller = new AbortController();
      const call = rejectionOf(withOptions(remote, { signal: controller.signal }).hang());
      await until(async () => ((await remote.stats()) as { runningCalls: number }).runningCalls === 1);
      const reason = new Error("changed my mind");
      controller.abort(reason);
      let settled = false;
      void call.then(() => (settled = true));
      await turn();
      expect(settled).toBe(true);
      expect(await call).toBe(reason);
      expect(await remote.seen()).toEqual(["hang began", "hang aborted: changed my mind"]);
    });

    it("a signal that has fired before sends nothing", async () => {
      const { remote, connection } = suite;
      const { sentBytes } = connection.stats();
      const error = await rejectionOf(withOptions(remote, { signal: AbortSignal.abort(new Error("before")) }).note("never"));
      expect(error.message).toBe("before");
      expect(connection.stats().sentBytes).toBe(sentBytes);
    });

    it("an answer that came first stands, and abort after it does nothing", async () => {
      const controller = new AbortController();
      const call = withOptions(suite.remote, { signal: controller.signal }).echo(1);
      expect(await call).toBe(1);
      controller.abort();
      expect(await call).toBe(1);
    });

    it("one signal for a thousand calls gathers no listeners", async () => {
      const { remote } = suite;
      const warnings: unknown[] = [];
      const onWarning = (warning: unknown): void => void warnings.push(warning);
      process.on("warning", onWarning);
      const controller = new AbortController();
      const calls = Array.from({ length: 1000 }, () => rejectionOf(withOptions(remote, { signal: controller.signal }).forever()));
      const passed = Array.from({ length: 50 }, () => remote.isAborted(controller.signal));
      expect(new Set(await Promise.all(passed))).toEqual(new Set([false]));
      controller.abort("all");
      expect(new Set(await Promise.all(calls))).toEqual(new Set(["all"]));
      await turn();
      process.off("warning", onWarning);
      expect(warnings).toEqual([]);
      // Those of the far side ran until they heard of it; `forever` never does.
      await suite.connection.close();
    });

    it("an AbortSignal among the arguments is linked: its abort crosses, with the reason", async () => {
      const { remote } = suite;
      const controller = new AbortController();
      const reason = remote.whenAborted(controller.signal);
      expect(await remote.isAborted(controller.signal)).toBe(false);
      controller.abort({ why: ["because"] });
      expect(await reason).toEqual({ why: ["because"] });
      expect(await remote.isAborted(controller.signal)).toBe(true);
    });

    it("so is one of the far side in a result", async () => {
      const { remote } = suite;
      const signal = (await remote.makeSignal("theirs")) as AbortSignal;
      expect(signal.aborted).toBe(false);
      const aborted = new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
      await remote.fireSignal("theirs", new RangeError("enough"));
      expect(await aborted).toBeInstanceOf(RangeError);
      await remote.drop("theirs");
    });

    it("a reason that cannot be sent keeps nobody from hearing of the abort", async () => {
      const { remote } = suite;
      const controller = new AbortController();
      const reason = remote.whenAborted(controller.signal);
      const call = rejectionOf<symbol>(withOptions(remote, { signal: controller.signal }).hang());
      await remote.echo(1);
      controller.abort(Symbol("odd"));
      await reason;
      expect(typeof (await call)).toBe("symbol");
      await until(async () => ((await remote.seen()) as string[]).some((note) => note.startsWith("hang aborted")));
    });

    it("one that has fired brings its reason, whatever that holds", async () => {
      const { remote } = suite;
      const reason = Object.assign(new RangeError("stopped"), { retry: (): unknown => "again", before: AbortSignal.abort("earlier") });
      const back = (await remote.whenAborted(AbortSignal.abort(reason))) as typeof reason;
      expect(back).toBeInstanceOf(RangeError);
      expect(await back.retry()).toBe("again");
      expect(back.before).toMatchObject({ aborted: true, reason: "earlier" });
      // Why it has fired may be nothing that can be sent; that it has is.
      const own = new AbortController();
      own.abort({ own: own.signal });
      for (const odd of [AbortSignal.abort(Symbol("odd")), AbortSignal.abort({ odd: new WeakMap() }), own.signal])
        expect(await remote.isAborted(odd)).toBe(true);
      expect(await remote.echo("still here")).toBe("still here");
    });

    it("the member's own signal can be given on: to the caller of the caller", async () => {
      const signal = (await suite.remote.contextSignal()) as AbortSignal;
      expect(signal).toBeInstanceOf(AbortSignal);
      expect(signal.aborted).toBe(false);
    });

    it("the end of a connection aborts all calls that it was running, on both sides", async () => {
      const signals: AbortSignal[] = [];
      const hang = (): Promise<unknown> => {
        signals.push(callContext().signal);
        return new Promise(() => {});
      };
      const { remote, connection, place } = await suite.open();
      await place.ask("aborted");
      const calls = [remote.hang("there"), remote.use(hang), remote.use(hang)].map((call) => rejectionOf(call));
      await until(() => signals.length === 2);
      connection.destroy();
      for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(PeerLostError);
      for (const signal of signals) {
        expect(signal.aborted).toBe(true);
        expect(signal.reason).toBeInstanceOf(PeerLostError);
      }
      const aborted: unknown[] = [];
      await until(async () => aborted.push(...((await place.ask("aborted")) as unknown[])) > 0);
      expect(aborted).toEqual(["there"]);
    });

    it("functions, streams and promises cross in meta too; the promise of a call is one there", async () => {
      const { remote } = suite;
      const numbers = function* (): Generator<number> {
        yield* [1, 2];
      };
      const meta = { fn: (n: number) => n + 1, numbers: numbers(), later: Promise.resolve(3), result: remote.twice(2) };
      const { meta: back } = (await withOptions(remote, { meta }).context()) as { meta: typeof meta };
      expect(back.fn).toBe(meta.fn);
      expect(await remote.sum(back.numbers)).toBe(3);
      expect([await back.later, await back.result]).toEqual([3, 4]);
      // Like one among the arguments, of which there may be none.
      for (const args of [[], [1]])
        expect(await rejectionOf(withOptions(remote, { meta: { result: remote.fail("RangeError") } }).echo(...args))).toBeInstanceOf(
          RangeError,
        );
    });

    it("a member learns of meta, deadline and peer; outside of a call it is told so", async () => {
      const { remote } = suite;
      const context = (await withOptions(remote, { timeout: 10_000, meta: { user: "me" } }).context()) as {
        left: number;
        meta: object;
        peer: string;
        aborted: boolean;
      };
      expect(context).toMatchObject({ meta: { user: "me" }, aborted: false });
      expect(context.peer).toMatch(/\w/);
      expect(context.left).toBeGreaterThan(1000);
      expect(context.left).toBeLessThanOrEqual(10_000);
      expect(await remote.context()).toMatchObject({ meta: {} });
      expect(await withOptions(remote, { meta: { user: "me" } }).contextLater()).toBe("ERR_NO_CALL");
    });

    it("with asyncContext after awaits too", async () => {
      const { remote } = await suite.open("async context");
      const calls = Array.from({ length: 20 }, (_, n) => withOptions(remote, { meta: { n } }).contextLater());
      expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })));
    });
  });

  describe("timeouts", () => {
    it("reject the call and stop the work", async () => {
      const { remote } = suite;
      const error = await rejectionOf<TimeoutError>(withOptions(remote, { timeout: 20 }).hang());
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ code: "ERR_TIMEOUT", timeout: 20, remote: false });
      expect(error.message).toMatch(/hang\(\)/);
      await until(async () => ((await remote.seen()) as string[]).some((note) => /^hang aborted: .*20 ms/.test(note)));
    });

    it("do not fire merely because this side was busy while the answer lay here", async () => {
      const { remote } = suite;
      const call = withOptions(remote, { timeout: 50 }).later(1, "in time");
      await turn();
      const until = performance.now() + 200;
      while (performance.now() < until);
      expect(await call).toBe("in time");
    });

    it("of a connection hold for all of its calls, those of a call come first", async () => {
      const { remote } = await suite.open("usual", { timeout: 20 });
      expect(await rejectionOf(remote.hang())).toBeInstanceOf(TimeoutError);
      expect(await withOptions(remote, { timeout: 10_000 }).later(40, "patient")).toBe("patient");
    });

    it("run for calls that wait for other calls, too", async () => {
      const { remote } = suite;
      const controller = new AbortController();
      const first = withOptions(remote, { signal: controller.signal }).hang("held");
      await turn();
      await turn();
      const second = withOptions(remote, { timeout: 20 }).echo([first]);
      expect(await rejectionOf(second)).toBeInstanceOf(TimeoutError);
      controller.abort();
      await rejectionOf(first);
    });

    it("and signals hold for what starts at the call's result, and for what it is an argument of", async () => {
      const { remote, connection } = await suite.open();
      const hasty = withOptions(remote, { timeout: 20 });
      expect(await rejectionOf(nameOf(hasty.forever()))).toMatchObject({ code: "ERR_TIMEOUT" });
      expect(await rejectionOf(remote.echo([hasty.forever()]))).toMatchObject({ code: "ERR_TIMEOUT" });
      const controller = new AbortController();
      const chained = rejectionOf(nameOf(withOptions(remote, { signal: controller.signal }).forever()));
      const given = rejectionOf(remote.echo({ deep: withOptions(remote, { signal: controller.signal }).forever() }));
      await turn();
      controller.abort(new RangeError("enough"));
      expect(await Promise.all([chained, given])).toMatchObject([{ message: "enough" }, { message: "enough" }]);
      // The member never heard of its signal.
      connection.destroy();
    });

    it("that are none, and meta that is none, fail their call and nothing else", async () => {
      const { remote } = suite;
      const odd = (options: unknown): Promise<Error> => rejectionOf(withOptions(remote, options as CallOptions).echo(1));
      for (const timeout of [Number.NaN, "5", 1n, {}]) expect((await odd({ timeout })).message).toMatch(/`timeout` must be a number/);
      for (const meta of [null, [1], "x", 5]) expect((await odd({ meta })).message).toMatch(/`meta` must be an object/);
      expect((await odd({ timeout: Number.NaN, oneWay: true })).message).toMatch(/`timeout`/);
      // A time that is over.
      expect(await rejectionOf(withOptions(remote, { timeout: -1 }).hang())).toBeInstanceOf(TimeoutError);
      expect(await remote.echo("still here")).toBe("still here");
    });

    it("count from the call, also while an interceptor keeps it; so do signals", async () => {
      let passOn: () => void = () => {};
      const gate = new Promise<void>((resolve) => (passOn = resolve));
      const outgoing = async (_call: unknown, next: () => Promise<unknown>): Promise<unknown> => {
        await gate;
        return await next();
      };
      const { remote, connection } = await suite.open("usual", { intercept: { outgoing } });
      const controller = new AbortController();
      const late = rejectionOf(withOptions(remote, { timeout: 20 }).note("late"));
      const aborted = rejectionOf(withOptions(remote, { signal: controller.signal }).note("aborted"));
      const patient = withOptions(remote, { timeout: 10_000 }).note("patient");
      controller.abort("stop");
      expect(await aborted).toBe("stop");
      expect(await late).toBeInstanceOf(TimeoutError);
      passOn();
      await patient;
      expect(await remote.seen()).toEqual(["patient"]);
      expect(connection.stats().pendingCalls).toBe(0);
    });

    it("an infinite one never fires, and none holds the process", async () => {
      expect(await withOptions(suite.remote, { timeout: Number.POSITIVE_INFINITY }).echo(1)).toBe(1);
    });
  });
}
