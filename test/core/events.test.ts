import { EventEmitter, getEventListeners } from "node:events";
import { expect, it, vi } from "vitest";
import { PeerLostError } from "../../lib/core/errors.ts";
import { eventsOf } from "../../lib/core/events-of.ts";
import { proxy } from "../../lib/core/marks.ts";
import { Session } from "../../lib/core/session.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { memoryPair } from "../../lib/transports/memory.ts";
import { wireCodec } from "../../lib/wire/codec.ts";

interface Emitter {
  on(name: string, listener: (...args: never[]) => void): Promise<unknown>;
  once(name: string, listener: (...args: never[]) => void): Promise<unknown>;
  off(name: string, listener: (...args: never[]) => void): Promise<unknown>;
  addEventListener(name: string, listener: TargetListener, options?: object): Promise<unknown>;
  removeEventListener(name: string, listener: TargetListener): Promise<unknown>;
}

type TargetListener = ((event: { type: string; detail?: unknown }) => void) | { handleEvent(event: unknown): void };

function open(emitter: object): { near: Session; far: Session; remote: Emitter } {
  const [a, b] = memoryPair();
  const parts = { host: nodeHost, codec: wireCodec, options: {} };
  const near = new Session({ ...parts, transport: a });
  const far = new Session({ ...parts, transport: b });
  far.expose({ emitter: proxy(emitter) });
  near.start();
  far.start();
  return { near, far, remote: (near.connection.remote as { emitter: Emitter }).emitter };
}

it("on and off go by the same function", async () => {
  const emitter = new EventEmitter();
  const { remote, near } = open(emitter);
  const seen: number[] = [];
  let told = (): void => {};
  const listener = (n: number): void => {
    seen.push(n);
    told();
  };
  await remote.on("tick", listener);
  const heard = new Promise<void>((resolve) => (told = resolve));
  emitter.emit("tick", 1);
  await heard;
  await remote.off("tick", listener);
  expect(emitter.listenerCount("tick")).toBe(0);
  emitter.emit("tick", 2);
  await near.close();
  expect(seen).toEqual([1]);
});

it("a loop over events is left while it waits for one", async () => {
  const emitter = new EventEmitter();
  const { remote, near } = open(emitter);
  const events = eventsOf(remote, "tick");
  const waiting = events.next();
  await vi.waitUntil(() => emitter.listenerCount("tick") === 1);
  expect(await events.return()).toEqual({ done: true, value: undefined });
  expect((await waiting).done).toBe(true);
  await vi.waitUntil(() => emitter.listenerCount("tick") === 0);
  await near.close();
});

it("once hears one event", async () => {
  const emitter = new EventEmitter();
  const { remote, near } = open(emitter);
  const first = new Promise((resolve) => void remote.once("tick", resolve).then(() => emitter.emit("tick", 7)));
  expect(await first).toBe(7);
  expect(emitter.listenerCount("tick")).toBe(0);
  await near.close();
});

it("listeners go with their connection", async () => {
  const emitter = new EventEmitter();
  const { remote, near, far } = open(emitter);
  await remote.on("tick", () => {});
  expect(emitter.listenerCount("tick")).toBe(1);
  near.destroy();
  await far.connection.closed;
  expect(emitter.listenerCount("tick")).toBe(0);
});

it("so do those that were added more than once, in whatever way", async () => {
  const emitter = new EventEmitter();
  const { remote, near, far } = open(emitter);
  const listener = (): void => {};
  await remote.once("tick", listener);
  await remote.on("tick", listener);
  await remote.on("tick", listener);
  emitter.emit("tick");
  await remote.once("tick", listener);
  await remote.off("tick", listener);
  expect(emitter.listenerCount("tick")).toBe(2);
  near.destroy();
  await far.connection.closed;
  expect(emitter.listenerCount("tick")).toBe(0);
});

it("and those of an EventTarget, where adding twice is adding once", async () => {
  const target = new EventTarget();
  const { remote, near, far } = open(target);
  const heard: unknown[] = [];
  const listener = (event: unknown): void => void heard.push(event);
  await remote.addEventListener("ping", listener);
  await remote.addEventListener("ping", listener);
  await remote.removeEventListener("ping", listener);
  expect(getEventListeners(target, "ping")).toHaveLength(0);
  await remote.addEventListener("ping", listener, { once: true });
  target.dispatchEvent(new Event("ping"));
  await remote.addEventListener("ping", listener);
  expect(getEventListeners(target, "ping")).toHaveLength(1);
  near.destroy();
  await far.connection.closed;
  expect(getEventListeners(target, "ping")).toHaveLength(0);
});

it("an EventTarget's events arrive as what they tell", async () => {
  const target = new EventTarget();
  const { remote, near } = open(target);
  const event = new Promise<{ type: string; detail?: unknown }>(
    (resolve) =>
      void remote.addEventListener("ping", resolve).then(() => target.dispatchEvent(new CustomEvent("ping", { detail: { n: 1 } }))),
  );
  expect(await event).toMatchObject({ type: "ping", detail: { n: 1 } });
  await near.close();
});

it("a marked object with a method handleEvent listens like a function", async () => {
  const target = new EventTarget();
  const { remote, near } = open(target);
  let tell = (_event: unknown): void => {};
  const heard = new Promise((resolve) => (tell = resolve));
  const listener = proxy({ handleEvent: (event: unknown) => tell(event) });
  await remote.addEventListener("ping", listener);
  target.dispatchEvent(new Event("ping"));
  expect(await heard).toMatchObject({ type: "ping" });
  await remote.removeEventListener("ping", listener);
  expect(getEventListeners(target, "ping")).toHaveLength(0);
  await near.close();
});

it("iterates events and stops listening when the loop is left", async () => {
  const emitter = new EventEmitter();
  const { remote, near } = open(emitter);
  const seen: unknown[] = [];
  emitter.on("newListener", () => setImmediate(() => [1, 2, 3].forEach((n) => emitter.emit("tick", n))));
  for await (const [n] of eventsOf<[number]>(remote, "tick")) {
    seen.push(n);
    if (n === 2) break;
  }
  await near.close();
  expect(seen).toEqual([1, 2]);
  expect(emitter.listenerCount("tick")).toBe(0);
});

it("an iteration ends with its connection, and with its signal", async () => {
  const emitter = new EventEmitter();
  const { remote, far } = open(emitter);
  const controller = new AbortController();
  const aborted = eventsOf(remote, "tick", { signal: controller.signal });
  const step = aborted.next();
  controller.abort(new Error("enough"));
  await expect(step).rejects.toThrow("enough");
  const lost = eventsOf(remote, "tick").next();
  emitter.once("newListener", () => setImmediate(() => far.destroy()));
  await expect(lost).rejects.toThrow(PeerLostError);
});
