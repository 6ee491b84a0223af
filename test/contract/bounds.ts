// Law 8: memory is bounded, and no limit can deadlock.
import { describe, expect, it } from "vitest";
import { LimitError } from "../../lib/core/errors.ts";
import { proxy } from "../../lib/core/marks.ts";
import { rejectionOf, type Suite, turn, until } from "./suite.ts";

const KiB = 1024;

export function specifyBounds(suite: Suite): void {
  describe("law 8: memory is bounded", () => {
    it("calls over limits.pendingCalls reject with LimitError, parked ones count", async () => {
      const { remote, connection } = await suite.open("usual", { limits: { pendingCalls: 5 } });
      const gates = [remote.gate("limit"), remote.gate("limit"), remote.gate("limit")];
      await turn();
      const parked = [remote.echo([gates[0]]), remote.echo([gates[1]])];
      expect(connection.stats().pendingCalls).toBe(5);
      const error = await rejectionOf<LimitError>(remote.echo(1));
      expect(error).toBeInstanceOf(LimitError);
      expect(error).toMatchObject({ code: "ERR_LIMIT", limit: "pendingCalls", value: 5 });
      const lost = Promise.all([...gates, ...parked].map(rejectionOf));
      connection.destroy();
      await lost;
    });

    it("objects over limits.references reject their call with LimitError", async () => {
      const { remote, connection } = await suite.open("usual", { limits: { references: 5 } });
      for (let n = 0; n < 5; n += 1) await remote.keep(`${n}`, () => n);
      expect(await rejectionOf(remote.keep("6", () => 6))).toMatchObject({ code: "ERR_LIMIT", limit: "references" });
      expect(await rejectionOf(remote.echo([proxy({}), proxy({})]))).toMatchObject({ code: "ERR_LIMIT" });
      expect(connection.stats().exports).toBe(5);
      expect(await remote.useKept("3")).toBe(3);
    });

    it("calls within calls within calls end at limits.nesting", async () => {
      const { remote } = await suite.open("few");
      let deepest = 0;
      const recurse = async (depth: number): Promise<unknown> => {
        deepest = Math.max(deepest, depth);
        return await remote.recurse(recurse, depth + 1);
      };
      expect(await rejectionOf(remote.recurse(recurse, 1))).toMatchObject({ code: "ERR_LIMIT" });
      expect(deepest).toBeLessThanOrEqual(8);
      expect(await remote.echo(1)).toBe(1);
    });

    it.runIf(suite.contract.isApart)("what is under way to a busy far side stays within its window", async () => {
      const { remote, connection } = await suite.open("few");
      const before = connection.stats().sentBytes;
      const blocked = remote.block(100);
      const calls = Array.from({ length: 100 }, (_, n) => remote.many(Buffer.alloc(8 * KiB, n)));
      await turn();
      await turn();
      const { sentBytes, queuedBytes } = connection.stats();
      // Its window, and the batch that crossed the end of it.
      expect(sentBytes - before).toBeLessThan(64 * KiB + 80 * KiB);
      expect(queuedBytes).toBeGreaterThan(500 * KiB);
      expect(await blocked).toBe(100);
      expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
      expect(connection.stats().queuedBytes).toBe(0);
    });

    it.runIf(suite.contract.isApart)("more than limits.queuedBytes rejects calls with LimitError", async () => {
      const { remote } = await suite.open("few", { limits: { queuedBytes: 200 * KiB } });
      const blocked = remote.block(50);
      const calls = Array.from({ length: 100 }, () =>
        remote.many(Buffer.alloc(8 * KiB)).then(
          () => "sent",
          (error: { limit: string }) => error.limit,
        ),
      );
      const outcomes = await Promise.all(calls);
      expect(outcomes.filter((outcome) => outcome === "queuedBytes").length).toBeGreaterThan(30);
      expect(outcomes.slice(0, 20)).toEqual(new Array(20).fill("sent"));
      expect(await blocked).toBe(50);
      expect(await remote.echo("again")).toBe("again");
    });

    it("large answers wait until they are read, and all arrive", async () => {
      const { remote } = await suite.open("usual", { limits: { window: 256 * KiB } });
      const calls = Array.from({ length: 40 }, (_, n) => remote.echo(Buffer.alloc(500 * KiB, n)));
      for (const [n, call] of calls.entries()) {
        const answer = (await call) as Buffer;
        expect(answer.byteLength).toBe(500 * KiB);
        expect(answer[499 * KiB]).toBe(n);
      }
    });

    it("both sides may flood each other: limits deadlock nobody", async () => {
      const { remote } = await suite.open("few", { limits: { window: 64 * KiB, pendingCalls: 2000 } });
      const results = await Promise.all(
        Array.from({ length: 9 }, (_, n) => remote.useTwice(async (value: unknown) => ({ n, value, payload: Buffer.alloc(100 * KiB, n) }))),
      );
      expect(results).toHaveLength(9);
      expect((results as [{ payload: Buffer }][]).every(([{ payload }], n) => payload[5] === n)).toBe(true);
    });

    it("a graceful close loses no answer that waits for a slow reader", async () => {
      const { remote, connection } = await suite.open("few");
      const heard: number[] = [];
      const calls = Array.from({ length: 8 }, () =>
        remote.use(() => Buffer.alloc(300 * KiB)).then((value) => heard.push((value as Buffer).byteLength)),
      );
      await turn();
      await connection.close();
      await Promise.all(calls);
      expect(heard).toEqual(new Array(8).fill(300 * KiB));
    });

    it("one frame may be larger than the window", async () => {
      const { remote } = await suite.open("few");
      const large = Buffer.alloc(5 * KiB * KiB, 7);
      expect(((await remote.echo(large)) as Buffer).equals(large)).toBe(true);
      const [one, two] = await Promise.all([remote.echo(large), remote.echo(large)]);
      expect((one as Buffer).equals(two as Buffer)).toBe(true);
    });

    it("thousands of promises and signals come and go", async () => {
      const { remote, connection } = suite;
      const controllers = Array.from({ length: 500 }, () => new AbortController());
      const fired = Promise.all(controllers.map(({ signal }) => remote.whenAborted(signal)));
      const promises = await Promise.all(Array.from({ length: 500 }, (_, n) => remote.echo({ promise: Promise.resolve(n) })));
      expect(await Promise.all(promises.map((value) => (value as { promise: Promise<number> }).promise))).toEqual(
        Array.from({ length: 500 }, (_, n) => n),
      );
      controllers.forEach((controller, n) => controller.abort(n));
      expect(await fired).toEqual(Array.from({ length: 500 }, (_, n) => n));
      await until(() => connection.stats().promises === 0);
    });
  });
}
