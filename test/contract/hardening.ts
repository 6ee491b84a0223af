// Law 6 again: what a peer that means harm can do within the rules: claim that it accepts nothing, ask and never read,
// give credit without end, construct what is not a class.
import { describe, expect, it } from "vitest";
import type { ConnectionStats } from "../../lib/core/connection.ts";
import type { RawPeer } from "./raw-peer.ts";
import { type Suite, until } from "./suite.ts";

const MiB = 1024 * 1024;

export function specifyHardening(suite: Suite): void {
  describe("law 6: a peer that keeps the rules and means harm", () => {
    const statsOf = async (raw: RawPeer): Promise<ConnectionStats> => (await raw.place.ask("stats")) as ConnectionStats;
    /** The far side's event loop goes on, and it has thrown nothing. */
    const checkAlive = async (raw: RawPeer): Promise<void> => {
      expect(await suite.remote.echo("alive")).toBe("alive");
      expect(await raw.place.ask("unhandled")).toEqual([]);
    };

    it("accepts nothing: its calls are lost to it, and to nobody else", async () => {
      const raw = await suite.raw();
      await raw.hello({ limits: { text: 1, binary: 1, window: 1 } });
      raw.call(["echo"], ["x".repeat(1000)]);
      raw.call(["later"], [1, "x".repeat(1000)]);
      raw.call(["missing"]);
      raw.call(["slowNumbers"]);
      await checkAlive(raw);
      await until(async () => {
        const { runningCalls } = await statsOf(raw).catch(() => ({ runningCalls: 0 }));
        return runningCalls === 0;
      });
      await checkAlive(raw);
    });

    it("gives credit without end and never reads: the source stops, and others go on", async () => {
      const raw = await suite.raw();
      await raw.hello({ limits: { text: MiB, binary: MiB, window: 1000 } });
      await raw.answer(raw.call(["numbers"]));
      raw.send((out) => out.credit(1, false, 2 ** 31, 2 ** 31, undefined, false));
      await checkAlive(raw);
      await checkAlive(raw);
      expect((await statsOf(raw)).queuedBytes).toBeLessThan(16 * MiB);
    });

    it("gives credit without end and reads: others go on, and it gets what it wants", async () => {
      const raw = await suite.raw();
      await raw.hello({ limits: { text: MiB, binary: MiB, window: 2 ** 40 } });
      await raw.answer(raw.call(["numbers"], [20_000]));
      raw.send((out) => out.credit(1, false, 2 ** 31, 2 ** 31, undefined, false));
      await checkAlive(raw);
      await raw.hears("end");
      expect(raw.heard.filter(([name]) => name === "item")).toHaveLength(20_000);
    });

    it("asks for signs of life and never reads: few answers wait", async () => {
      const raw = await suite.raw();
      await raw.hello({ limits: { text: MiB, binary: MiB, window: 1000 } });
      for (let n = 1; n <= 20_000; n += 1) raw.send((out) => out.ping(n));
      await checkAlive(raw);
      await until(() => raw.heard.some(([name, id]) => name === "pong" && id === 20_000));
      expect((await statsOf(raw)).queuedBytes).toBeLessThan(MiB);
    });

    it("calls and never reads: what waits for it is bounded, then it is cut off", async () => {
      const raw = await suite.raw("few bytes");
      await raw.hello({ limits: { text: MiB, binary: MiB, window: 1000 } });
      let isOver = false;
      void raw.ended.then(() => (isOver = true));
      for (let n = 0; n < 40 && !isOver; n += 1) {
        for (let k = 0; k < 100; k += 1) raw.call(["echo"], ["x".repeat(10_000)]);
        const { queuedBytes } = await statsOf(raw).catch(() => ({ queuedBytes: 0 }));
        expect(queuedBytes).toBeLessThan(20 * MiB);
      }
      await until(() => isOver || raw.heard.some(([name]) => name === "bye"));
      await checkAlive(raw);
    });

    it("gives calls up that wait for it to read: they never run, and those that it still wants do", async () => {
      const raw = await suite.raw();
      await raw.hello({ limits: { text: MiB, binary: MiB, window: 1000 } });
      for (let n = 0; n < 12; n += 1) raw.call(["echo"], ["x".repeat(500_000)]);
      const [givenUp, wanted] = [raw.call(["note"], ["given up"]), raw.call(["note"], ["wanted"])];
      raw.send((out) => out.abort(givenUp, "enough"));
      await until(async () => (await statsOf(raw)).receivedBytes > 6_000_000);
      const isAnswered = (id: number): boolean => raw.heard.some(([name, to]) => (name === "result" || name === "failure") && to === id);
      let read = 0;
      await until(async () => {
        const { sentBytes } = await statsOf(raw);
        if (sentBytes > read) raw.send((out) => out.acknowledge((read = sentBytes), 0));
        return isAnswered(wanted);
      });
      expect((await raw.answer(givenUp)).rejected).toBe(true);
      const { value } = await raw.answer(raw.call(["seen"]));
      expect(value).toEqual(["wanted"]);
    });

    it("constructs what is a function and no class: it owns nothing of what that gives", async () => {
      const raw = await suite.raw();
      await raw.hello();
      const shared = await raw.answer(raw.call(["getShop"], [], "construct"));
      expect(shared.rejected).toBe(false);
      raw.send((out) => out.release(1, 1));
      expect(await raw.answer(raw.call(["seen"]))).toEqual({ rejected: false, value: [] });
    });
  });
}
