// Replacing a child without losing a call.
import { afterEach, describe, expect, test } from "vitest";
import type { CheckedChild } from "../../lib/supervisor/checked-spec.ts";
import type { StartContext } from "../../lib/supervisor/child.ts";
import { ChildStartError } from "../../lib/supervisor/errors.ts";
import { sessionTo } from "../../lib/supervisor/kinds/in-process.ts";
import { prepareAfresh } from "../../lib/supervisor/kinds/prepare.ts";
import type { ChildStart } from "../../lib/supervisor/spec.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { next, Started, worker, type WorkerModule } from "./real.ts";

const started = new Started();
afterEach(() => started.end());

/** Calls without a pause until it is stopped; answers how many calls there were, and what failed. */
function load(supervisor: Supervisor, id: string, width = 8): () => Promise<{ calls: number; failures: unknown[] }> {
  const remote = supervisor.remote<WorkerModule>(id);
  const failures: unknown[] = [];
  let calls = 0;
  let isOver = false;
  const one = async (): Promise<void> => {
    while (!isOver) {
      calls += 1;
      await remote.add(calls, 1).catch((error: unknown) => failures.push(error));
    }
  };
  const all = Promise.all(Array.from({ length: width }, one));
  return async () => {
    isOver = true;
    await all;
    return { calls, failures };
  };
}

describe.each<[string, ChildStart]>([
  ["process", { process: worker }],
  ["thread", { thread: worker }],
])("reload of a %s", (_kind, start) => {
  test("loses no call under load, and the old one ends", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start }] });
    const before = supervisor.child("w");
    const finish = load(supervisor, "w");
    for (let round = 0; round < 3; round++) await supervisor.reload("w");
    const { calls, failures } = await finish();
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(10);
    const after = supervisor.child("w");
    expect([after?.pid, after?.threadId]).not.toEqual([before?.pid, before?.threadId]);
    expect(after).toMatchObject({ state: "running", restarts: 0 });
  });

  test("lets the old one finish a call that takes long", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start }] });
    const remote = supervisor.remote<WorkerModule>("w");
    const long = remote.later(400, "from the old one");
    await remote.add(1, 1);
    const exited = next(supervisor, "exited");
    await supervisor.reload("w");
    expect(await remote.increment()).toBe(1);
    expect(await long).toBe("from the old one");
    expect(await exited).toMatchObject({ expected: true, report: { kind: "exit" } });
  });

  test("hands state over, exactly: no call in between is lost", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start, handOver: { from: "snapshot", to: "restore" } }] });
    const remote = supervisor.remote<WorkerModule>("w");
    const counts: Promise<number>[] = [];
    let isOver = false;
    const counting = (async () => {
      while (!isOver) {
        const count = remote.increment();
        counts.push(count);
        await count;
      }
    })();
    await supervisor.reload("w");
    await supervisor.reload("w");
    isOver = true;
    await counting;
    expect(await Promise.all(counts)).toEqual(counts.map((_, at) => at + 1));
  });

  test.each([
    ["the member fails", { from: "brokenSnapshot", to: "restore" }, /no state/u],
    ["the member is missing", { from: "nothing", to: "restore" }, /nothing/u],
    ["it is too large", { from: "bigSnapshot", to: "restore", maxBytes: 50_000 }, /handOver\.maxBytes is 50000/u],
    ["it takes too long", { from: "snapshot", to: "hang", timeout: 200 }, /200 ms/u],
  ])("leaves the old one in place when state cannot be handed over: %s", async (_why, handOver, message) => {
    const supervisor = await started.supervise({ children: [{ id: "w", start, handOver }] });
    const remote = supervisor.remote<WorkerModule>("w");
    await remote.increment();
    const failure = await supervisor.reload("w").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChildStartError);
    expect((failure as Error).message).toMatch(message);
    expect(await remote.increment()).toBe(2);
    expect(supervisor.child("w")).toMatchObject({ state: "running", restarts: 0, reloading: false });
  });
});

describe("reload", () => {
  test("leaves the old one in place when the new one does not start", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: { thread: worker } }] });
    const remote = supervisor.remote<WorkerModule>("w");
    await remote.increment();
    supervisor.changeSpec("w", { init: "exit" });
    await expect(supervisor.reload("w")).rejects.toBeInstanceOf(ChildStartError);
    expect(await remote.increment()).toBe(2);
    supervisor.changeSpec("w", { init: undefined as never });
    await supervisor.reload("w");
    expect(await remote.increment()).toBe(1);
  });

  test("replaces instances one after the other, so that some always answer", async () => {
    const supervisor = await started.supervise({ children: [{ id: "web", start: { thread: worker }, instances: 3 }] });
    const before = supervisor.children().map(({ threadId }) => threadId);
    const reloading: number[] = [];
    supervisor.on("started", () => reloading.push(supervisor.children().filter((child) => child.reloading).length));
    const finish = load(supervisor, "web");
    await supervisor.reload("web");
    expect((await finish()).failures).toEqual([]);
    expect(reloading).toEqual([1, 1, 1]);
    const after = supervisor.children().map(({ threadId }) => threadId);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  test.each([
    ["reload", true],
    ["restart", false],
    ["boot", false],
  ] as const)("a run that begins by %s is called before it is ready: %s", async (cause, isCalled) => {
    const { session, end } = await sessionTo({}, "w");
    const sent = (): number => session.connection.stats().sentBatches;
    const before = sent();
    const context = { cause, args: [], takeState: () => Promise.resolve() } as unknown as StartContext;
    await prepareAfresh(session, {} as CheckedChild, context);
    expect(sent() > before).toBe(isCalled);
    await end("over");
  });

  test("leaves the old one in place when its calls do not end in time", async () => {
    const handOver = { from: "snapshot", to: "restore", timeout: 100 };
    const supervisor = await started.supervise({ children: [{ id: "w", start: { thread: worker }, handOver, shutdown: "brutal" }] });
    const remote = supervisor.remote<WorkerModule>("w");
    const running = remote.later(60_000, "never");
    await remote.increment();
    await expect(supervisor.reload("w")).rejects.toThrow(/1 calls were not finished within 100 ms/u);
    expect(await remote.increment()).toBe(2);
    await Promise.all([expect(running).rejects.toThrow(), supervisor.close()]);
  });

  test("a second one at the same time is refused", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: { thread: worker } }] });
    const first = supervisor.reload("w");
    await expect(supervisor.reload("w")).rejects.toMatchObject({ code: "ERR_CHILD_RELOADING" });
    await first;
  });

  test("of a kind that cannot exist twice: calls wait while it is restarted, and it is given the state", async () => {
    const states: unknown[] = [];
    const runs: number[] = [];
    const supervisor = await started.supervise({
      children: [
        {
          id: "only",
          handOver: { from: "snapshot", to: "restore" },
          start: {
            supervise: { children: [] },
          },
        },
        {
          id: "f",
          handOver: { from: "snapshot", to: "ignored" },
          start({ state }) {
            states.push(state);
            const run = runs.push(runs.length + 1);
            return { api: { snapshot: () => ({ from: run }), run: () => run } };
          },
        },
      ],
    });
    const remote = supervisor.remote<{ run(): number }>("f");
    expect(await remote.run()).toBe(1);
    await supervisor.reload("f");
    expect(await remote.run()).toBe(2);
    expect(states).toEqual([undefined, { from: 1 }]);
    await supervisor.reload("only");
    expect(supervisor.child("only")?.state).toBe("running");
  });
});
