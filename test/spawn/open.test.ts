// Connections on endpoints that the user has: one session each, whichever function comes first.
import { fork, spawn } from "node:child_process";
import type { ChildProcess, ForkOptions } from "node:child_process";
import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import { PeerLostError, TimeoutError } from "../../lib/core/errors.ts";
import { connectionOf } from "../../lib/core/remote-functions.ts";
import { expose, open, wrap } from "../../lib/spawn/open.ts";
import { memoryPair } from "../../lib/transports/memory.ts";
import { fixture } from "./fixture.ts";

interface Named {
  name(): string;
}

function ports(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return [port1, port2];
}

describe("on one endpoint", () => {
  it("either side calls the other", async () => {
    const [left, right] = ports();
    const toRight = open<Named>(left, { api: { name: () => "left" } });
    const toLeft = open<Named>(right, { api: { name: () => "right" } });
    expect(await toRight.remote.name()).toBe("right");
    expect(await toLeft.remote.name()).toBe("left");
    await toRight.close();
    expect(await toLeft.closed).toMatchObject({ reason: "the far side closed the connection" });
  });

  it.each(["expose first", "wrap first"])("expose and wrap share a connection (%s)", async (order) => {
    const [left, right] = ports();
    open(left, { api: { name: () => "left" } });
    const exposed: Connection[] = [];
    if (order === "expose first") exposed.push(expose({}, right));
    const remote = wrap<Named>(right);
    if (order === "wrap first") exposed.push(expose({}, right));
    expect(await remote.name()).toBe("left");
    expect(connectionOf(remote)).toBe(exposed[0]);
    expect(open(right)).toBe(exposed[0]);
  });

  it("a second expose is an error, which names the far side", () => {
    const [left] = ports();
    expose({}, left);
    expect(() => expose({}, left)).toThrow(
      expect.objectContaining({ code: "ERR_ALREADY_EXPOSED", message: expect.stringContaining("port") }),
    );
    expect(() => open(left, { api: {} })).toThrow(expect.objectContaining({ code: "ERR_ALREADY_EXPOSED" }));
  });

  it("options that come too late are an error, and the same ones, or none, are not", () => {
    const [left] = ports();
    wrap(left, { timeout: 500 });
    wrap(left);
    wrap(left, { timeout: 500, name: undefined } as object);
    expect(() => expose({}, left, { errors: "public" })).toThrow(
      expect.objectContaining({ code: "ERR_OPTIONS", message: expect.stringContaining('"errors"') }),
    );
    expose({}, left, { writable: true, fields: true });
  });

  it("writable counts from when it is exposed with it", async () => {
    const [left, right] = ports();
    const settings = { colour: "red" };
    wrap(left);
    expose(settings, left, { writable: true });
    const { remote } = open<typeof settings>(right);
    Reflect.set(remote, "colour", "green");
    expect(await remote.colour).toBe("green");
    expect(settings.colour).toBe("green");
  });

  it("a new connection can follow one that ended, where the endpoint lives on", async () => {
    const worker = new Worker(fixture("spawn-plain-worker"));
    onTestFinished(async () => void (await worker.terminate()));
    const first = open<{ add(left: number, right: number): number }>(worker);
    expect(await first.remote.add(1, 2)).toBe(3);
    first.destroy();
    expect(open(worker)).not.toBe(first);
  });

  it("what cannot be exposed is refused before anything is said", () => {
    const [left] = ports();
    for (const api of [null, undefined, 5, "api", Symbol("api")]) {
      expect(() => expose(api as unknown as object, left)).toThrow(expect.objectContaining({ code: "ERR_EXPOSE" }));
    }
    expect(() => open(left, { api: 5 as unknown as object })).toThrow(expect.objectContaining({ code: "ERR_EXPOSE" }));
  });

  it("an endpoint of an unknown kind is refused", () => {
    for (const attempt of [() => wrap({} as never), () => expose({}, {} as never), () => open(new Map() as never)]) {
      expect(attempt).toThrow(expect.objectContaining({ code: "ERR_ENDPOINT" }));
    }
  });
});

it("works on a transport of the user's own", async () => {
  const [near, far] = memoryPair();
  expose({ name: () => "far" }, far);
  const connection = open<Named>(near);
  expect(await connection.remote.name()).toBe("far");
  await connection.close();
});

it("works on streams", async () => {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const connection = open<Named>(Duplex.from({ readable: back, writable: there }));
  expose({ name: () => "far" }, Duplex.from({ readable: there, writable: back }));
  expect(await connection.remote.name()).toBe("far");
  await connection.close();
});

it.each(["wrap", "open"])("%s gives up on a far side that never says hello", async (how) => {
  const [left] = ports();
  const remote = how === "wrap" ? wrap<Named>(left, { helloTimeout: 20 }) : open<Named>(left, { helloTimeout: 20 }).remote;
  await expect(remote.name()).rejects.toBeInstanceOf(PeerLostError);
  await expect(connectionOf(remote)!.ready).rejects.toBeInstanceOf(TimeoutError);
});

describe("in a worker that new Worker() started", () => {
  it("expose() without an endpoint serves parentPort, and its end has the exit code", async () => {
    const worker = new Worker(fixture("spawn-plain-worker"));
    const { remote, closed } = open<{ add(left: number, right: number): number; exit(code: number): void; wait(): Promise<void> }>(worker);
    expect(await remote.add(1, 2)).toBe(3);
    const pending = remote.wait();
    await expect(remote.exit(4)).rejects.toMatchObject({ exitCode: 4 });
    await expect(pending).rejects.toMatchObject({ exitCode: 4, code: "ERR_PEER_LOST" });
    expect(await closed).toMatchObject({ reason: "the worker exited with code 4", exitCode: 4 });
  });

  it("nothing is said before its parent has said hello", async () => {
    const worker = new Worker(fixture("spawn-plain-worker"));
    const said: unknown[] = [];
    worker.on("message", (message) => said.push(message));
    worker.postMessage({ kind: "foreign" });
    await once(worker, "message");
    expect(said).toEqual([{ kind: "foreign answer" }]);
    await worker.terminate();
  });
});

interface IpcChild {
  add(left: number, right: number): number;
  askParent(value: number): Promise<number>;
  exit(code: number): void;
  wait(): Promise<void>;
}

describe.each(["json", "advanced"] as const)("in a child that fork() started (%s)", (serialization) => {
  async function forked(): Promise<[ChildProcess, unknown[]]> {
    const options: ForkOptions = { serialization, execArgv: [] };
    const child = fork(fileURLToPath(fixture("spawn-ipc-child")), options);
    onTestFinished(() => void child.kill("SIGKILL"));
    const messages: unknown[] = [];
    child.on("message", (message) => messages.push(message));
    await once(child, "message");
    return [child, messages];
  }

  it("expose() without an endpoint is silent until a hello arrives, and deaf to what others say", async () => {
    const [child, messages] = await forked();
    child.send({ kind: "foreign", value: 1 });
    await once(child, "message");
    expect(messages).toEqual([{ kind: "ready" }, { kind: "foreign answer", value: 1 }]);

    const connection = open<IpcChild>(child, { api: { double: (value: number) => 2 * value } });
    expect(await connection.remote.add(1, 2)).toBe(3);
    expect(await connection.remote.askParent(4)).toBe(8);
    child.send({ kind: "foreign", value: 2 });
    await expect.poll(() => messages).toContainEqual({ kind: "foreign answer", value: 2 });
    expect(await connection.remote.add(3, 4)).toBe(7);
  });

  it("its end has the exit code or the signal", async () => {
    const [child] = await forked();
    const { remote } = open<IpcChild>(child);
    const pending = remote.wait();
    await expect(remote.exit(6)).rejects.toMatchObject({ exitCode: 6 });
    await expect(pending).rejects.toMatchObject({ exitCode: 6 });

    const [other] = await forked();
    const killed = open<IpcChild>(other).remote.wait();
    other.kill("SIGKILL");
    await expect(killed).rejects.toMatchObject({ signal: "SIGKILL" });
  });
});

it("expose() without an endpoint, where nobody could call, is an error that says so", async () => {
  const { stdout } = spawn(process.execPath, [fileURLToPath(fixture("spawn-nobody"))], { stdio: ["ignore", "pipe", "inherit"] });
  expect(await text(stdout)).toBe("ERR_ENDPOINT\n");
});
