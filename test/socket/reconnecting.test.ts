import { once } from "node:events";
import { describe, expect, it, afterEach } from "vitest";
import { callContext } from "../../lib/core/call-context.ts";
import type { Connection } from "../../lib/core/connection.ts";
import { DisposedError, PeerLostError, QueueFullError, StaleReferenceError, TimeoutError } from "../../lib/core/errors.ts";
import { connectionOf, withOptions } from "../../lib/core/remote-functions.ts";
import { connect } from "../../lib/socket/connect.ts";
import type { ReconnectOptions } from "../../lib/socket/reconnect-options.ts";
import { listen } from "../../lib/socket/listen.ts";
import type { ListenOptions, Server } from "../../lib/socket/server.ts";
import { until, useFolder } from "./folders.ts";

const place = useFolder();
const servers: Server[] = [];
const clients: { destroy(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** What `gated` waits for. */
let gate = makeGate();
function makeGate(): { readonly passed: Promise<void>; open(): void; fail(error: Error): void } {
  let [open, fail]: [() => void, (error: Error) => void] = [() => {}, () => {}];
  const passed = new Promise<void>((resolve, reject) => ([open, fail] = [resolve, reject]));
  return { passed, open, fail };
}

/** Calls that were run, in order, over all servers of a test. */
let ran: string[] = [];

function makeApi(name = "server") {
  return {
    name: () => name,
    note(text: string): string {
      ran.push(text);
      return text;
    },
    /** Never answers. */
    stuck(text: string): Promise<never> {
      ran.push(text);
      return new Promise(() => {});
    },
    async gated(text: string): Promise<string> {
      ran.push(text);
      await gate.passed;
      return text;
    },
    /** Stops when its caller is gone. */
    untilAborted(text: string): Promise<never> {
      ran.push(text);
      const { signal } = callContext();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
    counter: () => {
      let count = 0;
      return () => (count += 1);
    },
    async *numbers() {
      for (let number = 0; ; number += 1) yield number;
    },
  };
}
type Api = ReturnType<typeof makeApi>;

async function serve(name?: string, options: ListenOptions = {}): Promise<Server> {
  ran = [];
  gate = makeGate();
  return await serveAgain(name, options);
}

async function serveAgain(name?: string, options: ListenOptions = {}): Promise<Server> {
  const server = await listen(makeApi(name), { path: place.at("s"), ...options });
  servers.push(server);
  return server;
}

async function reach(reconnect: boolean | ReconnectOptions = true, options = {}): Promise<Connection<Api>> {
  const client = await connect<Api>(place.at("s"), { reconnect, ...options });
  clients.push(client);
  return client;
}

function runningOn({ connections }: Server): number {
  return [...connections].reduce((sum, connection) => sum + connection.stats().runningCalls, 0);
}

function cutOff(server: Server): void {
  for (const connection of server.connections) connection.destroy("cut off by the test");
}

/** The states that the client has been in since. */
function watch(client: Pick<Connection, "on">): string[] {
  const states: string[] = [];
  client.on("state", (state) => states.push(state));
  return states;
}

describe("a connection that comes back", () => {
  it("is lost, waits, connects again, and is ready, telling each", async () => {
    const server = await serve();
    const client = await reach();
    const states = watch(client);
    expect(client.state).toBe("ready");
    cutOff(server);
    await until(() => client.state !== "ready");
    await until(() => client.state === "ready");
    expect(states).toEqual(["waiting", "connecting", "ready"]);
    expect(await client.remote.name()).toBe("server");
    await client.close();
    expect(states.at(-1)).toBe("closed");
    expect((await client.closed).reason).toBe("closed");
  });

  it("finds the next server under the same remote", async () => {
    const first = await serve("first");
    const client = await reach();
    const { name } = client.remote;
    expect(await name()).toBe("first");
    await first.close();
    await serveAgain("second");
    expect(await name()).toBe("second");
    expect(connectionOf(client.remote)).toBe(client);
  });

  it("sends calls that were made while it was down, in their order", async () => {
    const server = await serve();
    const client = await reach();
    await server.close();
    const calls = ["a", "b", "c"].map((text) => client.remote.note(text));
    await serveAgain();
    calls.push(client.remote.note("d"));
    expect(await Promise.all(calls)).toEqual(["a", "b", "c", "d"]);
    expect(ran).toEqual(["a", "b", "c", "d"]);
  });

  it("sends again what was never sent, and what may run twice; rejects the rest with its phase", async () => {
    const server = await serve();
    const client = await reach();
    const idempotent = withOptions(client.remote, { idempotent: true });
    const plain = client.remote.stuck("plain");
    const repeated = idempotent.stuck("repeated");
    plain.catch(() => {});
    repeated.catch(() => {});
    await until(() => ran.length === 2);
    cutOff(server);
    await expect(plain).rejects.toThrow(PeerLostError);
    await expect(plain).rejects.toMatchObject({ phase: "sent", reason: "the far side closed the connection" });
    // Another server knows nothing of what ran on the one before.
    await server.drain(0);
    await serveAgain();
    await until(() => ran.length === 3);
    expect(ran).toEqual(["plain", "repeated", "repeated"]);
  });

  it("gives up on a call with which one connection after the other is lost", async () => {
    const server = await serve();
    const client = await reach({ maxAttempts: 3 });
    const poison = withOptions(client.remote, { idempotent: true }).stuck("poison");
    poison.catch(() => {});
    for (let times = 1; times <= 3; times += 1) {
      await until(() => runningOn(server) === 1);
      cutOff(server);
      await until(() => runningOn(server) === 0);
    }
    await expect(poison).rejects.toThrow(PeerLostError);
    expect(await client.remote.name()).toBe("server");
  });

  it("has a server that lives run an idempotent call once, and gives what that run answers", async () => {
    const server = await serve();
    const client = await reach();
    const call = withOptions(client.remote, { idempotent: true }).gated("once");
    await until(() => runningOn(server) === 1);
    cutOff(server);
    await until(() => runningOn(server) === 1);
    gate.open();
    expect(await call).toBe("once");
    expect(ran).toEqual(["once"]);
    // It knows them by the client, not by the number of the call.
    const other = await reach();
    expect(await withOptions(other.remote, { idempotent: true }).gated("other")).toBe("other");
  });

  it("gives the error that the first run threw, once", async () => {
    const server = await serve();
    const client = await reach();
    const call = withOptions(client.remote, { idempotent: true }).gated("failing");
    call.catch(() => {});
    await until(() => runningOn(server) === 1);
    cutOff(server);
    await until(() => runningOn(server) === 1);
    gate.fail(new RangeError("out of range"));
    await expect(call).rejects.toThrow(new RangeError("out of range"));
    expect(ran).toEqual(["failing"]);
  });

  it("has an idempotent call run again that was broken off when its connection was lost", async () => {
    const server = await serve();
    const client = await reach();
    const call = withOptions(client.remote, { idempotent: true }).untilAborted("again");
    call.catch(() => {});
    await until(() => ran.length === 1);
    cutOff(server);
    await until(() => ran.length === 2);
    expect(ran).toEqual(["again", "again"]);
  });

  it("ends a call that an interceptor keeps by its signal and by its time", async () => {
    await serve();
    const client = await reach(true, { intercept: { outgoing: () => new Promise(() => {}) } });
    const controller = new AbortController();
    const aborted = withOptions(client.remote, { signal: controller.signal }).note("aborted");
    const late = withOptions(client.remote, { timeout: 20 }).note("late");
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(late).rejects.toThrow(TimeoutError);
    expect(ran).toEqual([]);
  });

  it("does not send again what carries a reference", async () => {
    const server = await serve();
    const client = await reach();
    const call = withOptions(client.remote, { idempotent: true }).stuck((() => {}) as unknown as string);
    call.catch(() => {});
    await until(() => ran.length === 1);
    cutOff(server);
    await expect(call).rejects.toThrow(PeerLostError);
  });

  it("tells references of an old connection from those of the new one, and ends its streams", async () => {
    const server = await serve();
    const client = await reach();
    const count = await client.remote.counter();
    expect(await count()).toBe(1);
    const numbers = (await client.remote.numbers())[Symbol.asyncIterator]();
    expect(await numbers.next()).toEqual({ value: 0, done: false });
    cutOff(server);
    await until(() => client.state !== "ready");
    await until(() => client.state === "ready");
    await expect(count()).rejects.toThrow(StaleReferenceError);
    await expect(
      (async () => {
        // What had arrived is still there.
        while ((await numbers.next()).done !== true);
      })(),
    ).rejects.toThrow(PeerLostError);
    expect(await (await client.remote.counter())()).toBe(1);
  });
});

describe("while it is down", () => {
  it("calls reject at once, if that was asked for", async () => {
    const server = await serve();
    const client = await reach({ whileDown: "fail" });
    await server.close();
    await until(() => client.state !== "ready");
    await expect(client.remote.name()).rejects.toMatchObject({
      code: "ERR_PEER_LOST",
      phase: "unsent",
      message: expect.stringContaining("whileDown"),
    });
    await serveAgain("second");
    await until(() => client.state === "ready");
    expect(await client.remote.name()).toBe("second");
  });

  it("only so many calls wait, and so many bytes", async () => {
    const server = await serve();
    const client = await reach({ maxQueued: 2, maxQueuedBytes: 1000 });
    await server.close();
    await until(() => client.state !== "ready");
    const small = client.remote.note("a");
    await expect(client.remote.note("x".repeat(2000))).rejects.toThrow(QueueFullError);
    const second = client.remote.note("b");
    await expect(client.remote.note("c")).rejects.toMatchObject({ code: "ERR_QUEUE_FULL", message: expect.stringContaining("2 calls") });
    expect(client.stats().pendingCalls).toBe(2);
    await serveAgain();
    expect(await Promise.all([small, second])).toEqual(["a", "b"]);
    expect(client.stats().pendingCalls).toBe(0);
  });

  it("a call waits so long only, and was not sent then", async () => {
    const server = await serve();
    const client = await reach({ maxQueuedTime: 20 });
    await server.close();
    await until(() => client.state !== "ready");
    const own = withOptions(client.remote, { queueTimeout: 10 }).note("a");
    await expect(own).rejects.toMatchObject({
      code: "ERR_PEER_LOST",
      phase: "unsent",
      reason: "no connection within 10 ms (queueTimeout)",
    });
    await expect(client.remote.note("b")).rejects.toMatchObject({ phase: "unsent", reason: "no connection within 20 ms (queueTimeout)" });
    await serveAgain();
    await withOptions(client.remote, { queueTimeout: 10_000 }).note("c");
    expect(ran).toEqual(["c"]);
  });

  it("a call that is given up, or whose time is over, is not sent later", async () => {
    const server = await serve();
    const client = await reach();
    await server.close();
    await until(() => client.state !== "ready");
    const controller = new AbortController();
    const aborted = withOptions(client.remote, { signal: controller.signal }).note("aborted");
    const late = withOptions(client.remote, { timeout: 10 }).note("late");
    controller.abort(new Error("changed my mind"));
    await expect(aborted).rejects.toThrow("changed my mind");
    await expect(late).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(client.stats().pendingCalls).toBe(0);
    await serveAgain();
    await client.remote.note("last");
    expect(ran).toEqual(["last"]);
  });
});

describe("the end of it", () => {
  it("comes when nobody answered for as long as it was to try", async () => {
    const server = await serve();
    const client = await reach({ timeout: 50 });
    await server.close();
    await until(() => client.state !== "ready");
    const waits = client.remote.note("a");
    waits.catch(() => {});
    const { reason, cause } = await client.closed;
    expect(reason).toMatch(/Cannot connect to unix:.*no such socket/);
    expect(cause).toMatchObject({ code: "ERR_CONNECT" });
    await expect(waits).rejects.toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
    await expect(client.remote.note("b")).rejects.toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
  });

  it("comes when the next server does not let it in", async () => {
    const key = "correct horse battery staple";
    const server = await serve("first", { key });
    const client = await reach(true, { key });
    await server.close();
    await serveAgain("second", { key: `${key}!` });
    expect((await client.closed).cause).toMatchObject({ code: "ERR_AUTHENTICATION" });
  });

  it("is a rejection when it never came to be", async () => {
    await expect(connect(place.at("s"), { reconnect: true, connectTimeout: 20 })).rejects.toMatchObject({ code: "ERR_CONNECT" });
    const signal = AbortSignal.timeout(20);
    await expect(connect(place.at("s"), { reconnect: true, signal })).rejects.toMatchObject({
      name: "TimeoutError",
      code: DOMException.TIMEOUT_ERR,
    });
  });

  it("waits for calls that wait, when it is closed", async () => {
    const server = await serve();
    const client = await reach();
    await server.close();
    await until(() => client.state !== "ready");
    const waits = client.remote.note("a");
    const closed = client.close();
    await expect(client.remote.note("b")).rejects.toThrow(DisposedError);
    await serveAgain();
    expect(await waits).toBe("a");
    await closed;
    expect(client.state).toBe("closed");
  });

  it("comes at once when it is closed with nothing to wait for, or destroyed", async () => {
    const server = await serve();
    const [closed, destroyed] = [await reach(), await reach()];
    await server.close();
    await until(() => closed.state !== "ready" && destroyed.state !== "ready");
    await closed.close();
    const waits = destroyed.remote.note("a");
    destroyed.destroy();
    await expect(waits).rejects.toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent", reason: "destroyed" });
    expect(await destroyed.closed).toEqual({ reason: "destroyed" });
  });
});

describe("a server that goes away", () => {
  it("finishes what it was asked, while the next one is asked already", async () => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const old = await listen({ name: async () => (await finished, "old") }, place.at("s"));
    servers.push(old);
    const client = await reach();
    const states = watch(client);
    const slow = client.remote.name();
    await until(() => [...old.connections].some((connection) => connection.stats().runningCalls === 1));
    const replaced = new Promise((resolve) => old.on("replaced", resolve));
    await serveAgain("new", { replace: true });
    await replaced;
    await until(() => client.state === "ready" && states.length > 0);
    expect(await client.remote.name()).toBe("new");
    expect(states).toEqual(["draining", "connecting", "ready"]);
    finish();
    expect(await slow).toBe("old");
    await until(() => old.state === "closed");
    expect(client.state).toBe("ready");
  });

  it("loses no call of clients that come back, however often it happens", async () => {
    await serve("0");
    const client = await reach();
    let stop = false;
    let answers = 0;
    const load = Array.from({ length: 10 }, async () => {
      while (!stop) {
        await client.remote.note("x");
        answers += 1;
      }
    });
    for (let times = 1; times <= 5; times += 1) {
      const old = servers.at(-1)!;
      await serveAgain(String(times), { replace: true });
      await new Promise((resolve) => old.on("close", () => resolve(undefined)));
    }
    stop = true;
    await Promise.all(load);
    expect(await client.remote.name()).toBe("5");
    expect(ran).toHaveLength(answers);
  });
});

describe("what holds a process", () => {
  it.each([
    ["a connection that comes back, while there is none", "held", "still there"],
    ["not one that was let go", "free", "ended"],
    ["but its calls that wait", "calls", "still there"],
  ])("is %s", async (_, kind, outcome) => {
    const { spawn } = await import("node:child_process");
    const fixture = new URL("../fixtures/socket-holds.mjs", import.meta.url).pathname;
    const child = spawn(process.execPath, [fixture, place.at("s"), kind], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit").then(() => "ended");
    await once(child.stdout, "data");
    // It says so a second after it lost its server: whoever has nothing to do has ended by then.
    const spoke = new Promise((resolve) => child.stdout.on("data", (chunk) => resolve(String(chunk))));
    expect(await Promise.race([ended, spoke])).toBe(outcome);
    child.kill("SIGKILL");
    await ended;
  });
});
