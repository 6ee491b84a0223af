// Each real kind of child: it starts, answers, ends in every way there is, and is back.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { connect } from "../../lib/socket/connect.ts";
import type { ChildSpec, ChildStart } from "../../lib/supervisor/spec.ts";
import { broken, gone, isAlive, next, slow, Started, worker, type WorkerModule } from "./real.ts";

const started = new Started();
afterEach(() => started.end());

const process_: ChildStart = { process: worker };
const thread: ChildStart = { thread: worker };
const kinds: [string, ChildStart][] = [
  ["process", process_],
  ["thread", thread],
];

describe.each(kinds)("a %s", (kind, start) => {
  test("starts, answers and stops", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start }] });
    const remote = supervisor.remote<WorkerModule>("w");
    expect(await remote.add(1, 2)).toBe(3);
    expect(supervisor.child("w")).toMatchObject({ state: "running", kind, restarts: 0 });
    const exited = next(supervisor, "exited");
    await supervisor.close();
    expect(await exited).toMatchObject({ expected: true, report: { id: "w", kind: "exit", code: 0, signal: null } });
  });

  test("is back after an error that nothing caught, which its report tells", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start, output: "ignore" }] });
    const exited = next(supervisor, "exited");
    await supervisor.remote<WorkerModule>("w").throwLater();
    const { report, expected } = await exited;
    expect(expected).toBe(false);
    expect(report).toMatchObject({ kind: "crash", code: 1, lastError: { message: "nobody catches this" } });
    expect((report.lastError as Error).name).toBe("RangeError");
    expect(report.uptime).toBeGreaterThan(0);
    expect(await supervisor.remote<WorkerModule>("w").add(2, 2)).toBe(4);
    expect(supervisor.child("w")?.restarts).toBe(1);
  });

  test.each([
    [0, "exit"],
    [7, "crash"],
  ])("that exits with code %i has kind %s; transient ones are restarted after a failure only", async (code, exitKind) => {
    const supervisor = await started.supervise({ children: [{ id: "w", start, restart: "transient" }] });
    const exited = next(supervisor, "exited");
    await supervisor
      .remote<WorkerModule>("w")
      .exit(code)
      .catch(() => {});
    expect((await exited).report).toMatchObject({ kind: exitKind, code });
    if (code !== 0) await next(supervisor, "ready");
    expect(supervisor.child("w")?.state).toBe(code === 0 ? "stopped" : "running");
  });

  test("that cannot be loaded fails the start with the error that the module threw", async () => {
    const bad: ChildStart = kind === "process" ? { process: broken } : { thread: broken };
    await expect(started.supervise({ children: [{ id: "w", start: bad, output: "ignore" }] })).rejects.toMatchObject({
      code: "ERR_CHILD_START",
      cause: { name: "TypeError", message: "this module is broken" },
    });
  });

  test("whose file does not exist fails the start", async () => {
    const missing = new URL("../fixtures/there-is-none.mjs", import.meta.url);
    const bad: ChildStart = kind === "process" ? { process: missing } : { thread: missing };
    await expect(started.supervise({ children: [{ id: "w", start: bad }] })).rejects.toMatchObject({ cause: { code: "ERR_MODULE" } });
  });

  test("that never is ready is broken off after startTimeout, and nothing is left of it", async () => {
    const bad: ChildStart = kind === "process" ? { process: slow } : { thread: slow };
    const supervisor = await started.supervise({});
    await expect(supervisor.add({ id: "w", start: bad, startTimeout: 300 })).rejects.toThrow(/not ready within 300 ms \(startTimeout\)/u);
    expect(supervisor.children()).toEqual([]);
  });

  test("is prepared by its init member, with the arguments of add; it may ignore or fail", async () => {
    const supervisor = await started.supervise({ strategy: "dynamic", template: { id: "job", start, init: "init" } });
    const { id } = await supervisor.add("good", "morning");
    expect(await supervisor.remote<WorkerModule>(id).greet()).toBe("good morning");
    expect((await supervisor.add("ignore")).state).toBe("stopped");
    await expect(supervisor.add("fail")).rejects.toMatchObject({ cause: { message: "init failed" } });
    expect(supervisor.children().map((child) => child.id)).toEqual([id]);
  });

  test("sees nothing of what the supervisor put into its environment", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start }] });
    const { options, probe } = await supervisor.remote<WorkerModule>("w").environment();
    expect([options, probe]).toEqual([process.env["NODE_OPTIONS"], undefined]);
  });

  test("finishes its calls when it is stopped", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start }] });
    const call = supervisor.remote<WorkerModule>("w").later(100, "done");
    await supervisor.stop("w");
    expect(await call).toBe("done");
  });
});

describe("a process", () => {
  test("that does not stop when asked and told is killed after shutdown", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: process_, shutdown: 400 }] });
    await supervisor.remote<WorkerModule>("w").beStubborn();
    const exited = next(supervisor, "exited");
    await supervisor.stop("w");
    expect((await exited).report).toMatchObject({ kind: "killed", signal: "SIGKILL" });
  });

  test("that hangs is killed after shutdown; brutal at once", async () => {
    const supervisor = await started.supervise({
      children: [
        { id: "w", start: process_, shutdown: 100 },
        { id: "b", start: process_, shutdown: "brutal" },
      ],
    });
    for (const id of ["w", "b"]) {
      supervisor
        .remote<WorkerModule>(id)
        .hang()
        .catch(() => {});
      await supervisor.stop(id);
      expect(supervisor.child(id)?.lastExit).toMatchObject({ kind: "killed", signal: "SIGKILL" });
    }
  });

  test.each([
    ["SIGKILL", "killed"],
    ["SIGSEGV", "crash"],
    ["SIGABRT", "crash"],
    ["SIGTERM", "exit"],
  ])("that ends by %s has kind %s", async (signal, exitKind) => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: process_ }] });
    const exited = next(supervisor, "exited");
    process.kill(supervisor.child("w")?.pid ?? 0, signal as NodeJS.Signals);
    expect((await exited).report).toMatchObject({ kind: exitKind, signal, code: null });
    await next(supervisor, "ready");
  });

  test("that runs out of memory says so, and the tail of its stderr is in the report", async () => {
    const start = { process: worker, options: { execArgv: ["--max-old-space-size=32"] } };
    const supervisor = await started.supervise({ children: [{ id: "w", start, output: "ignore" }] });
    const exited = next(supervisor, "exited");
    await expect(supervisor.remote<WorkerModule>("w").fillHeap()).rejects.toMatchObject({ report: { kind: "oom" } });
    const { report } = await exited;
    expect(report.stderrTail).toMatch(/heap out of memory/u);
  });

  test("takes what it started with it, however it ends", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: process_ }] });
    const remote = supervisor.remote<WorkerModule>("w");
    const first = await remote.startOther();
    await remote.exit(1).catch(() => {});
    const second = await remote.startOther();
    await gone(first ?? 0);
    expect(isAlive(second ?? 0)).toBe(true);
    await supervisor.stop("w");
    await gone(second ?? 0);
  });

  test("hears the signals that are sent to it", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: process_ }] });
    const remote = supervisor.remote<WorkerModule>("w");
    await remote.listenTo("SIGUSR2");
    supervisor.signal("SIGUSR2");
    while ((await remote.heard()).length === 0);
    expect(await remote.heard()).toEqual(["SIGUSR2"]);
  });
});

describe("a thread", () => {
  test("that runs out of memory says so", async () => {
    const start = { thread: worker, options: { resourceLimits: { maxOldGenerationSizeMb: 16 } } };
    const supervisor = await started.supervise({ children: [{ id: "w", start, output: "ignore" }] });
    await expect(supervisor.remote<WorkerModule>("w").fillHeap()).rejects.toMatchObject({ report: { kind: "oom" } });
    expect(await supervisor.remote<WorkerModule>("w").add(1, 1)).toBe(2);
  });

  test("that hangs is terminated after shutdown", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: thread, shutdown: 100 }] });
    supervisor
      .remote<WorkerModule>("w")
      .hang()
      .catch(() => {});
    await supervisor.stop("w");
    expect(supervisor.child("w")?.lastExit).toMatchObject({ kind: "killed" });
  });
});

describe("other kinds", () => {
  test("a pool answers as a whole, and is stopped as a whole", async () => {
    const supervisor = await started.supervise({ children: [{ id: "pool", start: { pool: worker, options: { maxThreads: 2 } } }] });
    const remote = supervisor.remote<WorkerModule>("pool");
    expect(await Promise.all([remote.add(1, 1), remote.callBack((value: number) => value + 1)])).toEqual([2, 3]);
    await supervisor.stop("pool");
    expect(supervisor.child("pool")).toMatchObject({ state: "stopped", kind: "pool", lastExit: { kind: "exit" } });
  });

  test("a pool whose module cannot be loaded fails the start", async () => {
    await expect(started.supervise({ children: [{ id: "pool", start: { pool: broken } }] })).rejects.toMatchObject({
      cause: { message: "this module is broken" },
    });
  });

  test("a socket server serves others and answers here", async () => {
    const path = join(tmpdir(), `nearcall-supervised-${process.pid}.sock`);
    const api = { greet: (name: string) => `hello ${name}` };
    const supervisor = await started.supervise({ children: [{ id: "api", start: { listen: path, api } }] });
    expect(await supervisor.remote<typeof api>("api").greet("you")).toBe("hello you");
    const client = await connect<typeof api>(path);
    expect(await client.remote.greet("all")).toBe("hello all");
    await supervisor.reload("api");
    await client.closed;
    const again = await connect<typeof api>(path);
    expect(await again.remote.greet("again")).toBe("hello again");
    await supervisor.close();
    await again.closed;
    await expect(connect(path, { connectTimeout: 0 })).rejects.toThrow();
  });

  test("a function: what it answers says how to stop it, when it ended, and what to call", async () => {
    const log: string[] = [];
    let fail!: (error: Error) => void;
    const supervisor = await started.supervise({
      children: [
        {
          id: "f",
          start({ restarts }) {
            log.push(`start ${restarts}`);
            const exited = new Promise<void>((_, reject) => (fail = reject));
            return { exited, stop: (how) => log.push(`stop ${how}`), api: { restarts: () => restarts } };
          },
        },
      ],
    });
    const remote = supervisor.remote<{ restarts(): number }>("f");
    expect(await remote.restarts()).toBe(0);
    const exited = next(supervisor, "exited");
    fail(new Error("gone wrong"));
    expect((await exited).report).toMatchObject({ kind: "crash", lastError: { message: "gone wrong" } });
    expect(await remote.restarts()).toBe(1);
    await supervisor.close();
    expect(log).toEqual(["start 0", "start 1", "stop ask"]);
  });

  test("a function, a pool and a server are prepared by their init member too", async () => {
    const calls: string[] = [];
    const api = {
      begin: () => void calls.push("begin"),
      none: () => "ignore",
      save: () => "state",
      load: (state: unknown) => void calls.push(`load ${String(state)}`),
    };
    const path = join(tmpdir(), `nearcall-prepared-${process.pid}.sock`);
    const supervisor = await started.supervise({
      children: [
        {
          id: "f",
          start: ({ state }) => (calls.push(`start ${String(state)}`), { api }),
          init: "begin",
          handOver: { from: "save", to: "load" },
        },
        { id: "server", start: { listen: path, api }, init: "begin", handOver: { from: "save", to: "load" } },
        { id: "ignored", start: () => ({ api }), init: "none" },
      ],
    });
    expect(calls.splice(0)).toEqual(["start undefined", "begin", "begin"]);
    expect(supervisor.child("ignored")?.state).toBe("stopped");
    await supervisor.reload("f");
    expect(calls.splice(0)).toEqual(["start state", "begin"]);
    await supervisor.reload("server");
    expect(calls).toEqual(["begin", "load state"]);
    const pool: ChildSpec = { id: "pool", start: { pool: worker, options: { minThreads: 1, maxThreads: 1 } }, init: "nothingSuch" };
    await expect(supervisor.add(pool)).rejects.toThrow(/nothingSuch/u);
    await expect(supervisor.add({ id: "bare", start: () => undefined, init: "begin" })).rejects.toThrow(/gives no api/u);
  });

  test("a supervisor beneath has real children of its own", async () => {
    const supervise = {
      strategy: "one-for-all",
      children: [
        { id: "a", start: process_ },
        { id: "b", start: thread },
      ],
    } as const;
    const supervisor = await started.supervise({ children: [{ id: "sub", start: { supervise } }] });
    const below = supervisor.supervisor("sub");
    expect(await below?.remote<WorkerModule>("a").add(1, 2)).toBe(3);
    expect(() => supervisor.remote("sub")).toThrow(/is a supervisor/u);
    const before = below?.child("b")?.threadId;
    await below
      ?.remote<WorkerModule>("a")
      .exit(1)
      .catch(() => {});
    expect(await below?.remote<WorkerModule>("b").add(1, 2)).toBe(3);
    expect(below?.child("b")?.threadId).not.toBe(before);
  });
});
