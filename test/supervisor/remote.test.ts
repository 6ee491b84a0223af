// `remote(id)` across the life and death of its child.
import { afterEach, describe, expect, test } from "vitest";
import { QueueFullError, StaleReferenceError } from "../../lib/core/errors.ts";
import { connectionOf, withOptions } from "../../lib/core/remote-functions.ts";
import { ChildDownError, ChildLostError } from "../../lib/supervisor/errors.ts";
import type { ChildSpec, StartedByFunction } from "../../lib/supervisor/spec.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import { next, Started, worker, type WorkerModule } from "./real.ts";

const started = new Started();
afterEach(() => started.end());

interface Api {
  add(left: number, right: number): number;
  run(): number;
  never(): Promise<never>;
  counter(): { next(): number };
  numbers(): AsyncGenerator<number>;
}

/** A child in this process, whose end and whose coming back the test decides. */
class Doll {
  runs = 0;
  calls = 0;
  fail!: (error: Error) => void;
  /** The next starts wait for this. */
  gate: Promise<unknown> = Promise.resolve();

  readonly start = async (): Promise<StartedByFunction> => {
    await this.gate;
    const run = ++this.runs;
    const exited = new Promise<void>((_, reject) => (this.fail = reject));
    const api: Api = {
      add: (left, right) => {
        this.calls += 1;
        return left + right;
      },
      run: () => run,
      never: () => {
        this.calls += 1;
        return new Promise<never>(() => {});
      },
      counter() {
        let value = 0;
        return { next: () => (value += 1) };
      },
      async *numbers() {
        for (let value = 0; ; value++) yield value;
      },
    };
    return { exited, api };
  };
}

async function supervise(doll: Doll, more: Partial<ChildSpec> = {}): Promise<Supervisor> {
  return await started.supervise({ name: "root", intensity: 100, children: [{ id: "doll", start: doll.start, ...more }] });
}

/** Ends its run, and holds the next start back until what this returns is called. */
async function takeDown(doll: Doll, supervisor: Supervisor): Promise<() => void> {
  let open!: () => void;
  doll.gate = new Promise<void>((resolve) => (open = resolve));
  const exited = next(supervisor, "exited");
  doll.fail(new Error("gone"));
  await exited;
  return open;
}

describe("while the child is down", () => {
  test("calls wait in their order, and are made when it is back", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll);
    const remote = supervisor.remote<Api>("doll");
    expect(await remote.run()).toBe(1);
    const open = await takeDown(doll, supervisor);
    const calls = [remote.run(), remote.add(1, 2), remote.counter().next()];
    expect(connectionOf(remote)?.state).toBe("waiting");
    open();
    expect(await Promise.all(calls)).toEqual([2, 3, 1]);
    expect(connectionOf(remote)?.state).toBe("ready");
  });

  test("arguments are as they were at the call", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll);
    const remote = supervisor.remote<{ add(left: { value: number }, right: number): unknown }>("doll");
    const open = await takeDown(doll, supervisor);
    const left = { value: 1 };
    const call = remote.add(left, 0);
    left.value = 2;
    open();
    expect(await call).toBe("[object Object]0");
  });

  test("calls fail at once where the spec says so", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll, { queue: { whileDown: "fail" } });
    const remote = supervisor.remote<Api>("doll");
    const open = await takeDown(doll, supervisor);
    await expect(remote.add(1, 2)).rejects.toThrow(/add\(\) on root\/doll was not sent: it is down at the moment/u);
    const ready = next(supervisor, "ready");
    open();
    await ready;
    expect(await remote.add(1, 2)).toBe(3);
  });

  test("the queue is bounded in calls and bytes", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll, { queue: { maxQueued: 2, maxQueuedBytes: 1_000 } });
    const remote = supervisor.remote<Api>("doll");
    const open = await takeDown(doll, supervisor);
    const waiting = [remote.add(1, 1), remote.add(2, 2)];
    await expect(remote.add(3, 3)).rejects.toBeInstanceOf(QueueFullError);
    open();
    expect(await Promise.all(waiting)).toEqual([2, 4]);
  });

  test("a call waits no longer than it wants to, and can be aborted", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll);
    const remote = supervisor.remote<Api>("doll");
    const open = await takeDown(doll, supervisor);
    const abort = new AbortController();
    const aborted = withOptions(remote, { signal: abort.signal }).add(1, 1);
    abort.abort(new Error("no more"));
    await expect(aborted).rejects.toThrow("no more");
    await expect(withOptions(remote, { queueTimeout: 10 }).add(1, 1)).rejects.toThrow(/not up again within 10 ms \(queueTimeout\)/u);
    await expect(withOptions(remote, { timeout: 10 }).add(1, 1)).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    open();
    await remote.run();
    expect(doll.calls).toBe(0);
  });
});

describe("when the child ends", () => {
  test("calls in flight reject with the phase that they were in and the report", async () => {
    const supervisor = await started.supervise({ children: [{ id: "w", start: { process: worker } }] });
    const remote = supervisor.remote<WorkerModule>("w");
    const accepted = remote.later(60_000, 1);
    await remote.add(1, 1);
    const sent = remote.kill("SIGKILL");
    const failures = await Promise.all([accepted, sent].map((call) => call.catch((error: unknown) => error)));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(ChildLostError);
      expect(failure).toMatchObject({ code: "ERR_PEER_LOST", signal: "SIGKILL", report: { id: "w", kind: "killed", restarts: 0 } });
    }
    expect(failures.map((failure) => (failure as ChildLostError).phase)).toEqual(["accepted", expect.stringMatching(/sent|accepted/u)]);
    expect((failures[0] as Error).message).toMatch(
      /later\(\) on supervisor\/w was lost: "w" was killed by SIGKILL after .+\. The child had taken it in, so it probably ran\./u,
    );
  });

  test("idempotent calls are made again by the next run, others are not", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll);
    const remote = supervisor.remote<Api>("doll");
    const again = withOptions(remote, { idempotent: true }).never();
    const once = remote.never();
    await remote.run();
    doll.fail(new Error("gone"));
    await expect(once).rejects.toBeInstanceOf(ChildLostError);
    await remote.run();
    expect(doll.calls).toBe(3);
    again.catch(() => {});
  });

  test("an idempotent call that each run ends with is given up after maxAttempts", async () => {
    const supervisor = await started.supervise({
      intensity: 20,
      children: [{ id: "w", start: { thread: worker }, queue: { maxAttempts: 2 } }],
    });
    const remote = withOptions(supervisor.remote<WorkerModule>("w"), { idempotent: true });
    await expect(remote.exit(3)).rejects.toBeInstanceOf(ChildLostError);
    await supervisor.remote<WorkerModule>("w").add(1, 1);
    expect(supervisor.child("w")?.restarts).toBe(2);
  });

  test("references that it gave are stale, the remote itself is not; streams end with the loss", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll);
    const remote = supervisor.remote<Api>("doll");
    const counter = await remote.counter();
    expect(await counter.next()).toBe(1);
    const numbers = remote.numbers()[Symbol.asyncIterator]();
    expect((await numbers.next()).value).toBe(0);
    doll.fail(new Error("gone"));
    await next(supervisor, "ready");
    await expect(counter.next()).rejects.toBeInstanceOf(StaleReferenceError);
    const drained = async (): Promise<void> => {
      while ((await numbers.next()).done !== true);
    };
    await expect(drained()).rejects.toMatchObject({ code: "ERR_PEER_LOST" });
    expect(await (await remote.counter()).next()).toBe(1);
  });
});

test.each(["restart", "reload"] as const)("references of before a %s are stale", async (command) => {
  const supervisor = await started.supervise({ children: [{ id: "w", start: { thread: worker } }] });
  const remote = supervisor.remote<WorkerModule>("w");
  const counter = await remote.makeCounter();
  expect(await counter.next()).toBe(1);
  const exited = next(supervisor, "exited");
  await supervisor[command]("w");
  await exited;
  await expect(counter.next()).rejects.toBeInstanceOf(StaleReferenceError);
  expect(await (await remote.makeCounter()).next()).toBe(1);
});

test("while its supervisor ends, new calls fail at once, and those under way finish", async () => {
  const supervisor = await started.supervise({ children: [{ id: "w", start: { thread: worker }, shutdown: "infinity" }] });
  const remote = supervisor.remote<WorkerModule>("w");
  const underWay = remote.later(50, "in time");
  const closing = supervisor.close();
  let isAnswered = false;
  void underWay.then(() => (isAnswered = true));
  await expect(remote.add(1, 1)).rejects.toThrow(/the supervisor is ending \(stopped\)/u);
  expect(isAnswered).toBe(false);
  expect(await underWay).toBe("in time");
  await closing;
});

describe("the circuit breaker", () => {
  test("opens when the supervisor gave up: waiting calls and new ones fail at once, with the last report", async () => {
    const doll = new Doll();
    const supervisor = await started.supervise({
      intensity: 1,
      children: [{ id: "doll", start: doll.start, backoff: { initial: 5_000 } }],
    });
    const remote = supervisor.remote<Api>("doll");
    doll.fail(new Error("first"));
    await next(supervisor, "exited");
    const waiting = remote.run();
    const restarting = supervisor.restart("doll");
    expect(await waiting).toBe(2);
    await restarting;
    doll.fail(new Error("second"));
    const { reason } = await supervisor.ended;
    expect(reason).toBe("gave up");
    const failure = await remote.run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChildDownError);
    expect((failure as Error).message).toMatch(/run\(\) on supervisor\/doll was not sent: the supervisor ended \(gave up\)/u);
  });

  test("opens when the child is stopped, and closes when it is started again", async () => {
    const doll = new Doll();
    const supervisor = await supervise(doll);
    const remote = supervisor.remote<Api>("doll");
    await supervisor.stop("doll");
    await expect(remote.run()).rejects.toBeInstanceOf(ChildDownError);
    await supervisor.restart("doll");
    expect(await remote.run()).toBe(2);
    await supervisor.remove("doll");
    await expect(remote.run()).rejects.toBeInstanceOf(ChildDownError);
    await supervisor.add({ id: "doll", start: doll.start });
    expect(await remote.run()).toBe(3);
  });

  test("a remote of a child that there is not is refused", async () => {
    const supervisor = await started.supervise({});
    expect(() => supervisor.remote("nobody")).toThrow(/has no child "nobody"/u);
  });
});

describe("instances", () => {
  test("calls are spread over them, and those of one that ends go to the others", async () => {
    const supervisor = await started.supervise({ children: [{ id: "web", start: { thread: worker }, instances: 3 }] });
    const remote = supervisor.remote<WorkerModule>("web");
    for (let at = 0; at < 3; at++) await remote.increment();
    const counts = await Promise.all([1, 2, 3].map((at) => supervisor.remote<WorkerModule>(`web#${at}`).increment()));
    expect(counts).toEqual([2, 2, 2]);
    await supervisor.stop("web#2");
    expect(await Promise.all([remote.add(1, 1), remote.add(2, 2), remote.add(3, 3)])).toEqual([2, 4, 6]);
    await supervisor.stop("web");
    await expect(remote.add(1, 1)).rejects.toBeInstanceOf(ChildDownError);
  });

  test("a busy one is not given more than the others", async () => {
    const supervisor = await started.supervise({ children: [{ id: "web", start: { thread: worker }, instances: 2 }] });
    const remote = supervisor.remote<WorkerModule>("web");
    const busy = [remote.later(200, 0), remote.later(200, 0), remote.later(200, 0), remote.later(200, 0)];
    await Promise.all([1, 2].map((at) => supervisor.remote<WorkerModule>(`web#${at}`).add(1, 1)));
    const pending = [1, 2].map((at) => connectionOf(supervisor.remote<WorkerModule>(`web#${at}`))?.stats().pendingCalls);
    expect(pending).toEqual([2, 2]);
    await Promise.all(busy);
  });
});
