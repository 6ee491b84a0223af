import { describe, expect, it } from "vitest";
import { createSpinPolicy } from "../../lib/transports/spin.ts";

describe("the spin policy", () => {
  it.each([
    ["the limit is 0", { limit: 0, processors: 8 }],
    ["there is one processor", { limit: 50, processors: 1 }],
  ])("never looks when %s", (_, options) => {
    const policy = createSpinPolicy(options);
    policy.hit(1);
    expect(policy.budget(0)).toBe(0);
    expect(policy.budget(1e6)).toBe(0);
  });

  it("looks for up to the limit while that pays", () => {
    const policy = createSpinPolicy({ limit: 50, processors: 2 });
    for (let now = 0; now < 10; now += 0.01) {
      expect(policy.budget(now)).toBe(50);
      policy.hit(2);
    }
  });

  it("stays off for a while after a miss, for longer after each further one, and never for good", () => {
    const policy = createSpinPolicy({ limit: 50, processors: 2 });
    let now = 0;
    const pauses: number[] = [];
    for (let misses = 0; misses < 20; misses += 1) {
      policy.miss(now);
      const from = now;
      while (policy.budget(now) === 0) now += 0.01;
      pauses.push(now - from);
    }
    expect(pauses[1]).toBeGreaterThan(pauses[0]! * 1.5);
    expect(pauses[19]).toBeGreaterThan(10);
    expect(pauses[19]).toBeLessThan(100);
  });

  it("spends less than one percent of its time looking where nothing ever comes", () => {
    const policy = createSpinPolicy({ limit: 50, processors: 2 });
    let spent = 0;
    for (let now = 0; now < 10_000; now += 0.1) {
      const budget = policy.budget(now);
      if (budget === 0) continue;
      spent += budget / 1000;
      policy.miss(now);
    }
    expect(spent / 10_000).toBeLessThan(0.01);
  });

  it("comes back soon when looking pays again", () => {
    const policy = createSpinPolicy({ limit: 50, processors: 2 });
    let now = 0;
    for (let misses = 0; misses < 20; misses += 1) policy.miss((now += 100));
    now += 100;
    for (let hits = 0; hits < 5; hits += 1) policy.hit(2);
    policy.miss(now);
    expect(policy.budget(now + 1)).toBe(50);
  });

  it("leaves the processor to others when it was taken away", () => {
    const policy = createSpinPolicy({ limit: 50, processors: 2 });
    policy.preempted(0);
    expect(policy.budget(2)).toBe(0);
    expect(policy.budget(30)).toBe(50);
  });
});
