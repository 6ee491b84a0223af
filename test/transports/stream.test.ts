import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { streamTransport } from "../../lib/transports/stream.ts";
import { bytesOf, checkContract, start, text } from "./contract.ts";

async function sockets(allowHalfOpen = false): Promise<[Socket, Socket]> {
  const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
  const server = createServer({ allowHalfOpen }).listen(join(folder, "s"));
  await once(server, "listening");
  const client = connect(join(folder, "s"));
  const [accepted] = (await once(server, "connection")) as [Socket];
  server.close();
  rmSync(folder, { recursive: true });
  return [client, accepted];
}

/** One of two streams joined in memory. Without a socket's event loop between them, a write is read underneath it. */
class Half extends Duplex {
  other!: Half;
  #taken: (() => void) | undefined;

  override _read(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    if (this.other.push(chunk)) done();
    else this.other.#taken = done;
  }

  override _final(done: () => void): void {
    this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.writableFinished && !this.other.destroyed) this.other.push(null);
    done(error);
  }
}

function duplexes(): [Duplex, Duplex] {
  const [near, far] = [new Half(), new Half()];
  near.other = far;
  far.other = near;
  return [near, far];
}

checkContract("a pair of sockets", {
  make: async () => {
    const [near, far] = await sockets();
    return { near: streamTransport(near, { label: "near" }), far: streamTransport(far) };
  },
  keepsBoundaries: false,
  pushesBack: true,
  tellsOfClose: true,
});

checkContract("a pair of plain streams", {
  make: () => {
    const [near, far] = duplexes();
    return { near: streamTransport(near), far: streamTransport(far) };
  },
  keepsBoundaries: false,
  pushesBack: true,
  tellsOfClose: true,
});

describe("stream transport", () => {
  it("ends on the far side's end even where the socket may stay half open", async () => {
    const [near, far] = await sockets(true);
    const [here, there] = [start(streamTransport(near)), start(streamTransport(far))];
    near.end();
    expect((await there.ended).reason).toBe("the far side closed the connection");
    expect(far.destroyed).toBe(true);
    await here.ended;
  });

  it("ends with the error as the cause, and no error that follows ends the process", async () => {
    const [near] = await sockets();
    const here = start(streamTransport(near));
    const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    near.destroy(cause);
    expect(await here.ended).toEqual({ reason: "the connection broke (ECONNRESET)", cause });
    near.emit("error", new Error("a late one"));
    expect(here.ends).toBe(1);
  });

  it("ends when its stream was destroyed already, or ended before it started", async () => {
    const [near, far] = await sockets();
    near.destroy();
    expect((await start(streamTransport(near)).ended).reason).toBe("the connection was closed");
    far.resume();
    await once(far, "close");
    expect((await start(streamTransport(far)).ended).reason).toBe("the connection was closed");
  });

  it("ends on a stream that decodes text, instead of taking text for bytes", async () => {
    const [near, far] = duplexes();
    far.setEncoding("utf8");
    const [here, there] = [start(streamTransport(near)), start(streamTransport(far))];
    here.transport.send(bytesOf("hello"));
    expect((await there.ended).reason).toMatch(/must have no encoding/);
    expect(text(there)).toBe("");
  });

  it("closes within its timeout when the far side never reads", async () => {
    const [near, far] = await sockets();
    far.pause();
    const here = start(streamTransport(near, { closeTimeout: 20 }));
    while (here.transport.send(Buffer.alloc(1024 * 1024)));
    here.transport.close();
    expect((await here.ended).reason).toBe("closed");
    far.destroy();
  });

  it("leaves no listener behind but the one for late errors", async () => {
    const [near] = duplexes();
    const before = near.eventNames().map((name) => [name, near.listenerCount(name)]);
    const here = start(streamTransport(near));
    here.transport.destroy();
    await here.ended;
    const after = near.eventNames().map((name) => [name, near.listenerCount(name)]);
    expect(after).toEqual([...before, ["error", 1]]);
  });
});
