import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { messagePortTransport } from "../../lib/transports/message-port.ts";
import { bytesOf, checkContract, start, text } from "./contract.ts";

const make = () => {
  const { port1, port2 } = new MessageChannel();
  return { near: messagePortTransport(port1), far: messagePortTransport(port2), port1, port2 };
};

checkContract("a pair of message ports", { make, keepsBoundaries: true, pushesBack: false, tellsOfClose: true });

/** A worker that runs `code`, with `port` and `parentPort` at hand. */
function worker(code: string, port?: MessageChannel["port1"]): Worker {
  const source = `const { parentPort, workerData: port } = require("node:worker_threads"); ${code}`;
  return new Worker(source, { eval: true, workerData: port, transferList: port === undefined ? [] : [port], stderr: true });
}

describe("message port transport", () => {
  it("moves handles beside the bytes", async () => {
    const { near, far } = make();
    const [here, there] = [start(near), start(far)];
    const buffer = new ArrayBuffer(4);
    const shared = new SharedArrayBuffer(8);
    here.transport.send(bytesOf("x"), [buffer, shared]);
    expect(buffer.byteLength).toBe(0);
    await there.bytes(1);
    const [moved, same] = there.chunks[0]?.handles ?? [];
    expect(moved).toEqual(new ArrayBuffer(4));
    new Uint8Array(shared)[0] = 7;
    expect(new Uint8Array(same as SharedArrayBuffer)[0]).toBe(7);
    near.destroy();
  });

  it("moves the memory of a large array that fills it, without a copy", async () => {
    const { near, far } = make();
    const [here, there] = [start(near), start(far)];
    const bytes = new Uint8Array(100_000).fill(1);
    here.transport.send(bytes);
    expect(bytes.byteLength).toBe(0);
    await there.bytes(100_000);
    near.destroy();
  });

  it.each([["a string"], [new Uint8Array(16)], [[1, new Uint8Array(8)]], [null], [{ nearcall: 1 }]])(
    "ends when %j comes on a port of its own",
    async (message) => {
      const { near, far, port2 } = make();
      const [here, there] = [start(near), start(far)];
      port2.postMessage(message);
      expect((await here.ended).reason).toMatch(/not nearcall's/);
      await there.ended;
      expect(here.received).toBe(0);
    },
  );

  it("ignores what others post on a worker's port, both ways", async () => {
    const thread = worker(
      `parentPort.on("message", (m) => { if (m[0] === 0x6e656172) { parentPort.postMessage("foreign"); parentPort.postMessage(m); } });`,
    );
    const here = start(messagePortTransport(thread));
    thread.postMessage("foreign");
    here.transport.send(bytesOf("echo"));
    await here.bytes(4);
    expect(text(here)).toBe("echo");
    here.transport.close();
    await here.ended;
    await thread.terminate();
  });

  it("ends with a worker's exit code, after all that it posted", async () => {
    const thread = worker(`for (let n = 0; n < 1000; n++) parentPort.postMessage([0x6e656172, new Uint8Array(10)]); process.exit(3);`);
    const here = start(messagePortTransport(thread));
    expect(await here.ended).toEqual({ reason: "the worker exited with code 3", code: 3 });
    expect(here.received).toBe(10_000);
  });

  it("ends with the error that nobody caught in the worker as the cause", async () => {
    const here = start(messagePortTransport(worker(`throw new RangeError("boom")`)));
    const end = await here.ended;
    expect(end).toMatchObject({ reason: "the worker exited with code 1", code: 1 });
    expect(end.cause).toBeInstanceOf(RangeError);
  });

  it("knows the exit code behind a port of its own, after all that came through the port", async () => {
    const { port1, port2 } = new MessageChannel();
    const thread = worker(`for (let n = 0; n < 1000; n++) port.postMessage([0x6e656172, new Uint8Array(10)]); process.exit(4);`, port2);
    const here = start(messagePortTransport(port1, { worker: thread }));
    expect(here.transport.label).toBe(`worker#${thread.threadId}`);
    expect(await here.ended).toEqual({ reason: "the worker exited with code 4", code: 4 });
    expect(here.received).toBe(10_000);
  });

  it("ends without an exit code when the worker only closed its port", async () => {
    const { port1, port2 } = new MessageChannel();
    const thread = worker(`port.close(); setInterval(() => {}, 1000);`, port2);
    const here = start(messagePortTransport(port1, { worker: thread }));
    expect(await here.ended).toEqual({ reason: "the far side closed its port" });
    await thread.terminate();
  });

  it("leaves no listener behind on a worker but the one for its errors", async () => {
    const thread = worker(`parentPort.once("message", () => {})`);
    const before = thread.eventNames();
    const here = start(messagePortTransport(thread));
    here.transport.destroy();
    await here.ended;
    const left = thread.eventNames().filter((name) => !before.includes(name));
    expect(left.filter((name) => thread.listenerCount(name) > 0)).toEqual(["error", "exit"]);
    await thread.terminate();
    expect(thread.listenerCount("error")).toBe(0);
  });
});
