// Children that are up, but not well.
import { afterEach, describe, expect, test } from "vitest";
import type { ChildStart } from "../../lib/supervisor/spec.ts";
import { next, Started, worker, type WorkerModule } from "./real.ts";

const started = new Started();
afterEach(() => started.end());

const MiB = 1024 * 1024;

describe.each<[string, ChildStart]>([
  ["process", { process: worker }],
  ["thread", { thread: worker }],
])("a %s", (_kind, start) => {
  test("whose event loop is blocked is killed as unresponsive, and is back", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start, health: { interval: 50, timeout: 400 } }] });
    const remote = supervisor.remote<WorkerModule>("w");
    const unhealthy = next(supervisor, "unhealthy");
    const exited = next(supervisor, "exited");
    await expect(remote.hang()).rejects.toMatchObject({ report: { kind: "unresponsive" } });
    expect(await unhealthy).toMatchObject({ id: "w", what: "heartbeat", limit: 400 });
    expect(await exited).toMatchObject({ expected: false, report: { kind: "unresponsive" } });
    expect(await remote.add(1, 1)).toBe(2);
  });

  test("that is blocked for a shorter time is left alone", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start, health: { interval: 50, timeout: 2_000 } }] });
    const remote = supervisor.remote<WorkerModule>("w");
    await remote.block(300);
    expect(await remote.increment()).toBe(1);
    expect(supervisor.child("w")?.restarts).toBe(0);
  });

  test("whose event loop is late is killed, where the spec limits that", async () => {
    const supervisor = await started.supervise({
      children: [{ id: "w", start, health: { interval: 50, timeout: 5_000, maxLag: 100, lagCount: 1 } }],
    });
    const unhealthy = next(supervisor, "unhealthy");
    const remote = supervisor.remote<WorkerModule>("w");
    // Until the first call that is lost with it.
    const blocking = (async () => {
      for (;;) await remote.block(250);
    })();
    await expect(blocking).rejects.toMatchObject({ report: { kind: "unresponsive" } });
    const { what, value, limit } = await unhealthy;
    expect([what, limit]).toEqual(["lag", 100]);
    expect(value).toBeGreaterThan(100);
  });

  test("that uses too much memory is replaced when its calls are done; none fails", async () => {
    const limit = start === undefined || "process" in start ? 150 * MiB : 40 * MiB;
    const supervisor = await started.supervise({
      children: [{ id: "w", start, memory: { limit, hard: Infinity, interval: 50 } }],
    });
    const remote = supervisor.remote<WorkerModule>("w");
    const unhealthy = next(supervisor, "unhealthy");
    const reloaded = next(supervisor, "reloaded");
    const long = remote.later(500, "finished");
    await remote.grow(200);
    expect(await unhealthy).toMatchObject({ id: "w", what: "memory", limit });
    expect(await long).toBe("finished");
    await reloaded;
    expect(await remote.increment()).toBe(1);
    expect(supervisor.child("w")).toMatchObject({ state: "running", restarts: 0 });
  });
});

test("a process above the hard limit is killed at once, as out of memory", async () => {
  const supervisor = await started.supervise({
    children: [{ id: "w", start: { process: worker }, memory: { limit: 200 * MiB, hard: 220 * MiB, interval: 50 } }],
  });
  const exited = next(supervisor, "exited");
  await supervisor
    .remote<WorkerModule>("w")
    .grow(400)
    .catch(() => {});
  expect((await exited).report).toMatchObject({ kind: "oom", signal: "SIGKILL" });
  await next(supervisor, "ready");
});

test("what this event loop missed is not held against the child", async () => {
  const supervisor = await started.supervise({
    children: [{ id: "w", start: { process: worker }, health: { interval: 50, timeout: 300 } }],
  });
  const remote = supervisor.remote<WorkerModule>("w");
  await remote.increment();
  const end = Date.now() + 1_000;
  while (Date.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await remote.increment()).toBe(2);
  expect(supervisor.child("w")?.restarts).toBe(0);
});
