// Places and users other than a file of one's own.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AlreadyOwnedError } from "../../lib/core/errors.ts";
import { connect } from "../../lib/socket/connect.ts";
import { listen } from "../../lib/socket/listen.ts";
import type { Server } from "../../lib/socket/server.ts";
import { useFolder } from "./folders.ts";

const place = useFolder();
const servers: Server[] = [];
const key = "correct horse battery staple";

const api = {
  echo: (value: string) => value,
  fail: (): never => {
    throw Object.assign(new Error("no"), { code: "E_NO", detail: "secret" });
  },
};

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(...args: Parameters<typeof listen>): Promise<Server> {
  const server = await listen(...args);
  servers.push(server);
  return server;
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/socket-${name}.mjs`, import.meta.url));
}

describe("a name alone", () => {
  it("is a socket in XDG_RUNTIME_DIR, for both sides", async () => {
    chmodSync(place.folder, 0o700);
    vi.stubEnv("XDG_RUNTIME_DIR", place.folder);
    const server = await serve(api, "billing");
    expect(server.path).toBe(place.at("billing"));
    await using client = await connect<typeof api>("billing");
    expect(await client.remote.echo("by name")).toBe("by name");
  });

  it("is a socket in a folder of the user's own, where there is none", async () => {
    vi.stubEnv("XDG_RUNTIME_DIR", undefined);
    vi.stubEnv("TMPDIR", place.folder);
    const server = await serve(api, "billing");
    expect(server.path).toBe(place.at(`nearcall-${process.geteuid!()}/billing`));
    expect(statSync(place.at(`nearcall-${process.geteuid!()}`)).mode & 0o777).toBe(0o700);
    await using client = await connect<typeof api>("billing");
    expect(await client.remote.echo("by name")).toBe("by name");
  });

  it("is not looked for in a folder that somebody else may have filled", async () => {
    vi.stubEnv("XDG_RUNTIME_DIR", undefined);
    vi.stubEnv("TMPDIR", place.folder);
    mkdirSync(place.at(`nearcall-${process.geteuid!()}`));
    chmodSync(place.at(`nearcall-${process.geteuid!()}`), 0o777);
    await expect(connect("billing")).rejects.toMatchObject({
      code: "ERR_SOCKET_PATH",
      message: expect.stringContaining("others may use it"),
    });
  });
});

describe("an abstract socket", () => {
  const name = `@nearcall-test-${process.pid}`;

  it("serves without a file, and has one owner", async () => {
    const server = await serve(api, { path: name, key });
    expect(server.path).toBe(`\0${name.slice(1)}`);
    await using client = await connect<typeof api>(name, { key });
    expect(client.label).toBe(`unix:${name}`);
    expect(await client.remote.echo("without a file")).toBe("without a file");
    const refused = listen(api, { path: server.path, key });
    await expect(refused).rejects.toThrow(AlreadyOwnedError);
    await expect(refused).rejects.toMatchObject({ path: server.path, pid: process.pid });
    await client.close();
    await server.close();
    await expect(connect(name, { key, connectTimeout: 0 })).rejects.toMatchObject({ code: "ERR_CONNECT" });
  });

  it("is open to all users, which has to be meant", async () => {
    await expect(listen(api, name)).rejects.toMatchObject({ code: "ERR_SOCKET_PATH", message: expect.stringContaining("0o666") });
    await expect(listen(api, { path: name, mode: 0o600 })).rejects.toMatchObject({ code: "ERR_SOCKET_PATH" });
    await serve(api, { path: name, mode: 0o666 });
    await using client = await connect<typeof api>(name);
    const error: unknown = await client.remote.fail().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "no", code: "E_NO" });
    expect(error).not.toHaveProperty("detail");
  });
});

describe("a server whose name cannot be removed", () => {
  it("closes though clients go on coming", async () => {
    const name = `@nearcall-flood-${process.pid}`;
    const server = await serve(api, { path: name, key });
    let isClosed = false;
    const flood = Array.from({ length: 8 }, async () => {
      while (!isClosed) await connect(name, { key, connectTimeout: 0 }).catch(() => {});
    });
    await connect(name, { key });
    await server.close();
    isClosed = true;
    await Promise.all(flood);
    expect(server.connections.size).toBe(0);
  });
});

describe("another user", () => {
  // Only root can become somebody else; whoever else runs this is one for whom all sockets are their own.
  const isRoot = process.geteuid!() === 0;

  it("cannot write in a folder that is not theirs, nor connect to a socket that is not for them", async () => {
    chmodSync(place.folder, 0o755);
    mkdirSync(place.at("closed"));
    chmodSync(place.at("closed"), isRoot ? 0o755 : 0o555);
    await serve(api, place.at("mine"));
    await serve(api, { path: place.at("everybodys"), mode: 0o666 });
    const args = [fixture("stranger"), place.at("closed"), place.at("mine"), place.at("everybodys")];
    const { stdout } = await promisify(execFile)(process.execPath, args, isRoot ? { uid: 65534, gid: 65534, env: {} } : {});
    const [listening, mine, everybodys] = JSON.parse(stdout) as { code: string; message: string; detail?: string }[];
    expect(listening).toMatchObject({ code: "ERR_LISTEN", message: expect.stringMatching(/may not write in the folder .*EACCES/) });
    const refused = { code: "ERR_CONNECT", message: expect.stringMatching(/may not connect to it.*EACCES/) };
    expect(mine).toMatchObject(isRoot ? refused : { code: "E_NO" });
    expect(everybodys).toEqual({ code: "E_NO", message: "no" });
  });
});

describe("what holds a process", () => {
  it.each([
    ["a server that listens", "listens", "still there"],
    ["not one that was let go", "unref", "ended"],
  ])("is %s", async (_, kind, outcome) => {
    const child = spawn(process.execPath, [fixture("idle"), place.at("s"), kind], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit").then(() => "ended");
    const spoke = once(child.stdout, "data").then(([chunk]) => String(chunk));
    expect(await Promise.race([ended, spoke])).toBe(outcome);
    child.kill("SIGKILL");
    await ended;
  });
});
