import { once } from "node:events";
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { acquireLock } from "../../lib/socket/lock.ts";
import { PublishedName } from "../../lib/socket/published-name.ts";
import type { PublishedNameParts } from "../../lib/socket/published-name.ts";
import { leaveDeadSocket, until, useFolder } from "./folders.ts";

const place = useFolder();
const open: PublishedName[] = [];

afterEach(() => Promise.all(open.splice(0).map((name) => name.close())));

interface Watched {
  readonly name: PublishedName;
  readonly accepted: Socket[];
  readonly errors: unknown[];
  readonly lost: () => boolean;
}

async function publish(greeting: string, changes: Partial<PublishedNameParts> = {}): Promise<Watched> {
  const accepted: Socket[] = [];
  const errors: unknown[] = [];
  let isLost = false;
  const name = await PublishedName.claim({
    path: place.at("a"),
    mode: 0o600,
    backlog: 4096,
    replace: false,
    patience: 5000,
    onSocket(socket) {
      accepted.push(socket);
      socket.on("error", () => {});
      socket.end(greeting);
    },
    onLost: () => (isLost = true),
    onError: (error) => errors.push(error),
    askPid: async () => undefined,
    ...changes,
  });
  open.push(name);
  return { name, accepted, errors, lost: () => isLost };
}

async function greeting(): Promise<string | undefined> {
  const socket = connect(place.at("a"));
  try {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    return String(chunk);
  } catch {
    return undefined;
  }
}

async function untilGreets(expected: string): Promise<void> {
  while ((await greeting()) !== expected);
}

describe("a published name", () => {
  it.each<[string, () => void]>([
    ["removed", () => unlinkSync(place.at("a"))],
    ["moved away", () => renameSync(place.at("a"), place.at("b"))],
  ])("is published again when it was %s", async (_, harm) => {
    const { lost, errors } = await publish("me");
    for (let times = 0; times < 3; times += 1) {
      harm();
      await untilGreets("me");
    }
    expect([lost(), errors]).toEqual([false, []]);
  });

  it("is published again when a dead socket took its place", async () => {
    const { lost } = await publish("me");
    await leaveDeadSocket(place.at("b"));
    renameSync(place.at("b"), place.at("a"));
    await untilGreets("me");
    expect(lost()).toBe(false);
  });

  it("is published again when its folder is back", async () => {
    const { errors } = await publish("me");
    rmSync(place.folder, { recursive: true });
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: "ERR_LISTEN", message: expect.stringContaining("folder does not exist") });
    mkdirSync(place.folder);
    await untilGreets("me");
  });

  it("is lost when another process takes it, and the other's name stays when this one closes", async () => {
    const first = await publish("first");
    const second = await publish("second", { replace: true });
    await until(first.lost);
    await first.name.close();
    expect(await greeting()).toBe("second");
    expect(second.lost()).toBe(false);
  });

  it("is lost when a file was put in its place, which stays", async () => {
    const { name, lost } = await publish("me");
    writeFileSync(place.at("b"), "precious");
    renameSync(place.at("b"), place.at("a"));
    await until(lost);
    await name.close();
    expect(place.list()).toEqual(["a"]);
  });

  it("is gone after close, and those who had connected by then were accepted", async () => {
    const { name, accepted } = await publish("me");
    const sockets = Array.from({ length: 50 }, () => connect(place.at("a")));
    const connected = Promise.all(sockets.map((socket) => once(socket, "connect")));
    const closed = name.close();
    await connected;
    await closed;
    expect(accepted).toHaveLength(50);
    expect(place.list()).toEqual([]);
    expect(await greeting()).toBe(undefined);
  });

  it("is not there any more after a close that came while it was published again", async () => {
    const { name, lost } = await publish("me");
    const lock = await acquireLock(place.at("a"), 1000, async () => false);
    unlinkSync(place.at("a"));
    // It waits for the lock.
    await until(() => place.list().filter((entry) => entry.startsWith(".nc")).length === 2);
    const closed = name.close();
    await lock!.release();
    await closed;
    expect([place.list(), lost()]).toEqual([[], false]);
  });
});
