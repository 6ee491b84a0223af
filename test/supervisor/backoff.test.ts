// How long a child waits before it is started again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffDelay } from "../../lib/supervisor/rules/backoff.ts";
import { child, FakeWorld, states } from "./fake-world.ts";

const backoff = { initial: 100, factor: 2, max: 1_000, jitter: 0, resetAfter: 10_000 };

describe("the delay", () => {
  test.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [5_000, 1_000],
  ])("before restart %i is %i ms", (failures, ms) => {
    expect(backoffDelay(backoff, failures, 0.5)).toBe(ms);
  });

  test("is nothing where the spec has no backoff", () => {
    expect(backoffDelay(undefined, 7, 0.5)).toBe(0);
  });

  test("with jitter is between the part that is left and the whole, and random over all of that", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, jitter, random) => {
          const whole = backoffDelay(backoff, failures, random);
          const delay = backoffDelay({ ...backoff, jitter }, failures, random);
          expect(delay).toBeLessThanOrEqual(whole);
          expect(delay).toBeGreaterThanOrEqual(whole * (1 - jitter) - 1e-9);
        },
      ),
    );
    expect(backoffDelay({ ...backoff, jitter: 0.5 }, 1, 0)).toBe(100);
    expect(backoffDelay({ ...backoff, jitter: 0.5 }, 1, 1)).toBe(50);
  });
});

describe("a child with backoff", () => {
  test("waits longer and longer, and is told apart as waiting", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 100, children: [child("a", { backoff })] });
    const delays: unknown[] = [];
    supervisor.on("backoff", ({ delay, failures }) => delays.push([failures, delay]));
    for (const ms of [100, 200, 400, 800, 1_000, 1_000]) {
      await world.exit("a");
      await world.clock.advance(ms - 1);
      expect(states(supervisor)).toBe("a:waiting");
      await world.clock.advance(1);
      expect(states(supervisor)).toBe("a:running");
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000].map((ms, at) => [at + 1, ms]));
  });

  test("starts from the first delay again once it ran long enough", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 100, children: [child("a", { backoff })] });
    const delays: number[] = [];
    supervisor.on("backoff", ({ delay }) => delays.push(delay));
    for (const stable of [0, 9_000, 10_000, 0]) {
      await world.clock.advance(stable);
      await world.exit("a");
      await world.clock.advance(1_000);
    }
    expect(delays).toEqual([100, 200, 100, 200]);
  });

  test("a start that fails makes the next wait longer, and does not count as running", async () => {
    const world = new FakeWorld();
    world.onStart("a", "ok", "fail", "fail", "ok");
    const supervisor = await world.supervise({ intensity: 100, children: [child("a", { backoff })] });
    await world.exit("a");
    await world.clock.advance(100 + 200 + 400);
    expect(states(supervisor)).toBe("a:running");
    expect(world.log.filter((line) => line === "start a")).toHaveLength(4);
  });

  test("holds its whole group back where siblings depend on each other", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({
      strategy: "one-for-all",
      intensity: 100,
      children: [child("a"), child("b", { backoff }), child("c")],
    });
    await world.exit("b");
    expect(states(supervisor)).toBe("a:waiting b:waiting c:waiting");
    await world.clock.advance(100);
    expect(states(supervisor)).toBe("a:running b:running c:running");
  });

  test("does not hold up others that do not depend on it", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 100, children: [child("a", { backoff }), child("b")] });
    await world.exit("a");
    await world.exit("b");
    expect(states(supervisor)).toBe("a:waiting b:running");
    await supervisor.stop("a");
    expect(world.clock.pending).toBe(0);
  });
});
