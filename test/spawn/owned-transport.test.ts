// The joint between a connection and the thread or process behind it, with one that the tests hold in their hands.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Transport, TransportEnd } from "../../lib/core/transport.ts";
import { ownedTransport } from "../../lib/spawn/owned-transport.ts";
import type { Owned } from "../../lib/spawn/owned-transport.ts";

/** A medium and an owned thing that do what they are told, and note what they are asked. */
function made(exitTimeout = 5000) {
  const asked: string[] = [];
  let events: Parameters<Transport["start"]>[0];
  let onExit: (end: TransportEnd) => void;
  const inner: Transport = {
    label: "pid 1",
    carries: { handles: false, sameProcess: false, trustedPeerOnly: false },
    retains: true,
    start: (given) => void (events = given),
    send: () => true,
    pause: () => asked.push("pause"),
    resume: () => asked.push("resume"),
    close: () => asked.push("close"),
    destroy: () => asked.push("destroy"),
    ref: () => asked.push("ref"),
    unref: () => asked.push("unref"),
  };
  const owned: Owned = {
    onExit: (listener) => void (onExit = listener),
    kill: () => asked.push("kill"),
    ref: () => asked.push("ref owned"),
    unref: () => asked.push("unref owned"),
  };
  const transport = ownedTransport(inner, owned, exitTimeout);
  const ends: TransportEnd[] = [];
  const received: string[] = [];
  transport.start({ onReceive: (bytes) => received.push(Buffer.from(bytes).toString()), onDrain() {}, onEnd: (end) => ends.push(end) });
  return {
    transport,
    asked,
    ends,
    received,
    exit: (code: number) => onExit({ reason: `the process exited with code ${code}`, code }),
    endInner: (reason = "the far side closed the connection") => events.onEnd({ reason }),
    arrive: (text: string) => events.onReceive(Buffer.from(text), undefined, true),
  };
}

const EXITED = { reason: "the process exited with code 3", code: 3 };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate"] }));
afterEach(() => void vi.useRealTimers());

/** Lets so many ms pass, and a few more for the turns of the event loop that follow. */
const pass = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 3; turn += 1) await vi.advanceTimersByTimeAsync(1);
};

describe("while it is open", () => {
  it("the end of the medium waits for the exit, whose code it then tells", async () => {
    const { ends, endInner, exit } = made();
    endInner();
    await pass(900);
    expect(ends).toEqual([]);
    exit(3);
    await pass(0);
    expect(ends).toEqual([EXITED]);
  });

  it("the exit waits for what is still on its way, as long as something comes", async () => {
    const { ends, received, arrive, exit } = made();
    exit(3);
    for (const word of ["a", "b", "c"]) {
      await pass(30);
      arrive(word);
    }
    await pass(30);
    expect(ends).toEqual([]);
    await pass(50);
    expect(ends).toEqual([EXITED]);
    expect(received).toEqual(["a", "b", "c"]);
  });

  it("the exit is told at once when the medium has ended", async () => {
    const { ends, endInner, exit } = made();
    exit(3);
    endInner();
    await pass(0);
    expect(ends).toEqual([EXITED]);
  });

  it("the exit waits while reading is paused", async () => {
    const { transport, ends, exit } = made();
    transport.pause!();
    exit(3);
    await pass(500);
    expect(ends).toEqual([]);
    transport.resume!();
    await pass(100);
    expect(ends).toEqual([EXITED]);
  });

  it("one that lives on without its connection is lost after a second, and killed when it does not end", async () => {
    const { ends, asked, endInner } = made(2000);
    endInner();
    await pass(1001);
    expect(ends).toEqual([{ reason: "the far side closed the connection" }]);
    expect(asked).not.toContain("kill");
    await pass(2251);
    expect(asked).toContain("kill");
  });

  it("is held and let go with what it belongs to", () => {
    const { transport, asked } = made();
    transport.unref();
    transport.ref();
    expect(asked).toEqual(["unref", "unref owned", "ref", "ref owned"]);
  });
});

describe("close", () => {
  it("ends when the thread or process has, and tells how", async () => {
    const { transport, asked, ends, endInner, exit } = made();
    transport.close();
    expect(asked).toEqual(["close"]);
    endInner();
    await pass(1000);
    expect(ends).toEqual([]);
    exit(3);
    await pass(0);
    expect(ends).toEqual([{ reason: "closed", code: 3 }]);
  });

  it("kills what has not ended a moment after exitTimeout", async () => {
    const { transport, asked, ends, exit } = made(100);
    transport.close();
    await pass(340);
    expect(asked).not.toContain("kill");
    await pass(20);
    expect(asked).toContain("kill");
    exit(3);
    await pass(0);
    expect(ends).toEqual([{ reason: "closed", code: 3 }]);
  });

  it("gives up what cannot be killed", async () => {
    const { transport, ends } = made(100);
    transport.close();
    await pass(400);
    await pass(1001);
    expect(ends).toEqual([{ reason: "closed" }]);
  });

  it("waits for ever where that was asked for", async () => {
    const { transport, asked } = made(Infinity);
    transport.close();
    await pass(24 * 3600 * 1000);
    expect(asked).not.toContain("kill");
  });
});

describe("destroy", () => {
  it("kills at once, and ends with the exit", async () => {
    const { transport, asked, ends, exit } = made();
    transport.destroy();
    expect(asked).toEqual(["destroy", "kill"]);
    transport.destroy();
    expect(asked).toEqual(["destroy", "kill"]);
    exit(3);
    await pass(0);
    expect(ends).toEqual([{ reason: "destroyed", code: 3 }]);
  });

  it("does not wait for what is being closed", async () => {
    const { transport, asked, ends, exit } = made();
    transport.close();
    transport.destroy();
    expect(asked).toEqual(["close", "destroy", "kill"]);
    exit(3);
    await pass(0);
    expect(ends).toEqual([{ reason: "destroyed", code: 3 }]);
  });

  it("after the exit kills nobody", async () => {
    const { transport, asked, ends, endInner, exit } = made();
    exit(3);
    endInner();
    await pass(0);
    transport.destroy();
    transport.close();
    await pass(10_000);
    expect(asked).not.toContain("kill");
    expect(ends).toHaveLength(1);
  });
});
