import { chmodSync, lstatSync, statSync, writeFileSync } from "node:fs";
import { connect as connectRaw } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import { AlreadyOwnedError, PeerLostError, RpcError } from "../../lib/core/errors.ts";
import { callContext } from "../../lib/core/call-context.ts";
import { connect } from "../../lib/socket/connect.ts";
import type { ConnectOptions } from "../../lib/socket/connect.ts";
import { listen } from "../../lib/socket/listen.ts";
import type { ListenOptions, Server, SocketPeer } from "../../lib/socket/server.ts";
import { until, useFolder } from "./folders.ts";

const place = useFolder();
const servers: Server[] = [];
const clients: { destroy(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const api = {
  add: (left: number, right: number): number => left + right,
  who: (): string => callContext().peer,
  fail: (): never => {
    throw Object.assign(new RangeError("out of range"), { detail: "secret" });
  },
};
type Api = typeof api;

async function serve(given: Parameters<typeof listen>[0] = api, options: ListenOptions = {}): Promise<Server> {
  const server = await listen(given, { path: place.at("s"), ...options });
  servers.push(server);
  return server;
}

async function reach<T = Api>(options: ConnectOptions = {}, path = place.at("s")): Promise<Connection<T>> {
  const connection = await connect<T>(path, options);
  clients.push(connection);
  return connection;
}

describe("listen", () => {
  it("serves an object to whoever connects", async () => {
    const server = await serve();
    const first = await reach();
    const second = await reach();
    expect(await Promise.all([first.remote.add(1, 2), second.remote.add(3, 4)])).toEqual([3, 7]);
    expect(server.path).toBe(place.at("s"));
    expect(server.connections.size).toBe(2);
    expect(await Promise.all([first.remote.who(), second.remote.who()])).toEqual([`unix:${server.path}#1`, `unix:${server.path}#2`]);
    expect(first.label).toBe(`unix:${server.path}`);
  });

  it("forgets a connection that has gone, and tells of one that came", async () => {
    const server = await serve();
    const came: Connection[] = [];
    server.on("connection", (connection) => came.push(connection));
    const client = await reach();
    expect([...server.connections]).toEqual(came);
    await client.close();
    await came[0]!.closed;
    expect(server.connections.size).toBe(0);
  });

  it("calls back through the object that a client exposes", async () => {
    const server = await serve();
    const client = await reach({ api: { name: () => "the client" } });
    const [connection] = server.connections as Set<Connection<{ name: () => string }>>;
    expect(await connection!.remote.name()).toBe("the client");
    await client.close();
  });

  it("lets its own user in only, unless told otherwise", async () => {
    await serve();
    expect(statSync(place.at("s")).mode & 0o777).toBe(0o600);
    const other = await listen(api, { path: place.at("t"), mode: 0o660 });
    servers.push(other);
    expect(statSync(place.at("t")).mode & 0o777).toBe(0o660);
  });

  it("tells the details of errors to its own user only", async () => {
    await serve();
    const error: unknown = await (await reach()).remote.fail().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "out of range", detail: "secret" });
    const server = await listen(api, { path: place.at("t"), mode: 0o666 });
    servers.push(server);
    const publicError: unknown = await (await reach({}, place.at("t"))).remote.fail().catch((thrown: unknown) => thrown);
    expect(publicError).toMatchObject({ message: "out of range" });
    expect(publicError).not.toHaveProperty("detail");
    expect((publicError as Error).stack).not.toContain("listen.test.ts:2");
  });

  it("names the process that owns the socket already", async () => {
    const server = await serve();
    const refused = listen(api, place.at("s"));
    await expect(refused).rejects.toThrow(AlreadyOwnedError);
    await expect(refused).rejects.toMatchObject({ path: server.path, pid: process.pid });
    // The question was no client.
    expect(server.connections.size).toBe(0);
  });

  it("does not know the pid of an owner that does not say it, and says so", async () => {
    const { createServer } = await import("node:net");
    const silent = createServer(() => {}).listen(place.at("s"));
    await once(silent, "listening");
    await expect(listen(api, place.at("s"))).rejects.toMatchObject({ code: "ERR_ALREADY_OWNED", pid: undefined });
    silent.close();
  });

  it("leaves no trace when closed, and its connections end", async () => {
    const server = await serve();
    const client = await reach();
    await server.close();
    expect(place.list()).toEqual([]);
    expect((await client.closed).reason).toBe("the far side closed the connection");
    expect(server.state).toBe("closed");
    await server.close();
  });

  it("does not touch what is not its own", async () => {
    writeFileSync(place.at("s"), "precious");
    await expect(serve()).rejects.toMatchObject({ code: "ERR_NOT_A_SOCKET" });
    expect(lstatSync(place.at("s")).isFile()).toBe(true);
  });

  it("refuses what is nothing to call", async () => {
    for (const api of [5, "api", null, undefined])
      await expect(listen(api as unknown as object, "nothing")).rejects.toMatchObject({ code: "ERR_EXPOSE" });
  });

  it("refuses a path that is too long, and one that is missing", async () => {
    await expect(listen(api, place.at("x".repeat(108)))).rejects.toMatchObject({
      code: "ERR_SOCKET_PATH",
      message: expect.stringContaining("107"),
    });
    await expect(listen(api, {})).rejects.toMatchObject({ code: "ERR_SOCKET_PATH", message: expect.stringContaining("needs a path") });
  });

  it("does nothing while nothing happens", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await serve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBe(before);
  });

  it("can be disposed of", async () => {
    {
      await using server = await listen(api, place.at("s"));
      expect(server.state).toBe("listening");
    }
    expect(place.list()).toEqual([]);
  });
});

describe("an object for each connection", () => {
  class Account {
    static open = 0;
    readonly #peer: SocketPeer;
    #sum = 0;
    constructor(peer: SocketPeer) {
      Account.open += 1;
      this.#peer = peer;
    }
    deposit(sum: number): number {
      return (this.#sum += sum);
    }
    peer(): SocketPeer {
      return this.#peer;
    }
    [Symbol.dispose](): void {
      Account.open -= 1;
    }
  }

  it("is made by a function, and disposed of when the connection ends", async () => {
    await serve((peer: SocketPeer) => new Account(peer));
    const first = await reach<Account>({ name: "till 1" });
    const second = await reach<Account>();
    await first.remote.deposit(5);
    expect(await first.remote.deposit(5)).toBe(10);
    expect(await second.remote.deposit(1)).toBe(1);
    expect(await first.remote.peer()).toEqual({
      label: `unix:${place.at("s")}#1`,
      pid: undefined,
      uid: undefined,
      claimed: { name: "till 1", pid: process.pid },
    });
    expect(Account.open).toBe(2);
    await first.close();
    await until(() => Account.open === 1);
    second.destroy();
    await until(() => Account.open === 0);
  });

  it("may take its time; calls wait for it", async () => {
    await serve(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return api;
    });
    const client = await reach();
    expect(await client.remote.add(1, 2)).toBe(3);
  });

  it("that cannot be made ends the connection with the reason", async () => {
    await serve(() => {
      throw new RangeError("no more accounts");
    });
    await expect(reach()).rejects.toThrow(new RangeError("no more accounts"));
    await servers.pop()!.close();
    await serve(() => "nothing" as unknown as object);
    await expect(reach()).rejects.toMatchObject({ code: "ERR_EXPOSE", message: expect.stringContaining("made no object") });
  });

  it("that was made for one who had gone by then is disposed of", async () => {
    let made = (): void => {};
    const isMade = new Promise<void>((resolve) => (made = resolve));
    let arrived = (): void => {};
    const hasArrived = new Promise<void>((resolve) => (arrived = resolve));
    await serve(async (peer: SocketPeer) => {
      arrived();
      await isMade;
      return new Account(peer);
    });
    const before = Account.open;
    const refused = reach({ signal: AbortSignal.timeout(100) });
    await hasArrived;
    await expect(refused).rejects.toThrow(/timeout/);
    made();
    await until(() => Account.open === before);
  });

  it("is not made of a class, which is served as it is", async () => {
    class Counter {
      static count(): number {
        return 1;
      }
    }
    await serve(Counter);
    expect(await (await reach<typeof Counter>()).remote.count()).toBe(1);
  });
});

describe("limits of a server", () => {
  it("tells clients to come back when it has all the connections that it takes", async () => {
    const server = await serve(api, { maxConnections: 2 });
    const first = await reach();
    await reach();
    const refused = reach({ connectTimeout: 0 });
    await expect(refused).rejects.toMatchObject({ code: "ERR_CONNECT", message: expect.stringContaining("maxConnections") });
    await expect(refused).rejects.toMatchObject({ cause: { code: "ERR_BUSY", retryAfter: 250, remote: true } });
    const waits = reach();
    await first.close();
    expect(await (await waits).remote.add(1, 1)).toBe(2);
    expect(server.connections.size).toBe(2);
  });

  it("lets go of one that never says hello", async () => {
    const server = await serve(api, { helloTimeout: 20, maxConnections: 1 });
    const silent = connectRaw(place.at("s"));
    await once(silent, "connect");
    silent.resume();
    await once(silent, "close");
    expect(server.connections.size).toBe(0);
    expect(await (await reach()).remote.add(1, 1)).toBe(2);
  });

  it("takes 1 MiB of text in one message, and no more", async () => {
    await serve({ length: (text: string) => text.length });
    const client = await reach<{ length: (text: string) => number }>();
    expect(await client.remote.length("x".repeat(1_000_000))).toBe(1_000_000);
    await expect(client.remote.length("x".repeat(1_100_000))).rejects.toThrow(RpcError);
  });
});

describe("drain", () => {
  it("lets calls in flight finish, and takes no new ones", async () => {
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let began = (): void => {};
    const hasBegun = new Promise<void>((resolve) => (began = resolve));
    const server = await serve({ slow: async () => (began(), await finished, "done"), quick: () => 1 });
    const client = await reach<{ slow: () => string; quick: () => number }>();
    const slow = client.remote.slow();
    await hasBegun;
    const states: string[] = [];
    client.on("state", (state) => states.push(state));
    const drained = server.drain();
    await until(() => client.state === "draining");
    await expect(client.remote.quick()).rejects.toMatchObject({ code: "ERR_PEER_LOST", phase: "unsent" });
    await expect(connect(place.at("s"), { connectTimeout: 0 })).rejects.toMatchObject({ code: "ERR_CONNECT" });
    finish();
    expect(await slow).toBe("done");
    await drained;
    expect(states).toEqual(["draining", "closed"]);
  });

  it("cuts off what runs at its deadline", async () => {
    let began = (): void => {};
    const hasBegun = new Promise<void>((resolve) => (began = resolve));
    const server = await serve({ stuck: () => (began(), new Promise(() => {})) });
    const client = await reach<{ stuck: () => Promise<void> }>();
    const stuck = client.remote.stuck();
    stuck.catch(() => {});
    await hasBegun;
    await server.drain(10);
    await expect(stuck).rejects.toThrow(PeerLostError);
    await expect(stuck).rejects.toMatchObject({ phase: "sent" });
  });
});

describe("connect", () => {
  it("waits for a server that is about to start", async () => {
    const client = reach();
    await serve();
    expect(await (await client).remote.add(1, 2)).toBe(3);
  });

  it("says that nothing listens, where, and what to do", async () => {
    await expect(connect(place.at("s"), { connectTimeout: 0 })).rejects.toMatchObject({
      code: "ERR_CONNECT",
      message: expect.stringMatching(new RegExp(`unix:${place.at("s")}: there is no such socket; start the server.*ENOENT`)),
    });
  });

  it("does not try again what will not get better", async () => {
    writeFileSync(place.at("s"), "");
    chmodSync(place.at("s"), 0o600);
    await expect(connect(place.at("s/s"), { connectTimeout: 0 })).rejects.toMatchObject({ code: "ERR_CONNECT" });
  });

  it("is given up by a signal", async () => {
    const controller = new AbortController();
    const refused = connect(place.at("s"), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(refused).rejects.toThrow("enough");
    await expect(connect(place.at("s"), { signal: controller.signal })).rejects.toThrow("enough");
  });
});
