// What is special about threads: what of Node's Worker the module and its parent see.
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { MessageChannel, SHARE_ENV } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { transfer } from "../../lib/core/marks.ts";
import { exitOf, expectLost, fixture, makePending, MODULE, thread } from "./fixture.ts";

const source = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

describe("a spawned module finds", () => {
  it("the workerData that is meant for it, by import and by require", async () => {
    const code = `import { workerData } from "node:worker_threads";
      import * as threads from "node:worker_threads";
      import { createRequire } from "node:module";
      export const seen = () => [workerData, threads.workerData, createRequire("/")("worker_threads").workerData];`;
    const { remote } = await thread<{ seen(): unknown[] }>(source(code), { workerData: { rows: new Map([[1, "one"]]) } });
    const rows = { rows: new Map([[1, "one"]]) };
    expect(await remote.seen()).toEqual([rows, rows, rows]);
  });

  it("undefined as workerData when none is given, and nothing of ours in it", async () => {
    const { remote } = await thread();
    expect((await remote.started()).workerData).toBeUndefined();
  });

  it("what was moved with workerData", async () => {
    const { port1, port2 } = new MessageChannel();
    const code = `import { workerData } from "node:worker_threads";
      workerData.port.postMessage("moved");
      export {};`;
    await thread(source(code), { workerData: { port: port2 }, transferList: [port2] });
    expect(await once(port1, "message")).toEqual(["moved"]);
    port1.close();
  });

  it("its argv, execArgv, and an environment of its own or this one", async () => {
    const { remote } = await thread(MODULE, { argv: ["--fast", 2], execArgv: ["--no-warnings"], env: { COLOUR: "red" } });
    expect(await remote.started()).toMatchObject({ argv: ["--fast", "2"], execArgv: ["--no-warnings"], env: { COLOUR: "red" } });
    expect(Object.keys((await remote.started()).env)).toEqual(["COLOUR"]);

    process.env.NEARCALL_TEST = "shared";
    try {
      const shared = await thread(MODULE, { env: SHARE_ENV });
      process.env.NEARCALL_TEST = "changed";
      expect((await shared.remote.started()).env.NEARCALL_TEST).toBe("changed");
    } finally {
      delete process.env.NEARCALL_TEST;
    }
  });

  it("parentPort beside the connection, as in any worker", async () => {
    const { worker, remote } = await thread<{ ping(): string }>(fixture("spawn-posts"));
    const answer = once(worker, "message");
    worker.postMessage("hello");
    expect(await answer).toEqual([["echo", "hello"]]);
    expect(await remote.ping()).toBe("pong");
  });
});

it("gives its standard output to whoever asks for it", async () => {
  const connection = await thread<{ say(word: string): void }>(source("export const say = (word) => console.log(word);"), { stdout: true });
  const printed = text(connection.worker.stdout);
  await connection.remote.say("to the parent");
  await connection.close();
  expect(await printed).toBe("to the parent\n");
});

it("carries what is moved, through shared memory and without", async () => {
  const code = `export const count = (port, bytes) => { port.postMessage(bytes.byteLength); port.close(); };`;
  for (const sharedMemory of [true, false]) {
    const { remote } = await thread<{ count(port: MessagePort, bytes: Uint8Array): void }>(source(code), { sharedMemory });
    const { port1, port2 } = new MessageChannel();
    const message = once(port1, "message");
    await remote.count(transfer(port2, [port2]), new Uint8Array(5));
    expect(await message).toEqual([5]);
  }
});

describe.each([true, false])("loses 1,000 pending calls within 100 ms (shared memory: %s)", (sharedMemory) => {
  it("when the worker is terminated", async () => {
    const connection = await thread(MODULE, { sharedMemory });
    const pending = await makePending(connection.remote);
    const exited = exitOf(connection);
    void connection.worker.terminate();
    for (const error of await expectLost(pending, exited)) {
      expect(error).toMatchObject({ exitCode: 1, reason: "the worker exited with code 1", phase: "accepted" });
    }
  });

  it("when it runs out of memory, with that error as the cause", async () => {
    const connection = await thread(MODULE, { sharedMemory, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const pending = await makePending(connection.remote);
    const exited = exitOf(connection);
    connection.remote.fillMemory().catch(() => {});
    for (const error of await expectLost(pending, exited)) {
      expect(error).toMatchObject({ exitCode: 1, cause: { code: "ERR_WORKER_OUT_OF_MEMORY" }, reason: expect.stringContaining("memory") });
    }
  });

  it("when it throws outside of a call, with that error as the cause", async () => {
    const connection = await thread(MODULE, { sharedMemory });
    const pending = connection.remote.wait();
    await connection.remote.throwLater("too late");
    await expect(pending).rejects.toMatchObject({
      exitCode: 1,
      reason: "the worker exited with code 1 (RangeError: too late)",
      cause: { name: "RangeError", message: "too late", code: "ERR_LATER" },
    });
    expect(await connection.closed).toMatchObject({ exitCode: 1, cause: { message: "too late" } });
  });
});

it("cannot be started with options of Node that do not exist: the error is Node's", async () => {
  await expect(thread(MODULE, { execArgv: ["--no-such-option"] })).rejects.toMatchObject({ code: "ERR_WORKER_INVALID_EXEC_ARGV" });
});

it("runs in a thread that was spawned itself, and ends with it", async () => {
  const code = `import { spawnThread } from "${new URL("../../dist/index.js", import.meta.url).href}";
    const inner = await spawnThread(${JSON.stringify(MODULE.href)});
    export const add = (left, right) => inner.remote.add(left, right);`;
  const connection = await thread<{ add(left: number, right: number): number }>(source(code));
  expect(await connection.remote.add(20, 3)).toBe(23);
  connection.destroy();
  expect(await connection.closed).toMatchObject({ reason: "destroyed", exitCode: 1 });
});
