// Law 6: nothing unexposed is reached, and a peer cannot harm. Past our own proxies, in frames: the exploits that others
// fell for, frames that break the rules, garbage; and the hello, which comes before everything else.
import { describe, expect, it } from "vitest";
import type { Outgoing } from "../../lib/core/codec.ts";
import { ProtocolError } from "../../lib/core/errors.ts";
import { type CallOp, SlotKind } from "../../lib/core/messages.ts";
import type { Loose } from "./loose.ts";
import { type RawPeer, RawSlot } from "./raw-peer.ts";
import { rejectionOf, type Suite, until } from "./suite.ts";

export function specifyHarmlessness(suite: Suite): void {
  describe("law 6: nothing unexposed is reached", () => {
    specifyReach(suite);
  });
  describe("law 6: a peer cannot harm", () => {
    specifyRules(suite);
  });
  describe("the hello", () => {
    specifyHello(suite);
  });
}

const unreachable: { path: string; op?: CallOp }[] = [
  { path: "constructor" },
  { path: "constructor.constructor" },
  { path: "echo.constructor" },
  { path: "echo.constructor", op: "construct" },
  { path: "echo.constructor.constructor", op: "construct" },
  { path: "echo.call" },
  { path: "echo.apply" },
  { path: "echo.bind" },
  { path: "echo.toString" },
  { path: "echo.prototype", op: "get" },
  { path: "echo.name", op: "get" },
  { path: "echo.length", op: "get" },
  { path: "Counter.prototype", op: "get" },
  { path: "Counter.prototype.raise" },
  { path: "toString" },
  { path: "hasOwnProperty" },
  { path: "valueOf" },
  { path: "__proto__", op: "get" },
  { path: "__proto__.polluted", op: "get" },
  { path: "__defineGetter__" },
  { path: "then" },
  { path: "plain._secret", op: "get" },
  { path: "plain.instance.handle", op: "get" },
  { path: "plain.list.push" },
  { path: "plain.list.constructor", op: "get" },
  { path: "shop.constructor", op: "get" },
  { path: "shop.items", op: "get" },
  { path: "shop.dispose" },
  { path: "limit.toFixed" },
  { path: "", op: "get" },
];

function specifyReach(suite: Suite): void {
  it("by none of the paths that others fell for", async () => {
    const raw = await suite.raw();
    await raw.hello();
    for (const { path, op = "call" } of unreachable) {
      const names = path === "" ? [""] : path.split(".");
      const { rejected, value } = await raw.answer(raw.call(names, ["return process"], op));
      expect(rejected, `${op} ${path}`).toBe(true);
      expect(value, `${op} ${path}`).toMatchObject({ code: "ERR_NOT_EXPOSED" });
    }
    expect(await raw.answer(raw.call(["echo"], ["alive"]))).toEqual({ rejected: false, value: "alive" });
  });

  it("nothing is polluted by setting and deleting, even where that is allowed", async () => {
    const raw = await suite.raw("writable");
    await raw.hello();
    const paths = [
      ["__proto__", "polluted"],
      ["constructor", "prototype", "polluted"],
      ["plain", "__proto__"],
      ["plain", "__proto__", "polluted"],
      ["plain", "constructor"],
      ["echo", "prototype"],
      ["Counter", "prototype"],
      ["plain", "list", "length"],
      ["plain", "list", "4294967294"],
    ];
    for (const path of paths)
      for (const op of ["set", "delete"] as const)
        expect(await raw.answer(raw.call(path, [true], op)), `${op} ${path.join(".")}`).toMatchObject({ rejected: true });
    expect(await raw.place.ask("polluted")).toBe(false);
  });

  it("tools may look at a remote: nothing is called over there", async () => {
    const { remote, connection } = suite;
    const { sentBytes } = connection.stats();
    const member = remote.nested.deep;
    for (const one of [remote, member] as Loose[]) {
      expect(`${one as unknown as string}`).toMatch(/^\[Remote /);
      expect(JSON.stringify({ one })).toMatch(/Remote/);
      expect(String(one.constructor)).toBe(String(Object));
      expect("anything" in (one as object)).toBe(false);
      expect(Object.keys(one as object)).toEqual([]);
      expect((one as unknown as { $$typeof?: unknown }).$$typeof).toBe(undefined);
      expect(one).toEqual(one);
      expect(one).not.toEqual({});
    }
    expect((remote as unknown as { then?: unknown }).then).toBe(undefined);
    expect(connection.stats().sentBytes).toBe(sentBytes);
  });
}

interface Broken {
  readonly what: string;
  /** Sends what breaks the rules. */
  readonly send: (raw: RawPeer) => unknown;
  readonly profile?: string;
}

const write = (write: (out: Outgoing) => void) => (raw: RawPeer) => raw.send(write);
const bytes =
  (...values: number[]) =>
  (raw: RawPeer) =>
    raw.sendBytes(Uint8Array.from(values));
/** A frame with the given header and no body. */
const frame = (kind: number, id = 0, flags = 0, length = 16): number[] => [
  ...u32(length),
  ...u32(id),
  kind,
  flags,
  0,
  0,
  ...new Array<number>(Math.max(0, Math.min(length, 64) - 12)).fill(0),
];
const u32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, (n >>> 24) & 255];
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

/** A stream of the peer's, which the far side reads. */
const openStream = async (raw: RawPeer): Promise<void> => {
  raw.call(["takeSome"], [new RawSlot(SlotKind.source, 1, 0), 1000]);
  await raw.hears("credit");
};

const broken: Broken[] = [
  { what: "an answer to a call that was never made", send: write((out) => out.result(99, 1)) },
  { what: "a failure of a call that was never made", send: write((out) => out.failure(99, 1)) },
  { what: "a release of the root", send: write((out) => out.release(0, 1)) },
  { what: "a release of what was never given", send: write((out) => out.release(77, 1)) },
  {
    what: "a release beyond the count",
    async send(raw) {
      await raw.answer(raw.call(["makeFunction"]));
      raw.send((out) => out.release(1, 2));
    },
  },
  { what: "a call on a reference that was never given", send: (raw) => raw.call([], [], "call", 77) },
  { what: "a reference sent home that was never given", send: (raw) => raw.call(["echo"], [new RawSlot(SlotKind.home, 77)]) },
  { what: "credit for a stream that never was", send: write((out) => out.credit(5, true, 1, 1, undefined, false)) },
  { what: "a cancel of a stream that never was", send: write((out) => out.cancel(5, false, false, undefined)) },
  { what: "an item of a stream that never was", send: write((out) => out.item(5, true, 1)) },
  { what: "a stream introduced out of turn", send: (raw) => raw.call(["echo"], [new RawSlot(SlotKind.source, 7, 0)]) },
  { what: "a stream of an unknown kind", send: (raw) => raw.call(["echo"], [new RawSlot(SlotKind.source, 1, 99)]) },
  {
    what: "more items than there was credit for",
    async send(raw) {
      await openStream(raw);
      for (let n = 0; n < 2000; n += 1) raw.send((out) => out.item(1, true, n));
    },
  },
  {
    what: "an item after the end of its stream",
    async send(raw) {
      await openStream(raw);
      raw.send((out) => {
        out.end(1, true, undefined);
        out.item(1, true, 1);
      });
    },
  },
  {
    what: "two ends of one stream",
    async send(raw) {
      await openStream(raw);
      raw.send((out) => {
        out.end(1, true, undefined);
        out.end(1, true, undefined);
      });
    },
  },
  {
    what: "items towards the side that makes them",
    async send(raw) {
      await raw.answer(raw.call(["numbers"]));
      raw.send((out) => out.item(1, false, 1));
    },
  },
  {
    what: "more credit than there can be",
    async send(raw) {
      await raw.answer(raw.call(["slowNumbers"]));
      for (let n = 0; n < 4; n += 1) raw.send((out) => out.credit(1, false, 2 ** 31 - 1, 2 ** 31 - 1, undefined, false));
    },
  },
  { what: "a promise introduced out of turn", send: (raw) => raw.call(["echo"], [new RawSlot(SlotKind.promise, 9)]) },
  { what: "a promise that settled and never was", send: write((out) => out.settle(3, false, 1)) },
  { what: "a signal introduced out of turn", send: (raw) => raw.call(["echo"], [new RawSlot(SlotKind.signal, 9)]) },
  { what: "a signal that fired and never was", send: write((out) => out.fire(3, 1)) },
  { what: "a handle that did not come along", send: (raw) => raw.call(["echo"], [new RawSlot(SlotKind.handle, 3)]) },
  { what: "an acknowledgement of more than was sent", send: write((out) => out.acknowledge(1e12, 0)) },
  {
    what: "a second hello",
    send: write((out) => out.hello({ version: 1, epoch: "x", limits: { text: 1, binary: 1, window: 1 }, handles: false })),
  },
  { what: "a proof that nobody asked for", send: write((out) => out.auth({ answer: "x" })) },
  { what: "an own callable then", send: (raw) => raw.call(["echo"], [{ then: new RawSlot(SlotKind.export, 1) }]) },
  {
    what: "an own __proto__",
    send(raw) {
      const path = { names: ["echo"], interned: 0 };
      const sent = raw.bytesOf((out) =>
        out.call(1, "call", "reference", 0, path, 0, undefined, 0, [{ __pollution__: { polluted: true } }]),
      );
      // Names of the same length, so that nothing else of the frame changes.
      const text = Buffer.from(sent).toString("latin1").replace("__pollution__", "__proto__\0\0\0\0");
      const short = Buffer.from(text, "latin1");
      const at = short.indexOf("__proto__");
      short[at - 1] = "__proto__".length;
      short.copy(short, at + 9, at + 13);
      raw.sendBytes(short);
    },
  },
  { what: "text over limits.text", profile: "few", send: (raw) => raw.call(["echo"], ["x".repeat(150_000)]) },
  { what: "a value deeper than limits.depth", profile: "few", send: (raw) => raw.call(["echo"], [nested(60)]) },
  { what: "more members than limits.nodes", profile: "few", send: (raw) => raw.call(["echo"], [new Array(9000).fill(1)]) },
  {
    what: "more objects than limits.references",
    profile: "few",
    send: (raw) => raw.call(["echo"], [Array.from({ length: 20 }, (_, n) => new RawSlot(SlotKind.export, n + 1))]),
  },
  {
    what: "more streams than limits.streams",
    profile: "few",
    send: (raw) => raw.call(["echo"], [Array.from({ length: 20 }, (_, n) => new RawSlot(SlotKind.source, n + 1, 0))]),
  },
  { what: "a frame of no length", send: bytes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
  { what: "a frame whose length is no multiple of 8", send: bytes(...frame(32, 1, 0, 21)) },
  { what: "a frame of 4 GiB", send: bytes(...frame(32, 1, 0, 0xffff_fff8)) },
  { what: "a frame of an unknown kind", send: bytes(...frame(99)) },
  { what: "a call of an unknown kind", send: bytes(...frame(60, 1)) },
  { what: "a member number that was never introduced", send: bytes(16, 0, 0, 0, 1, 0, 0, 0, 32, 0, 200, 0, 0, 0, 0, 0) },
  { what: "a frame that ends too early", send: bytes(...frame(10, 0, 64)) },
  { what: "what a browser would send", send: (raw) => raw.sendBytes(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")) },
  { what: "noise", send: (raw) => raw.sendBytes(Uint8Array.from({ length: 4096 }, (_, at) => (at * 2_654_435_761) >>> 24)) },
];

function specifyRules(suite: Suite): void {
  it.each(broken)("$what ends that connection with ProtocolError on both sides, and nothing else", async ({ send, profile }) => {
    const raw = await suite.raw(profile);
    await raw.hello();
    await raw.place.ask("endings");
    await send(raw);
    const [, reason] = await raw.hears("bye");
    expect(reason).toMatchObject({ code: "ERR_PROTOCOL" });
    await until(async () => {
      const endings = (await raw.place.ask("endings")) as { code: string }[];
      return endings.some(({ code }) => code === "ERR_PROTOCOL");
    });
    expect(await suite.remote.echo("others live")).toBe("others live");
    expect(await raw.place.ask("unhandled")).toEqual([]);
  });

  it("a frame that is cut off by the end is told as such", async () => {
    const raw = await suite.raw();
    await raw.hello();
    await raw.place.ask("endings");
    const path = { names: ["note"], interned: 0 };
    const whole = raw.bytesOf((out) => out.call(1, "call", "reference", 0, path, 0, undefined, 0, ["x".repeat(100)]));
    raw.sendBytes(whole.subarray(0, 40));
    raw.close();
    if (suite.contract.onePerPlace === true) return;
    let endings: { reason: string }[] = [];
    await until(async () => (endings = [...endings, ...((await raw.place.ask("endings")) as { reason: string }[])]).length > 0);
    expect(endings[0]!.reason).toMatch(/in the middle of a message/);
  });

  it("frames in pieces of any size are read as if they had come whole", async () => {
    const raw = await suite.raw();
    await raw.hello();
    const path = { names: ["echo"], interned: 0 };
    const all = Buffer.concat(
      Array.from({ length: 20 }, (_, n) =>
        raw.bytesOf((out) => out.call(n + 1, "call", "reference", 0, path, 0, undefined, 0, [`text ${n} ${"x".repeat(n * 7)}`])),
      ),
    );
    for (let at = 0, size = 1; at < all.length; size = ((size * 3) % 23) + 1) {
      raw.sendBytes(Uint8Array.from(all.subarray(at, at + size)));
      at += size;
    }
    for (let n = 0; n < 20; n += 1) expect(await raw.answer(n + 1)).toEqual({ rejected: false, value: `text ${n} ${"x".repeat(n * 7)}` });
  });

  it("what is late and unknown, but was once, is ignored", async () => {
    const raw = await suite.raw();
    await raw.hello();
    await raw.answer(raw.call(["makeFunction"]));
    raw.send((out) => out.release(1, 1));
    raw.send((out) => out.abort(1, "late"));
    raw.send((out) => out.abort(4000, "of no call"));
    raw.send((out) => out.forget(1));
    const id = raw.call([], [1], "call", 1);
    expect(await raw.answer(id)).toMatchObject({ rejected: true, value: { code: "ERR_STALE_REFERENCE" } });
    await raw.answer(raw.call(["numbers"], [1]));
    raw.send((out) => out.cancel(1, false, false, undefined));
    raw.send((out) => out.credit(1, false, 1, 1, undefined, false));
    expect(await raw.answer(raw.call(["echo"], ["alive"]))).toEqual({ rejected: false, value: "alive" });
  });

  it("a result that a call starts at and that nobody keeps rejects that call", async () => {
    const raw = await suite.raw();
    await raw.hello();
    raw.send((out) => out.call(50, "call", "result", 40, { names: ["title"], interned: 0 }, 0, undefined, 0, []));
    expect(await raw.answer(50)).toMatchObject({ rejected: true, value: { code: "ERR_STALE_REFERENCE" } });
  });

  it("more calls than limits.pendingCalls are refused one by one", async () => {
    const { remote, connection } = await suite.open("few");
    const calls = Array.from({ length: 15 }, () =>
      remote.forever().then(
        () => {},
        (error: { code: string }) => error.code,
      ),
    );
    const codes = await Promise.all(calls.slice(10));
    expect(codes).toEqual(new Array(5).fill("ERR_LIMIT"));
    expect(connection.state).toBe("ready");
    connection.destroy();
    await Promise.all(calls);
  });

  it("members by the thousand, long names and long paths harm one call at most", async () => {
    const { remote } = suite;
    const loose = remote as unknown as Record<string, Loose>;
    const codes = await Promise.all(
      Array.from({ length: 6000 }, (_, n) => rejectionOf<{ code: string }>(loose[`member${n}`]!()).then(({ code }) => code)),
    );
    expect(new Set(codes)).toEqual(new Set(["ERR_NOT_EXPOSED"]));
    expect(await rejectionOf(loose["x".repeat(100_000)]!())).toBeInstanceOf(Error);
    let deep = remote;
    for (let n = 0; n < 500; n += 1) deep = deep.a;
    expect(await rejectionOf(deep())).toBeInstanceOf(Error);
    expect(await remote.echo("alive")).toBe("alive");
  });
}

function specifyHello(suite: Suite): void {
  it("of another version ends the connection with a clear reason, on this side", async () => {
    const { remote, connection } = await suite.open("other version", { unready: true });
    const call = rejectionOf(remote.echo(1));
    const error = await rejectionOf(connection.ready);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.message).toMatch(/version 99 of the protocol and this side version 1/);
    expect(await call).toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
  });

  it("and on the far side", async () => {
    const raw = await suite.raw();
    raw.send((out) => out.hello({ version: 2, epoch: "x", limits: { text: 1000, binary: 1000, window: 1000 }, handles: false }));
    const [, reason] = await raw.hears("bye");
    expect(reason).toMatchObject({ code: "ERR_PROTOCOL", message: expect.stringMatching(/version 2 of the protocol/) as string });
  });

  it("comes before everything else", async () => {
    const raw = await suite.raw();
    raw.call(["echo"], [1]);
    expect((await raw.hears("bye"))[1]).toMatchObject({ code: "ERR_PROTOCOL" });
  });

  it("is small: more than 4 KiB before it ends the connection", async () => {
    const raw = await suite.raw();
    const hello = { version: 1, epoch: "x".repeat(6000), limits: { text: 1000, binary: 1000, window: 1000 }, handles: false };
    raw.send((out) => out.hello(hello));
    expect((await raw.hears("bye"))[1]).toMatchObject({ code: "ERR_PROTOCOL" });
  });

  it("tells what the far side accepts: more is not sent, and harms one call", async () => {
    const { remote } = await suite.open("few");
    const error = await rejectionOf<{ code: string }>(remote.echo("x".repeat(150_000)));
    expect(error).toMatchObject({ code: "ERR_LIMIT", limit: "text", remote: false });
    expect(await remote.echo("fits")).toBe("fits");
  });
}
