// The contract of all connections in blocking form: how values pass, what was thrown, what cannot be sent, identity. Left
// out is what needs this thread's event loop during a call: promises and async streams among the arguments.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionOf } from "../../lib/core/remote-functions.ts";
import { Session } from "../../lib/core/session.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { wrapSync } from "../../lib/sync/wrap.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { kit, type FarPlace, sharedMemoryPlace } from "../contract/places.ts";
import { checkNothingIsLeft, usualOptions } from "../contract/suite.ts";
import type { Loose } from "../contract/loose.ts";
import { copiedRows } from "../fixtures/contract-copied.mjs";
import { thrown } from "../fixtures/contract-errors.mjs";
import { liveRows } from "../fixtures/contract-live.mjs";
import { containers, isSame } from "../fixtures/contract-values.mjs";

interface Row {
  readonly name: string;
  readonly make: (used: unknown) => unknown;
  readonly isPromise?: boolean;
  readonly isNoKey?: boolean;
  readonly after?: () => boolean;
}
interface Thrown {
  readonly name: string;
  readonly make: () => unknown;
  readonly same: (value: unknown) => boolean;
}
type Blocking = Record<string, (...args: unknown[]) => unknown>;

/** Taken apart over there only while this thread's event loop runs. */
const needsEventLoop = new Set(["in a promise", "as an item of a stream"]);
const taken = [
  "functions",
  "functions that throw",
  "classes, to be constructed",
  "proxy(x)",
  "instances of RemoteObject",
  "instances of a listed class",
  "AbortSignals that have fired",
  "generators",
];
const given = [
  ...taken.filter((name) => name !== "functions that throw"),
  "promises that resolve",
  "promises that resolve later",
  "promises that reject",
  "AbortSignals that fire",
  "async generators",
  "async iterables",
  "WritableStreams",
  "Node Writables",
];
const rowsNamed = (names: readonly string[]): Row[] => (liveRows as Row[]).filter(({ name }) => names.includes(name));

let place: FarPlace;
let session: Session;
let far: Blocking;

beforeAll(async () => {
  place = await sharedMemoryPlace();
  session = new Session({
    transport: await place.connect("usual"),
    host: nodeHost,
    codec: wireCodec,
    options: { ...usualOptions(), timeout: 10_000 },
  });
  session.expose({});
  session.start();
  await session.connection.ready;
  far = wrapSync(session.connection) as Blocking;
});
afterAll(async () => {
  await checkNothingIsLeft({ connection: session.connection, remote: session.connection.remote as unknown as Loose });
  session.destroy();
  await place.stop();
});

const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

describe("how values pass in blocking calls", () => {
  const checkTaken = (row: Row): void => {
    for (const container of containers) {
      if (needsEventLoop.has(container.name) || (row.isNoKey === true && "isKey" in container)) continue;
      const isThere = far["takes"]!(row.name, container.name, container.put(row.make(kit)));
      expect({ container: container.name, isThere }).toEqual({ container: container.name, isThere: true });
    }
  };
  const checkGiven = async (row: Row): Promise<void> => {
    for (const container of containers) {
      if (row.isNoKey === true && "isKey" in container) continue;
      // What is a promise by itself is awaited over there.
      if (row.isPromise === true && container.name === "by itself") continue;
      const isHere = (await isSame(row, container, far["gives"]!(row.name, container.name))) as unknown;
      expect({ container: container.name, isHere }).toEqual({ container: container.name, isHere: true });
    }
  };

  it.each(copiedRows as Row[])("$name: by copy, both ways, at any depth", async (row) => {
    checkTaken(row);
    await checkGiven(row);
  });
  it.each(rowsNamed(taken))("$name: live, among the arguments", (row) => checkTaken(row));
  it.each(rowsNamed(given))("$name: live, in results", (row) => checkGiven(row));
});

describe("what was thrown is what is thrown", () => {
  it.each(thrown as Thrown[])("$name: from there, from here, at once or later, thrown or passed", ({ name, make, same }) => {
    expect(same(thrownBy(() => far["fail"]!(name)))).toBe(true);
    expect(same(thrownBy(() => far["failLater"]!(name)))).toBe(true);
    expect(same(far["errorOf"]!(name))).toBe(true);
    expect(far["isThrown"]!(name, make())).toBe(true);
    const thrower = (): never => {
      throw make();
    };
    expect(same(thrownBy(() => far["use"]!(thrower)))).toBe(true);
  });
});

describe("one bad call harms one call", () => {
  it.each(["symbol", "class instance", "WeakMap", "own then", "own __proto__", "10,000 levels", "sparse array"])(
    "a result that cannot be sent: %s",
    (what) => {
      expect(thrownBy(() => far["makeUnsendable"]!(what))).toMatchObject({ code: "ERR_UNSERIALIZABLE", remote: true });
      expect(far["echo"]!(1)).toBe(1);
    },
  );

  it("an argument that cannot be sent is taken back whole", () => {
    const { exports } = session.connection.stats();
    expect(() => far["echo"]!([() => 1, Symbol("no")])).toThrow(expect.objectContaining({ code: "ERR_UNSERIALIZABLE" }));
    expect(session.connection.stats().exports).toBe(exports);
  });
});

describe("identity", () => {
  it("holds for what is sent twice, for what comes home, and for the roots", () => {
    const fn = (): number => 1;
    expect(far["areSame"]!(fn, fn)).toBe(true);
    expect(far["echo"]!(fn)).toBe(fn);
    expect(far["home"]).toBe(far["home"]);
    expect(far["isHome"]!(far["home"])).toBe(true);
    expect(far["isRoot"]!(far)).toBe(true);
    expect(connectionOf(far["home"]!)).toBe(session.connection);
    const account = new (far["Account"] as unknown as new (name: string) => { self(): unknown; holder: string })("Ann");
    expect(account.self()).toBe(account);
    expect(account.holder).toBe("Ann");
  });
});
