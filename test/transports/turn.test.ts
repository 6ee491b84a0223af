import { describe, expect, it } from "vitest";
import { createTurn } from "../../lib/transports/turn.ts";

describe("a turn of the event loop", () => {
  it.each(["ref", "unref"] as const)("runs the task once for many requests, after %s", async (hold) => {
    let runs = 0;
    let ran: () => void = () => {};
    const turn = createTurn(() => {
      runs += 1;
      ran();
    });
    turn[hold]();
    for (let round = 1; round <= 3; round += 1) {
      const done = new Promise<void>((resolve) => (ran = resolve));
      turn.request();
      turn.request();
      expect(runs).toBe(round - 1);
      await done;
      await new Promise(setImmediate);
      expect(runs).toBe(round);
    }
    turn.close();
  });

  it("comes although nothing but a distant timer keeps the loop alive", async () => {
    const distant = setTimeout(() => {}, 60_000);
    let runs = 0;
    await new Promise<void>((resolve) => {
      const turn = createTurn(() => {
        runs += 1;
        turn.close();
        resolve();
      });
      turn.unref();
      turn.request();
    });
    clearTimeout(distant);
    expect(runs).toBe(1);
  });

  it("does not run the task after close", async () => {
    let runs = 0;
    const turn = createTurn(() => (runs += 1));
    turn.request();
    turn.close();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(runs).toBe(0);
  });
});
