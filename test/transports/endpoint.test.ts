import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { Duplex, PassThrough, Readable } from "node:stream";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { descriptorOf } from "../../lib/transports/descriptor.ts";
import { transportOf } from "../../lib/transports/endpoint.ts";
import type { Endpoint } from "../../lib/transports/endpoint.ts";
import { memoryPair } from "../../lib/transports/memory.ts";

describe("transportOf takes", () => {
  it("a MessagePort and a Worker", async () => {
    const { port1 } = new MessageChannel();
    expect(transportOf(port1)).toMatchObject({ label: "port", carries: { handles: true, sameProcess: true } });
    port1.close();
    const worker = new Worker("", { eval: true });
    expect(transportOf(worker).label).toBe(`worker#${worker.threadId}`);
    await worker.terminate();
  });

  it("a ChildProcess with an IPC channel, and this process's own", async () => {
    const child = fork("-", { execArgv: ["-e", "process.on('message', () => {})"] });
    expect(transportOf(child)).toMatchObject({ label: `pid ${child.pid}`, carries: { trustedPeerOnly: true, handles: false } });
    child.kill();
    await once(child, "exit");
    // A test's process was forked by its runner.
    expect(transportOf(process)).toMatchObject({ label: "parent", carries: { trustedPeerOnly: true } });
  });

  it("a child that could not be started, which ends its transport", async () => {
    const child = spawn("/no/such/program", { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const transport = transportOf(child);
    const end = await new Promise((resolve) => transport.start({ onReceive() {}, onDrain() {}, onEnd: resolve }));
    expect(end).toMatchObject({ reason: expect.stringContaining("ENOENT") });
  });

  it("a socket and any other Duplex", () => {
    expect(transportOf(new Socket())).toMatchObject({ label: "socket", carries: { handles: false, trustedPeerOnly: false } });
    expect(transportOf(new PassThrough()).label).toBe("stream");
    expect(transportOf(Duplex.from({ readable: new PassThrough(), writable: new PassThrough() })).label).toBe("stream");
  });

  it("a Transport of the user's own, as it is", () => {
    const [near] = memoryPair();
    expect(transportOf(near)).toBe(near);
  });
});

describe("transportOf refuses", () => {
  const expectRefused = (endpoint: unknown, message: string): void => {
    expect(() => transportOf(endpoint as Endpoint)).toThrow(
      expect.objectContaining({ code: "ERR_ENDPOINT", message: expect.stringContaining(message) }),
    );
  };

  it.each([
    ["a number", 5, "5 is not an endpoint. Give a MessagePort"],
    ["a string", "/run/a.sock", "'/run/a.sock' is not an endpoint"],
    ["undefined", undefined, "undefined is not an endpoint"],
    ["null", null, "null is not an endpoint"],
    ["an object", { a: 1 }, "{ a: 1 } is not an endpoint"],
    ["an object of a class", new Map(), "An object of class Map is not an endpoint"],
    ["an object without a prototype", Object.create(null), "is not an endpoint. Give a MessagePort"],
    ["a MessageChannel", new MessageChannel(), "one of its two ports"],
    ["a stream that goes one way", Readable.from([]), "Duplex.from({ readable, writable })"],
    ["half a Transport", { send() {}, start() {}, label: "x" }, "A Transport also has close, destroy, ref, unref, carries."],
  ])("%s, and says what to give", (_, endpoint, message) => expectRefused(endpoint, message));

  it("a cluster's worker, whose process is one", async () => {
    const child = fork("-", { execArgv: ["-e", ""] });
    expectRefused({ id: 1, process: child, send() {} }, "give its `process`");
    await once(child, "exit");
  });

  it("a child without an IPC channel, and names what to do", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    expectRefused(child, `The child process ${child.pid} has no IPC channel. Start it with fork()`);
    await once(child, "exit");
  });
});

it("knows the descriptor of a socket, and none of what stands before one", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  expect(descriptorOf(socket)).toBeGreaterThan(2);
  expect(descriptorOf(new (class extends Socket {})())).toBeUndefined();
  expect(descriptorOf(new PassThrough())).toBeUndefined();
});
