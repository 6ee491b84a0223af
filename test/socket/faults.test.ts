import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectRaw, createServer } from "node:net";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import { PeerLostError } from "../../lib/core/errors.ts";
import { Session } from "../../lib/core/session.ts";
import { connect } from "../../lib/socket/connect.ts";
import type { ConnectOptions } from "../../lib/socket/connect.ts";
import { listen } from "../../lib/socket/listen.ts";
import type { ListenOptions } from "../../lib/socket/server.ts";
import { sessionParts } from "../../lib/socket/session-parts.ts";
import { until, useFolder } from "./folders.ts";
import { limitDescriptors, startServer, stop } from "./server-process.ts";
import type { Harmed, ServerProcess } from "./server-process.ts";

const place = useFolder();
const processes: ServerProcess[] = [];
const clients: { destroy(): void }[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(processes.splice(0).map(stop));
});

async function serve(options?: ListenOptions, execArgv?: string[]): Promise<ServerProcess> {
  const server = await startServer(place.at("s"), options, execArgv);
  processes.push(server);
  return server;
}

async function reach<T = Harmed>(options: ConnectOptions = {}, path = place.at("s")): Promise<Connection<T>> {
  const client = await connect<T>(path, options);
  clients.push(client);
  return client;
}

/** How a call ended that must not succeed. */
async function failureOf(call: PromiseLike<unknown>): Promise<PeerLostError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof PeerLostError) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

describe("a server that ends", () => {
  it.each<[string, (client: Connection<Harmed>, server: ServerProcess) => PromiseLike<unknown>]>([
    ["by SIGKILL", (client, { child }) => (child.kill("SIGKILL"), client.remote.hang())],
    ["by process.exit(0) in a call", (client) => client.remote.exit(0)],
    ["by process.exit(1) in a call", (client) => client.remote.exit(1)],
    ["by an uncaught exception", (client) => client.remote.throwLater()],
    ["by an unhandled rejection", (client) => client.remote.rejectLater()],
  ])("%s takes its calls with it, at once and with their phase", async (_, harm) => {
    const server = await serve();
    const client = await reach();
    const other = client.remote.hang();
    const [harmed, bystander] = await Promise.all([failureOf(harm(client, server)), failureOf(other)]);
    expect(["unsent", "sent", "accepted"]).toContain(harmed.phase);
    expect(["sent", "accepted"]).toContain(bystander.phase);
    expect(bystander.message).toContain(`hang() on unix:${place.at("s")} was lost`);
    await client.closed;
    expect(client.state).toBe("closed");
    await server.exited;
  });

  it("by running out of memory takes its calls with it", async () => {
    const server = await serve({}, ["--max-old-space-size=32"]);
    const client = await reach();
    expect((await failureOf(client.remote.runOutOfMemory())).phase).toBe("sent");
    await server.exited;
  });

  it("by process.exit right after an answer has answered", async () => {
    await serve();
    const client = await reach();
    await client.remote.exitLater(0);
    await client.closed;
    await expect(client.remote.pid()).rejects.toThrow(PeerLostError);
  });

  it("in the middle of a message is told from one that ended between two", async () => {
    const server = await serve();
    const client = await reach();
    await client.remote.echo(1);
    const { receivedBatches } = client.stats();
    const bytes = client.remote.bytes(64_000_000);
    await until(() => client.stats().receivedBatches > receivedBatches);
    server.child.kill("SIGKILL");
    const { reason } = await failureOf(bytes);
    expect(reason).toMatch(/in the middle of a message/);
  });

  it("takes the signals of the calls that it made with it: a client that dies aborts what it asked for", async () => {
    await serve();
    const client = await reach();
    void client.remote.untilAborted(place.at("log")).catch(() => {});
    await client.remote.echo(1);
    client.destroy();
    const text = (): string => {
      try {
        return readFileSync(place.at("log"), "utf8");
      } catch {
        return "";
      }
    };
    await until(() => text() !== "");
    expect(text()).toBe("ERR_PEER_LOST\n");
  });
});

describe("a server that stands still", () => {
  it("is lost when its process is stopped, and the reason says so", async () => {
    const { child } = await serve();
    const client = await reach({ heartbeat: 50 });
    child.kill("SIGSTOP");
    const { reason, phase } = await failureOf(client.remote.hang());
    expect(reason).toMatch(/no sign of life for .* \(its process is stopped\)/);
    expect(phase).toBe("sent");
  });

  it("is not lost when it goes on in time", async () => {
    const { child } = await serve();
    const client = await reach({ heartbeat: 400 });
    child.kill("SIGSTOP");
    const answer = client.remote.echo("still here");
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGCONT");
    expect(await answer).toBe("still here");
    expect(client.state).toBe("ready");
  });

  it("is given more time when it is busy and not stopped", async () => {
    await serve();
    const client = await reach({ heartbeat: 100 });
    // Longer than two beats, which is when a stopped one is given up.
    const blocked = client.remote.block(350);
    await blocked;
    expect(client.state).toBe("ready");
  });

  it("is lost when it is busy for too long", async () => {
    await serve();
    const client = await reach({ heartbeat: 30 });
    const { reason } = await failureOf(client.remote.block(5000));
    expect(reason).toMatch(/its process runs, but its event loop does not/);
  });

  it("is not blamed for what this side slept through", async () => {
    await serve();
    const client = await reach({ heartbeat: 50 });
    const stopped = performance.now() + 400;
    while (performance.now() < stopped);
    expect(await client.remote.echo(1)).toBe(1);
    expect(client.state).toBe("ready");
  });

  it("is not judged by the time of day", async () => {
    await serve();
    const client = await reach({ heartbeat: 50 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    vi.setSystemTime(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    vi.useRealTimers();
    expect(client.state).toBe("ready");
  });
});

/** A client that can be made to break the rules: its socket, after it was let in. */
async function rawClient(path: string): Promise<{ socket: Socket; session: Session }> {
  const socket = connectRaw(path);
  await once(socket, "connect");
  const session = new Session(sessionParts(socket, "raw", { heartbeat: 0 }));
  session.start();
  await session.connection.ready;
  clients.push(session);
  return { socket, session };
}

describe("a client that breaks the rules", () => {
  it("is cut off when it begins a message and does not end it", async () => {
    await using server = await listen({}, { path: place.at("s"), frameTimeout: 50 });
    const { socket, session } = await rawClient(place.at("s"));
    const [connection] = server.connections;
    socket.write(new Uint8Array([64, 0, 0, 0, 1]));
    expect((await connection!.closed).reason).toMatch(/not complete within 50 ms/);
    expect((await session.connection.closed).reason).toMatch(/frameTimeout/);
  });

  it("is cut off when it sends a byte now and then", async () => {
    await using server = await listen({}, { path: place.at("s"), frameTimeout: 100 });
    const { socket } = await rawClient(place.at("s"));
    const [connection] = server.connections;
    const header = new Uint8Array([64, 0, 0, 0]);
    socket.write(header);
    const drip = setInterval(() => socket.write(new Uint8Array([0])), 20);
    expect((await connection!.closed).reason).toMatch(/not complete within 100 ms/);
    clearInterval(drip);
  });

  it("is not cut off when it is so busy that there is always a message under way", async () => {
    await using server = await listen({ length: (bytes: Uint8Array) => bytes.length }, { path: place.at("s"), frameTimeout: 100 });
    const client = await reach<{ length(bytes: Uint8Array): number }>();
    const [connection] = server.connections;
    const ends = performance.now() + 500;
    const load = Array.from({ length: 4 }, async () => {
      while (performance.now() < ends) await client.remote.length(new Uint8Array(700_000));
    });
    await Promise.all(load);
    expect(connection!.state).toBe("ready");
  });

  it("is cut off when it sends garbage, and its server goes on", async () => {
    await using server = await listen({ echo: (value: number) => value }, place.at("s"));
    const { socket } = await rawClient(place.at("s"));
    const [connection] = server.connections;
    socket.write(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    expect((await connection!.closed).cause).toMatchObject({ code: "ERR_PROTOCOL" });
    const client = await reach<{ echo(value: number): number }>();
    expect(await client.remote.echo(1)).toBe(1);
  });

  it("is let in when all that it sends comes byte by byte", async () => {
    await using server = await listen({ echo: (value: string) => value }, place.at("s"));
    const drip = createServer((near) => {
      const far = connectRaw(server.path);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on("data", (chunk: Buffer) => {
          for (const byte of chunk) to.write(new Uint8Array([byte]));
        });
        from.on("close", () => to.destroy());
        from.on("error", () => {});
      }
    });
    await once(drip.listen(place.at("drip")), "listening");
    const client = await reach<{ echo(value: string): string }>({}, place.at("drip"));
    expect(await client.remote.echo("å".repeat(500))).toBe("å".repeat(500));
    client.destroy();
    drip.close();
  });
});

describe("a client that does not read", () => {
  it("costs its server a bounded amount of memory, and is dropped in the end", async () => {
    await serve({ heartbeat: 200 });
    const watcher = await reach({ heartbeat: 0 });
    const before = (await watcher.remote.memory()).used;
    const { socket, session } = await rawClient(place.at("s"));
    socket.pause();
    const calls = Array.from({ length: 200 }, () => (session.connection as Connection<Harmed>).remote.bytes(1_000_000));
    for (const call of calls) call.catch(() => {});
    await until(() => session.connection.stats().queuedBytes === 0);
    let most = 0;
    // It is still asked for signs of life that it does not give.
    while ((await watcher.remote.connections()) === 2) most = Math.max(most, (await watcher.remote.memory()).used - before);
    expect(most).toBeLessThan(32 * 1024 * 1024);
    socket.resume();
    await session.connection.closed;
    while ((await watcher.remote.memory()).used - before > 4 * 1024 * 1024);
  });
});

describe("a server without file descriptors", () => {
  it("tells new clients that it is busy, and its old ones notice nothing", async () => {
    const server = await serve();
    await limitDescriptors(server, 64);
    const admitted: Connection<Harmed>[] = [];
    const fill = async (): Promise<void> => {
      for (;;) admitted.push(await reach({ connectTimeout: 0 }));
    };
    const refusal: unknown = await fill().catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "ERR_CONNECT",
      message: expect.stringContaining("no free file descriptor"),
      cause: { code: "ERR_BUSY", retryAfter: 250 },
    });
    expect(admitted.length).toBeGreaterThan(10);
    // Many at once are all told, or closed and told later; none is left hanging.
    const crowd = await Promise.allSettled(Array.from({ length: 100 }, () => connect(place.at("s"), { connectTimeout: 0 })));
    const outcomes = crowd.map((one) => (one.status === "rejected" ? String((one.reason as { code?: unknown }).code) : "let in"));
    expect(new Set(outcomes)).toEqual(new Set(["ERR_CONNECT"]));
    expect(await Promise.all(admitted.map((client) => client.remote.echo(7)))).toEqual(admitted.map(() => 7));
    // One goes, and another one that waits is let in.
    const waits = reach();
    await admitted[0]!.close();
    expect(await (await waits).remote.echo(8)).toBe(8);
  });
});

describe("a server that does not accept", () => {
  it("is reached by all in the end, though the system has no room for them", async () => {
    await serve({ backlog: 8 });
    const first = await reach();
    const blocked = first.remote.block(400);
    const crowd = await Promise.all(Array.from({ length: 200 }, () => reach()));
    expect(await Promise.all(crowd.map((client) => client.remote.echo(1)))).toEqual(crowd.map(() => 1));
    await blocked;
  });
});

describe("listeners that throw", () => {
  it("harm neither the server nor its clients", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", onWarning);
    await using server = await listen({ echo: (value: number) => value }, place.at("s"));
    server.on("connection", () => {
      throw new Error("thrown by a listener");
    });
    const client = await reach<{ echo(value: number): number }>();
    expect(await client.remote.echo(1)).toBe(1);
    await until(() => warnings.length > 0);
    process.off("warning", onWarning);
    expect(warnings[0]).toContain("thrown by a listener");
    client.destroy();
  });
});

describe("calls that call back and forth", () => {
  it("are refused at a depth that is a limit, on both sides", async () => {
    interface Bouncer {
      bounce(depth: number, back: (depth: number) => unknown): unknown;
    }
    const bouncer: Bouncer = { bounce: (depth, back) => back(depth + 1) };
    await using server = await listen(bouncer, place.at("s"));
    const client = await reach<Bouncer>();
    const back = (depth: number): unknown => (depth < 1000 ? client.remote.bounce(depth, back) : depth);
    await expect(client.remote.bounce(0, back)).rejects.toMatchObject({ code: "ERR_LIMIT", message: expect.stringContaining("nesting") });
    client.destroy();
    expect(server.connections.size).toBeLessThan(2);
  });
});
