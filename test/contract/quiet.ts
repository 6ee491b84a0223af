// Laws 12 and 13: quiet when idle, and nobody starves.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { collect } from "../fixtures/collect.mjs";
import { ownTime } from "./own-time.ts";
import type { Suite } from "./suite.ts";

const program = fileURLToPath(new URL("../fixtures/contract-quiet.mjs", import.meta.url));

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
    it("during a second of back-to-back calls a 1 ms interval fires at least 200 times on both sides", async () => {
      const { remote } = suite;
      await suite.ask("startTicks");
      let ticks = 0;
      const interval = setInterval(() => (ticks += 1), 1);
      const time = ownTime();
      let calls = 0;
      const caller = async (): Promise<void> => {
        while (time() < 1000) {
          for (let n = 0; n < 50; n += 1) await remote.echo(n);
          calls += 50;
        }
      };
      await Promise.all([caller(), caller(), caller(), caller()]);
      clearInterval(interval);
      const far = Number(await suite.ask("stopTicks"));
      expect(calls).toBeGreaterThan(1000);
      expect(ticks).toBeGreaterThanOrEqual(200);
      expect(far).toBeGreaterThanOrEqual(200);
    });

    it("nor of thousands of one-way calls, nor of a stream without end", async () => {
      const { remote } = suite;
      let ticks = 0;
      const interval = setInterval(() => (ticks += 1), 1);
      const time = ownTime();
      let items = 0;
      for await (const _ of remote.numbers()) {
        items += 1;
        if (items % 100 === 0 && time() > 300) break;
      }
      clearInterval(interval);
      expect(items).toBeGreaterThan(1000);
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
