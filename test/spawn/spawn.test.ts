// What a spawned thread and a spawned process have in common.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { DisposedError, PeerLostError, TimeoutError } from "../../lib/core/errors.ts";
import { withOptions } from "../../lib/core/remote-functions.ts";
import { exitOf, expectLost, fixture, isAlive, makePending, MODULE, WAYS } from "./fixture.ts";

describe.each(WAYS)("$name", ({ spawn, name }) => {
  const isProcess = name === "a process";

  describe("offers", () => {
    it("the exports of a module that knows nothing of nearcall", async () => {
      const { remote } = await spawn(MODULE);
      expect(await remote.add(1, 2)).toBe(3);
      expect(await remote.later("x")).toBe("x");
      expect(await remote.nested.deep.twice(4)).toBe(8);
      expect(await remote.limit).toBe(12);
      expect(await remote.default("you")).toBe("hello you");
      expect(await remote.callBack((word: string) => `${word}, and back`)).toBe("from afar, and back");
    });

    it("its classes, constructed from here", async () => {
      const { remote } = await spawn(MODULE);
      const counter = await new remote.Counter(5);
      expect(await counter.up()).toBe(6);
      expect(await counter.up()).toBe(7);
    });

    it("what the module exposes itself, with its options, in place of its exports", async () => {
      const { remote } = await spawn<{ shown(): string; hidden(): string; settings: { colour: string } }>(fixture("spawn-exposes"));
      expect(await remote.shown()).toBe("shown");
      await expect(remote.hidden()).rejects.toMatchObject({ code: "ERR_NOT_EXPOSED" });
      Reflect.set(remote.settings, "colour", "green");
      expect(await remote.settings.colour).toBe("green");
    });

    it("a way to call this side, if that exposes something", async () => {
      const { remote } = await spawn<{ askParent(value: number): Promise<number> }>(fixture("spawn-exposes"), {
        api: { double: (value: number) => 2 * value },
      });
      expect(await remote.askParent(21)).toBe(42);
    });

    it("nothing more once something was exposed: a second expose() is an error", async () => {
      const { remote } = await spawn<{ exposeAgain(): void }>(fixture("spawn-exposes"));
      await expect(remote.exposeAgain()).rejects.toMatchObject({ code: "ERR_ALREADY_EXPOSED" });
    });

    it("a module given as a data: URL, an absolute path, a file: string", async () => {
      const source = `data:text/javascript,${encodeURIComponent("export const one = () => 1;")}`;
      const { remote } = await spawn<{ one(): number }>(source);
      expect(await remote.one()).toBe(1);
      for (const module of [MODULE.href, MODULE.pathname]) expect(await (await spawn(module)).remote.limit).toBe(12);
    });

    it("its name in errors", async () => {
      const connection = await spawn(MODULE, { name: "sums" });
      expect(connection.label).toMatch(isProcess ? /^pid \d+ \(sums\)$/ : /^worker#\d+ \(sums\)$/);
    });
  });

  describe("does not start", () => {
    it("when there is no such file, which is said before anything is started", async () => {
      await expect(spawn(fixture("missing"))).rejects.toMatchObject({
        code: "ERR_MODULE",
        message: expect.stringContaining("missing.mjs"),
      });
    });

    it("when its module throws while it loads: that error arrives whole", async () => {
      const error = await spawn(fixture("spawn-throws")).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ message: "cannot start", code: "ERR_CONFIG", cause: { message: "no configuration" } });
      expect((error as Error).stack).toContain("spawn-throws.mjs");
    });

    it("when its module throws right after it exposed something", async () => {
      await expect(spawn(fixture("spawn-exposes-late"))).rejects.toThrow(new SyntaxError("not today"));
    });

    it("when its module cannot be parsed or found by an import", async () => {
      const load = (source: string) => spawn(`data:text/javascript,${encodeURIComponent(source)}`);
      await expect(load("export const = 1;")).rejects.toBeInstanceOf(SyntaxError);
      await expect(load("import 'node:nothing';")).rejects.toMatchObject({ code: "ERR_UNKNOWN_BUILTIN_MODULE" });
    });

    it.each(["spawn-blocks", "spawn-awaits"])("when it never says hello (%s): it is ended after startTimeout", async (module) => {
      const began = performance.now();
      const error = await spawn(fixture(module), { startTimeout: 400 }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ timeout: 400, message: expect.stringContaining(module) });
      expect(performance.now() - began).toBeGreaterThan(399);
      if (isProcess) await expectGone(error);
    });

    it("when it exits while it loads: the error has its exit code", async () => {
      const error = await spawn("data:text/javascript,process.exit(9)").catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PeerLostError);
      expect(error).toMatchObject({ exitCode: 9, phase: "unsent", message: expect.stringContaining("before it was ready") });
    });

    it("when nothing that can be exposed is to be exposed to it", async () => {
      await expect(spawn(MODULE, { api: 5 as unknown as object })).rejects.toMatchObject({ code: "ERR_EXPOSE" });
    });
  });

  describe("loses 1,000 pending calls within 100 ms of its death, each with the reason,", () => {
    it("when it exits inside a call", async () => {
      const connection = await spawn(MODULE);
      const pending = await makePending(connection.remote);
      const exited = exitOf(connection);
      connection.remote.exit(7).catch(() => {});
      const errors = await expectLost(pending, exited);
      for (const error of errors) expect(error).toMatchObject({ exitCode: 7, reason: expect.stringContaining("exited with code 7") });
      expect(await connection.closed).toMatchObject({ exitCode: 7 });
    });

    it("when it throws outside of a call", async () => {
      const connection = await spawn(MODULE, { stdio: "ignore" });
      const pending = await makePending(connection.remote);
      const exited = exitOf(connection);
      connection.remote.throwLater("too late").catch(() => {});
      const errors = await expectLost(pending, exited);
      for (const error of errors) expect(error).toMatchObject({ exitCode: 1 });
    });

    it("when it is destroyed here", async () => {
      const connection = await spawn(MODULE);
      const pending = await makePending(connection.remote);
      const exited = exitOf(connection);
      connection.destroy();
      const errors = await expectLost(pending, exited);
      for (const error of errors) expect(error).toMatchObject({ reason: "destroyed" });
      const { reason, exitCode, signal } = await connection.closed;
      expect(reason).toBe("destroyed");
      // A thread that hears of it in time ends by itself.
      expect(isProcess ? signal : typeof exitCode).toBe(isProcess ? "SIGKILL" : "number");
      await expect(connection.remote.add(1, 2)).rejects.toBeInstanceOf(DisposedError);
    });

    it("when it is destroyed here while its event loop is blocked", async () => {
      const connection = await spawn(MODULE);
      const pending = await makePending(connection.remote);
      connection.remote.block().catch(() => {});
      await expect(withOptions(connection.remote, { timeout: 50 }).add(1, 2)).rejects.toBeInstanceOf(TimeoutError);
      const exited = exitOf(connection);
      connection.destroy();
      await expectLost(pending, exited);
      await exited;
    });
  });

  describe("ends", () => {
    it("once it has answered what was asked: closed tells the exit code", async () => {
      const connection = await spawn(MODULE);
      const answer = connection.remote.later("in time");
      await connection.close();
      expect(await answer).toBe("in time");
      expect(await connection.closed).toMatchObject({ reason: "closed", exitCode: 0 });
      expect(connection.state).toBe("closed");
    });

    it("at the end of a block that declares it", async () => {
      let connection;
      {
        await using inner = await spawn(MODULE);
        connection = inner;
        expect(await inner.remote.add(2, 2)).toBe(4);
      }
      expect(await connection.closed).toMatchObject({ reason: "closed", exitCode: 0 });
    });

    it("after exitTimeout when it has work left, with its 'exit' hooks", async () => {
      const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const path = join(folder, "sign");
      const connection = await spawn(fixture("spawn-lingers"), { exitTimeout: 200, argv: [path] });
      const began = performance.now();
      await connection.close();
      expect(performance.now() - began).toBeGreaterThan(199);
      expect(await connection.closed).toMatchObject({ reason: "closed", exitCode: 0 });
      expect(readFileSync(path, "utf8")).toBe("exit 0");
    });

    it("soon after exitTimeout when its event loop is blocked", async () => {
      const connection = await spawn<{ block(): void }>(
        `data:text/javascript,${encodeURIComponent("export const block = () => void setTimeout(() => { for (;;); }, 20);")}`,
        { exitTimeout: 100 },
      );
      await connection.remote.block();
      await connection.close();
      expect(await connection.closed).toMatchObject(
        isProcess ? { reason: "closed", signal: "SIGKILL" } : { reason: "closed", exitCode: 1 },
      );
    });

    it("when it closes the connection itself", async () => {
      const source = `import { expose } from "${new URL("../../dist/index.js", import.meta.url).href}";
        const connection = expose({ leave: () => void setImmediate(() => connection.close()) });`;
      const connection = await spawn<{ leave(): void }>(`data:text/javascript,${encodeURIComponent(source)}`);
      await connection.remote.leave();
      expect(await connection.closed).toMatchObject({ reason: "the far side closed the connection", exitCode: 0 });
    });
  });

  it("delivers all answers that it gave before it exited", async () => {
    const connection = await spawn<{ answer(count: number, size: number): string }>(fixture("spawn-answers"));
    const answers = Array.from({ length: 1000 }, () => connection.remote.answer(1000, 5000));
    const settled = await Promise.all(answers);
    expect(settled.every((answer, at) => answer.length === 5000 + String(at + 1).length)).toBe(true);
    expect(await connection.closed).toMatchObject({ exitCode: 3 });
  });
});

async function expectGone(error: unknown): Promise<void> {
  const pid = Number(/pid (\d+)/.exec((error as Error).message)?.[1]);
  expect(pid).toBeGreaterThan(0);
  await expect.poll(() => isAlive(pid)).toBe(false);
}
