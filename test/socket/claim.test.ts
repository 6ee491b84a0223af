import { once } from "node:events";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { AlreadyOwnedError } from "../../lib/core/errors.ts";
import { accept } from "../../lib/socket/accept.ts";
import { claim, disclaim, isOurs } from "../../lib/socket/claim.ts";
import type { ClaimParts } from "../../lib/socket/claim.ts";
import { acquireLock } from "../../lib/socket/lock.ts";
import { leaveDeadSocket, until, useFolder } from "./folders.ts";

const place = useFolder();
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function parts(path: string, changes: Partial<ClaimParts> = {}): ClaimParts {
  return {
    path,
    mode: 0o600,
    replace: false,
    patience: 5000,
    askPid: async () => 812,
    async listen(at) {
      servers.push(
        await accept({ at: { path: at }, backlog: 511, onSocket: (socket) => socket.on("error", () => {}).end("me"), onError: () => {} }),
      );
    },
    ...changes,
  };
}

async function greeting(path: string): Promise<string> {
  const [chunk] = (await once(connect(path), "data")) as [Buffer];
  return String(chunk);
}

describe("claim", () => {
  it("publishes a socket that only its user may connect to, and leaves nothing else behind", async () => {
    const identity = await claim(parts(place.at("a")));
    expect(statSync(place.at("a")).mode & 0o777).toBe(0o600);
    expect(isOurs(place.at("a"), identity)).toBe(true);
    expect(place.list()).toEqual(["a"]);
    expect(await greeting(place.at("a"))).toBe("me");
  });

  it("never shows the socket under a name that others could use before it has its mode", async () => {
    const seen: string[] = [];
    const look = async (at: string): Promise<void> => {
      servers.push(await accept({ at: { path: at }, backlog: 511, onSocket: (socket) => socket.on("error", () => {}), onError: () => {} }));
      seen.push((statSync(join(at, "..")).mode & 0o777).toString(8), ...place.list().filter((name) => name === "a"));
    };
    await claim(parts(place.at("a"), { listen: look }));
    expect(seen).toEqual(["700"]);
  });

  it("takes the place of a socket whose process died", async () => {
    await leaveDeadSocket(place.at("a"));
    await claim(parts(place.at("a")));
    expect(await greeting(place.at("a"))).toBe("me");
    expect(place.list()).toEqual(["a"]);
  });

  it("says who owns a name that is alive", async () => {
    await claim(parts(place.at("a")));
    const refused = claim(parts(place.at("a")));
    await expect(refused).rejects.toThrow(AlreadyOwnedError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_ALREADY_OWNED",
      path: place.at("a"),
      pid: 812,
      message: expect.stringContaining("replace: true"),
    });
    expect(servers).toHaveLength(1);
  });

  it("takes the name from a living owner when told to", async () => {
    const before = await claim(parts(place.at("a")));
    const after = await claim(parts(place.at("a"), { replace: true }));
    expect([isOurs(place.at("a"), before), isOurs(place.at("a"), after)]).toEqual([false, true]);
  });

  it.each<[string, (path: string) => void]>([
    ["file", (path) => writeFileSync(path, "precious")],
    ["folder", (path) => mkdirSync(path)],
    ["symbolic link", (path) => symlinkSync("/nowhere", path)],
  ])("leaves a %s alone", async (_, make) => {
    make(place.at("a"));
    const before = lstatSync(place.at("a")).ino;
    for (const replace of [false, true]) {
      await expect(claim(parts(place.at("a"), { replace }))).rejects.toMatchObject({ code: "ERR_NOT_A_SOCKET" });
    }
    expect(lstatSync(place.at("a")).ino).toBe(before);
    expect(place.list()).toEqual(["a"]);
  });

  it("leaves a file alone that somebody made while the name was taken", async () => {
    const make = (): void => writeFileSync(place.at("a"), "precious");
    const { listen } = parts(place.at("a"));
    const refused = claim(parts(place.at("a"), { listen: async (at) => (await listen(at), make()) }));
    await expect(refused).rejects.toMatchObject({ code: "ERR_LISTEN", message: expect.stringContaining("somebody else made a file") });
    expect(lstatSync(place.at("a")).isFile()).toBe(true);
  });

  it("leaves a socket alone that took the place of the dead one meanwhile", async () => {
    await leaveDeadSocket(place.at("a"));
    const { listen } = parts(place.at("a"));
    const other = createServer();
    servers.push(other);
    const intrude = async (at: string): Promise<void> => {
      await listen(at);
      unlinkSync(place.at("a"));
      await once(other.listen(place.at("a")), "listening");
    };
    await expect(claim(parts(place.at("a"), { listen: intrude }))).rejects.toThrow(/replaced by somebody else/);
    expect(lstatSync(place.at("a")).isSocket()).toBe(true);
  });

  it("gives one of many contenders the name, and tells all others who has it", async () => {
    for (const kind of ["missing", "dead"]) {
      const path = place.at(kind);
      if (kind === "dead") await leaveDeadSocket(path);
      const results = await Promise.allSettled(Array.from({ length: 24 }, () => claim(parts(path))));
      const losers = results.filter((result) => result.status === "rejected");
      expect(losers).toHaveLength(23);
      expect(new Set(losers.map(({ reason }) => (reason as AlreadyOwnedError).code))).toEqual(new Set(["ERR_ALREADY_OWNED"]));
    }
    expect(place.list()).toEqual(["dead", "missing"]);
  });

  it("says what is wrong with the folder", async () => {
    await expect(claim(parts(place.at("no/a")))).rejects.toMatchObject({
      code: "ERR_LISTEN",
      message: expect.stringMatching(/folder does not exist.*ENOENT/),
    });
    await expect(claim(parts("/proc/a"))).rejects.toMatchObject({
      code: "ERR_LISTEN",
      message: expect.stringMatching(/Cannot listen on \/proc\/a/),
    });
    writeFileSync(place.at("file"), "");
    await expect(claim(parts(place.at("file/a")))).rejects.toMatchObject({ code: "ERR_LISTEN", message: expect.stringMatching(/ENOTDIR/) });
  });

  it("says that the disk is full, and leaves nothing on it", async () => {
    const full = async (): Promise<void> => {
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    const refused = claim(parts(place.at("a"), { listen: full }));
    await expect(refused).rejects.toMatchObject({ code: "ERR_LISTEN", message: expect.stringContaining("the disk is full") });
    expect(place.list()).toEqual([]);
  });

  it("manages a path of 107 bytes, though the name that it binds first is longer", async () => {
    const folder = place.at("d".repeat(107 - place.folder.length - 3));
    mkdirSync(folder);
    const path = join(folder, "a");
    expect(Buffer.byteLength(path)).toBe(107);
    await claim(parts(path));
    expect(await greeting(path)).toBe("me");
    await expect(claim(parts(path))).rejects.toThrow(AlreadyOwnedError);
  });

  it("removes what the killed ones before it left, once it is old, and nothing that lives", async () => {
    await leaveDeadSocket(place.at("a"));
    const lives = await acquireLock(place.at("b"), 1000, async () => false);
    const living = place.list().find((name) => name.startsWith(".nc"))!;
    mkdirSync(place.at(".ncdeadbeef"));
    await leaveDeadSocket(place.at(".ncdeadbeef/deadbeefl"));
    mkdirSync(place.at(".ncinfancy1"));
    for (const name of [living, ".ncdeadbeef"]) utimesSync(place.at(name), 0, 0);
    await claim(parts(place.at("a")));
    expect(place.list()).toEqual([living, ".ncinfancy1", "a", "b.lock"].sort());
    await lives!.release();
  });
});

describe("the lock of a claim", () => {
  it("is waited for, and taken over as soon as its holder lets go", async () => {
    const lock = await acquireLock(place.at("a"), 1000, async () => false);
    const waits = claim(parts(place.at("a")));
    await until(() => place.list().filter((name) => name.startsWith(".nc")).length === 2);
    expect(place.list()).not.toContain("a");
    await lock!.release();
    await waits;
    expect(place.list()).toEqual(["a"]);
  });

  it("says which process has held it for too long", async () => {
    const lock = await acquireLock(place.at("a"), 1000, async () => false);
    const refused = claim(parts(place.at("a"), { patience: 20 }));
    await expect(refused).rejects.toMatchObject({ code: "ERR_LOCKED", message: expect.stringContaining(`process ${process.pid}`) });
    await lock!.release();
    expect(place.list()).toEqual([]);
  });

  it("does not outlive a holder that was killed, nor those who were killed behind it", async () => {
    symlinkSync("aaaaaaaa.1", place.at("a.lock"));
    symlinkSync("bbbbbbbb.1", place.at("a.lock.aaaaaaaa.1"));
    mkdirSync(place.at(".ncbbbbbbbb"));
    await leaveDeadSocket(place.at(".ncbbbbbbbb/bbbbbbbbl"));
    await claim(parts(place.at("a")));
    expect(place.list()).toEqual(["a"]);
  });

  it.each<[string, (path: string) => void]>([
    ["file", (path) => writeFileSync(path, "precious")],
    ["link", (path) => symlinkSync("../etc", path)],
  ])("is not taken from a %s that somebody else put there", async (_, make) => {
    make(place.at("a.lock"));
    await expect(claim(parts(place.at("a")))).rejects.toMatchObject({
      code: "ERR_LOCKED",
      message: expect.stringContaining("not made by nearcall"),
    });
    expect(place.list()).toEqual(["a.lock"]);
  });

  it("names its holder and the process in a link, which no one reads but people and contenders", async () => {
    const lock = await acquireLock(place.at("a"), 1000, async () => false);
    expect(readlinkSync(place.at("a.lock"))).toBe(lock!.folder.holder);
    expect(lock!.folder.holder).toMatch(new RegExp(`^[\\w-]{8}\\.${process.pid}$`));
    await lock!.release();
  });
});

describe("disclaim", () => {
  it("removes the name that is ours", async () => {
    const identity = await claim(parts(place.at("a")));
    await disclaim(place.at("a"), identity, 1000);
    expect(place.list()).toEqual([]);
  });

  it("leaves the name of whoever has it by now", async () => {
    const before = await claim(parts(place.at("a")));
    const after = await claim(parts(place.at("a"), { replace: true }));
    await disclaim(place.at("a"), before, 1000);
    expect(isOurs(place.at("a"), after)).toBe(true);
  });

  it("leaves it too when it is replaced while the lock was waited for", async () => {
    const before = await claim(parts(place.at("a")));
    const lock = await acquireLock(place.at("a"), 1000, async () => false);
    const done = disclaim(place.at("a"), before, 1000);
    await until(() => place.list().filter((name) => name.startsWith(".nc")).length === 2);
    unlinkSync(place.at("a"));
    writeFileSync(place.at("a"), "another's");
    await lock!.release();
    await done;
    expect(place.list()).toEqual(["a"]);
  });

  it("tells a hard link of the same socket from nothing else", async () => {
    const identity = await claim(parts(place.at("a")));
    linkSync(place.at("a"), place.at("b"));
    expect(isOurs(place.at("b"), identity)).toBe(true);
    chmodSync(place.at("b"), 0o666);
    expect(isOurs(place.at("a"), identity)).toBe(true);
  });
});
