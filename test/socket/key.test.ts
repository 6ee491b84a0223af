import { chmodSync, linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { Hello } from "../../lib/core/messages.ts";
import { connect } from "../../lib/socket/connect.ts";
import { createKeyFile, readKeyFile } from "../../lib/socket/key-file.ts";
import { checkKey, keyGate } from "../../lib/socket/key-gate.ts";
import { listen } from "../../lib/socket/listen.ts";
import type { ListenOptions, Server, SocketPeer } from "../../lib/socket/server.ts";
import { useFolder } from "./folders.ts";

const place = useFolder();
const servers: Server[] = [];

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

const api = { secret: () => "the combination" };
const key = "correct horse battery staple";

async function serve(options: ListenOptions): Promise<Server> {
  const server = await listen(api, { path: place.at("s"), ...options });
  servers.push(server);
  return server;
}

const helloWith = (challenge: string): Hello => ({ challenge }) as Hello;

describe("keyGate", () => {
  it("convinces whoever has the same key", () => {
    const [here, there] = [keyGate(key, "listens"), keyGate(Buffer.from(key), "connects")];
    expect(here.admit(helloWith(there.challenge), there.answer(here.challenge))).toBe(true);
    expect(there.admit(helloWith(here.challenge), here.answer(there.challenge))).toBe(true);
  });

  it("is not convinced by another key, by nothing, or by half an answer", () => {
    const [here, there] = [keyGate(key, "listens"), keyGate(`${key}!`, "connects")];
    const right = keyGate(key, "connects");
    for (const answer of [there.answer(here.challenge), undefined, "", right.answer(here.challenge).slice(0, 20), "é".repeat(43)]) {
      expect(() => here.admit(helloWith(right.challenge), answer)).toThrow(expect.objectContaining({ code: "ERR_AUTHENTICATION" }));
    }
  });

  it("is not convinced by an answer that was heard before, or got by asking the question back", () => {
    const [here, there, another] = [keyGate(key, "listens"), keyGate(key, "connects"), keyGate(key, "listens")];
    const heard = there.answer(another.challenge);
    expect(() => here.admit(helloWith(there.challenge), heard)).toThrow(/another key/);
    // Asks `here` its own question, as if it were its own.
    expect(() => here.admit(helloWith(here.challenge), here.answer(here.challenge))).toThrow(/another key/);
    expect(() => here.admit(helloWith(another.challenge), another.answer(here.challenge))).toThrow(/another key/);
  });

  it("wants to be asked as well", () => {
    const [here, there] = [keyGate(key, "listens"), keyGate(key, "connects")];
    expect(() => here.admit({} as Hello, there.answer(here.challenge))).toThrow(/did not ask/);
  });

  it("takes no key that is short", () => {
    expect(() => checkKey("too short")).toThrow(
      expect.objectContaining({ code: "ERR_KEY", message: expect.stringContaining("createKeyFile") }),
    );
    expect(() => checkKey(12 as unknown as string)).toThrow(/not number/);
    expect(() => checkKey(new Uint8Array(16))).not.toThrow();
  });
});

describe("a server with a key", () => {
  it("lets in who has it", async () => {
    await serve({ key });
    await using client = await connect<typeof api>(place.at("s"), { key });
    expect(await client.remote.secret()).toBe("the combination");
  });

  it("refuses who has another, or none, and tells them why", async () => {
    const server = await serve({ key });
    await expect(connect(place.at("s"), { key: `${key}!` })).rejects.toMatchObject({ code: "ERR_AUTHENTICATION" });
    await expect(connect(place.at("s"))).rejects.toMatchObject({ code: "ERR_AUTHENTICATION", message: expect.stringContaining("{ key }") });
    expect(server.connections.size).toBe(0);
  });

  it("is asked for it by its clients, too", async () => {
    await serve({});
    await expect(connect(place.at("s"), { key })).rejects.toMatchObject({ code: "ERR_AUTHENTICATION" });
  });

  it("refuses a key that is no key before it listens", async () => {
    await expect(serve({ key: "short" })).rejects.toMatchObject({ code: "ERR_KEY" });
    expect(place.list()).toEqual([]);
    await expect(connect(place.at("s"), { key: "short" })).rejects.toMatchObject({ code: "ERR_KEY" });
  });
});

describe("authenticate", () => {
  it("decides who is let in, in its own time", async () => {
    const asked: SocketPeer[] = [];
    await serve({
      key,
      async authenticate(peer) {
        asked.push(peer);
        await new Promise((resolve) => setImmediate(resolve));
        return peer.claimed.name === "till";
      },
    });
    await using client = await connect<typeof api>(place.at("s"), { key, name: "till" });
    expect(await client.remote.secret()).toBe("the combination");
    await expect(connect(place.at("s"), { key, name: "thief" })).rejects.toMatchObject({ code: "ERR_AUTHENTICATION" });
    expect(asked.map(({ claimed, pid, uid }) => [claimed.name, claimed.pid, pid, uid])).toEqual([
      ["till", process.pid, undefined, undefined],
      ["thief", process.pid, undefined, undefined],
    ]);
  });

  it("is not asked about who has no key", async () => {
    let asked = 0;
    await serve({ key, authenticate: () => (asked += 1) > 0 });
    await expect(connect(place.at("s"), { key: `${key}!` })).rejects.toMatchObject({ code: "ERR_AUTHENTICATION" });
    expect(asked).toBe(0);
  });

  it("refuses by what it throws", async () => {
    await serve({
      authenticate: () => {
        throw Object.assign(new Error("not on Sundays"), { code: "E_SUNDAY" });
      },
    });
    await expect(connect(place.at("s"))).rejects.toMatchObject({ message: "not on Sundays", code: "E_SUNDAY" });
  });
});

describe("key files", () => {
  it("hold a random key that only their user may read", () => {
    const made = createKeyFile(place.at("key"));
    expect(made).toHaveLength(32);
    expect(statSync(place.at("key")).mode & 0o777).toBe(0o600);
    expect(readKeyFile(place.at("key"))).toEqual(made);
    expect(place.list()).toEqual(["key"]);
    expect(createKeyFile(place.at("other"))).not.toEqual(made);
  });

  it("are made once, by whoever comes first", () => {
    const made = createKeyFile(place.at("key"));
    expect(createKeyFile(place.at("key"))).toEqual(made);
  });

  it.each<[string, RegExp, (path: string) => void]>([
    ["is missing", /does not exist/, () => {}],
    ["may be read by others", /mode is 640/, (path) => (createKeyFile(path), chmodSync(path, 0o640))],
    ["is no key", /not a key file/, (path) => writeFileSync(path, "password", { mode: 0o600 })],
    ["was cut off", /not a key file/, (path) => (createKeyFile(path), writeFileSync(path, readFileSync(path, "latin1").slice(0, 30)))],
    ["is a link", /symbolic link/, (path) => (createKeyFile(`${path}2`), symlinkSync(`${path}2`, path))],
  ])("are refused when one %s", (_, message, make) => {
    make(place.at("key"));
    expect(() => readKeyFile(place.at("key"))).toThrow(message);
    expect(() => readKeyFile(place.at("key"))).toThrow(expect.objectContaining({ code: "ERR_KEY_FILE" }));
  });

  it("are not made over what is there", () => {
    writeFileSync(place.at("key"), "precious", { mode: 0o600 });
    expect(() => createKeyFile(place.at("key"))).toThrow(/not a key file/);
    expect(readFileSync(place.at("key"), "latin1")).toBe("precious");
    expect(() => createKeyFile(place.at("no/key"))).toThrow(/cannot be made \(ENOENT\)/);
    linkSync(place.at("key"), place.at("same"));
    expect(place.list()).toEqual(["key", "same"]);
  });
});
