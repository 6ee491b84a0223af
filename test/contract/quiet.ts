// Laws 12 and 13: quiet when idle, and nobody starves.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { collect } from "../fixtures/collect.mjs";
import { ownTime } from "./own-time.ts";
import type { Suite } from "./suite.ts";

const program = fileURLToPath(new URL("../fixtures/contract-quiet.mjs", import.meta.url));

/** How often a 1 ms interval fires here while the work runs; the work is given a clock, in ms. */
async function countTicks(work: (time: () => number) => Promise<void>): Promise<number> {
  let ticks = 0;
  const interval = setInterval(() => (ticks += 1), 1);
  try {
    await work(ownTime());
  } finally {
    clearInterval(interval);
  }
  return ticks;
}

/** Measures until every figure reaches its goal, `attempts` times at most; answers the last figures. */
async function bestOf(attempts: number, goals: number[], measure: () => Promise<number[]>): Promise<number[]> {
  for (;;) {
    const figures = await measure();
    attempts -= 1;
    if (attempts === 0 || figures.every((figure, at) => figure >= goals[at]!)) return figures;
  }
}

export function specifyQuiet(suite: Suite): void {
  /** Runs the program until it ends by itself; answers what it printed. */
  const run = async (mode: string): Promise<string> => {
    const child = spawn(process.execPath, [program, suite.contract.name, mode], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    try {
      const [[code], text] = await Promise.all([exited, collect(child.stdout.setEncoding("utf8"))]);
      expect(code).toBe(0);
      return (text as string[]).join("").trim();
    } finally {
      child.kill("SIGKILL");
    }
  };

  describe("law 12: quiet when idle", () => {
    it("after unref() a connection holds no process, nor do its timers", async () => {
      expect(await run("unref")).toBe("unref");
    });

    it("after unref() a pending call does, until it is answered", async () => {
      expect(await run("pending")).toBe("answered");
    });

    it("after unref() an open stream does, until it has ended", async () => {
      expect(await run("stream")).toBe("10 items");
    });

    it.runIf(suite.contract.name !== "memory")("without it, the connection holds its process", async () => {
      expect(await run("held")).toBe("held");
    });

    it("when nothing is to be done, nothing is done", async () => {
      // Of 500 ms. What is left is the garbage of what went before.
      expect(Number(await run("idle"))).toBeLessThan(25);
    });
  });

  describe("law 13: nobody starves", () => {
    // Each is a rate that a quiet machine holds with ease. A machine whose other programs take its processors holds it
    // now and then, a loop that starves its timers never.
    it("during a second of back-to-back calls a 1 ms interval fires at least 200 times on both sides", async () => {
      const { remote } = suite;
      const [near, far] = await bestOf(5, [200, 200], async () => {
        await suite.ask("startTicks");
        let calls = 0;
        const ticks = await countTicks(async (time) => {
          const caller = async (): Promise<void> => {
            while (time() < 1000) {
              for (let n = 0; n < 50; n += 1) await remote.echo(n);
              calls += 50;
            }
          };
          await Promise.all([caller(), caller(), caller(), caller()]);
        });
        const farTicks = Number(await suite.ask("stopTicks"));
        expect(calls).toBeGreaterThan(1000);
        return [ticks, farTicks];
      });
      expect(near).toBeGreaterThanOrEqual(200);
      expect(far).toBeGreaterThanOrEqual(200);
    });

    it("nor of thousands of one-way calls, nor of a stream without end", async () => {
      const { remote } = suite;
      const [ticks] = await bestOf(10, [60], async () => {
        let items = 0;
        const counted = await countTicks(async (time) => {
          for await (const _ of remote.numbers()) {
            items += 1;
            if (items % 100 === 0 && time() > 300) break;
          }
        });
        expect(items).toBeGreaterThan(1000);
        return [counted];
      });
      expect(ticks).toBeGreaterThanOrEqual(60);
    });

    it("what arrives is never dispatched underneath a user's stack", async () => {
      const { remote } = suite;
      let isInside = false;
      const wasInside: boolean[] = [];
      const callback = (): void => void wasInside.push(isInside);
      const calls: unknown[] = [];
      for (let n = 0; n < 50; n += 1) {
        isInside = true;
        calls.push(remote.use(callback));
        isInside = false;
        await Promise.resolve();
      }
      await Promise.all(calls);
      expect(wasInside).toEqual(new Array(50).fill(false));
    });
  });
}
