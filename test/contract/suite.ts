// What the groups of the contract suite work with: a connection that most tests share and that must be empty after each
// of them, and fresh ones for tests that end theirs or need other options.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Connection, ConnectionStats } from "../../lib/core/connection.ts";
import type { PeerLostError } from "../../lib/core/errors.ts";
import type { ConnectionOptions } from "../../lib/core/options.ts";
import { Session } from "../../lib/core/session.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { codecs, Listed } from "../fixtures/contract-classes.mjs";
import type { Loose } from "./loose.ts";
import { type FarPlace, kit } from "./places.ts";
import { RawPeer } from "./raw-peer.ts";

export interface Opened {
  readonly connection: Connection;
  readonly remote: Loose;
  readonly place: FarPlace;
}

/** A way in which a far side comes to its end. */
export interface Ending {
  readonly name: string;
  /** Brings it about. */
  end(opened: Opened): unknown;
  /** Resolves when Node has told of it, if it does. */
  readonly told?: (place: FarPlace) => Promise<unknown>;
  readonly expected: Partial<Pick<PeerLostError, "exitCode" | "signal">> & { readonly reason: RegExp; readonly cause?: RegExp };
}

/** What is special about a transport, and how far sides are had that are reached over it. */
export interface Contract {
  /** What contract-quiet.mjs calls it. */
  readonly name: string;
  place(): Promise<FarPlace>;
  /** ArrayBuffers and MessagePorts can be moved over it. */
  readonly carriesHandles: boolean;
  /** A place serves one connection only. */
  readonly onePerPlace?: boolean;
  /** The far side has an event loop of its own. */
  readonly isApart: boolean;
  /** How users have such a connection; its far side may come to any end. @defaultValue at a place of its own */
  start?(options: ConnectionOptions): Promise<Opened>;
  readonly endings: readonly Ending[];
}

export interface Suite {
  readonly contract: Contract;
  /** The shared connection, of which nothing is open between tests. */
  readonly connection: Connection;
  readonly remote: Loose;
  /** A connection of the test's own, ready unless told otherwise; it is destroyed after the test. */
  open(profile?: string, options?: ConnectionOptions & { readonly api?: object; readonly unready?: boolean }): Promise<Opened>;
  /** One to a far side that the test may kill. */
  start(): Promise<Opened>;
  /** A far side that is spoken to in frames. */
  raw(profile?: string): Promise<RawPeer>;
  ask(question: string): Promise<unknown>;
}

export const usualOptions = (): ConnectionOptions => ({ classes: codecs(kit), references: [Listed] });

/** To be called inside of a `describe`. */
export function useSuite(contract: Contract): Suite {
  const toStop: FarPlace[] = [];
  /** Where one place serves one connection only: another place, which serves those of tests one after the other. */
  let second: FarPlace | undefined;
  let isSecondTaken = false;
  const toDestroy: { destroy(): void }[] = [];
  let main: FarPlace;
  let shared: Opened;

  const openAt = (
    place: FarPlace,
    transport: Awaited<ReturnType<FarPlace["connect"]>>,
    options: ConnectionOptions,
    api?: object,
  ): Opened => {
    const session = new Session({ transport, host: nodeHost, codec: wireCodec, options: { ...usualOptions(), ...options } });
    session.expose(api ?? nearApi());
    session.start();
    return { connection: session.connection, remote: session.connection.remote as unknown as Loose, place };
  };
  const placeFor = async (alone: boolean): Promise<FarPlace> => {
    if (!alone && contract.onePerPlace !== true) return main;
    if (alone || isSecondTaken) return stoppedLater(await contract.place());
    isSecondTaken = true;
    if (second?.isAlive() !== true) second = await contract.place();
    // When it has answered, nothing of the connections before is on its way any more.
    await second.ask("destroyAll");
    return second;
  };
  const stoppedLater = (place: FarPlace): FarPlace => {
    toStop.push(place);
    return place;
  };
  const openShared = async (): Promise<void> => {
    if (main === undefined || contract.onePerPlace === true || !main.isAlive()) {
      await main?.stop();
      main = await contract.place();
    }
    shared = openAt(main, await main.connect("usual"), {});
    await shared.connection.ready;
  };

  beforeAll(openShared);
  beforeEach(async () => {
    if (isOver(shared)) await openShared();
  });
  afterEach(async ({ task }) => {
    for (const one of toDestroy.splice(0)) one.destroy();
    for (const place of toStop.splice(0)) await place.stop();
    isSecondTaken = false;
    if (isOver(shared) || task.result?.state === "fail") return shared.connection.destroy();
    await checkNothingIsLeft(shared);
    expect(await shared.place.ask("unhandled")).toEqual([]);
    await shared.remote.seen();
    await shared.place.ask("endings");
    await shared.place.ask("errors");
  });
  afterAll(async () => {
    shared?.connection.destroy();
    await main?.stop();
    await second?.stop();
  });

  return {
    contract,
    get connection() {
      return shared.connection;
    },
    get remote() {
      return shared.remote;
    },
    async open(profile = "usual", { api, unready = false, ...options } = {}) {
      const place = await placeFor(false);
      const opened = openAt(place, await place.connect(profile), options, api);
      toDestroy.push(opened.connection);
      if (!unready) await opened.connection.ready;
      return opened;
    },
    async start() {
      if (contract.start !== undefined) {
        const started = await contract.start(usualOptions());
        toDestroy.push(started.connection);
        toStop.push(started.place);
        return started;
      }
      const place = await placeFor(true);
      const opened = openAt(place, await place.connect("usual"), {});
      toDestroy.push(opened.connection);
      await opened.connection.ready;
      return opened;
    },
    async raw(profile = "usual") {
      const place = await placeFor(false);
      const peer = new RawPeer(await place.connect(profile), place);
      toDestroy.push(peer);
      return peer;
    },
    ask: (question) => main.ask(question),
  };
}

/** Collections of garbage until proxies that nothing holds must be gone; the second is seldom needed. */
const ROUNDS = 30;

const nearApi = (): object => ({ near: true, echo: (value: unknown) => value });

/** Everything that was introduced has been given back, on both sides. */
export async function checkNothingIsLeft({ connection, remote }: Pick<Opened, "connection" | "remote">): Promise<void> {
  const open = ({ pendingCalls, runningCalls, exports, imports, streams, promises, signals, queuedBytes }: ConnectionStats): object => ({
    pendingCalls,
    runningCalls,
    exports,
    imports,
    streams,
    promises,
    signals,
    queuedBytes,
  });
  const nothing = { pendingCalls: 0, runningCalls: 0, exports: 0, imports: 0, streams: 0, promises: 0, signals: 0, queuedBytes: 0 };
  let near: object = {};
  let far: object = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    near = open(connection.stats());
    far = open((await remote.stats()) as ConnectionStats);
    if (sumOf(near) + sumOf(far) === 0) return;
    globalThis.gc!();
    await remote.collectGarbage();
    await turn();
  }
  expect({ near, far }).toEqual({ near: nothing, far: nothing });
}

const isOver = ({ connection }: Opened): boolean => connection.state === "closed";

const sumOf = (counts: object): number => Object.values(counts).reduce((sum: number, count) => sum + Number(count), 0);

/** The next turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `holds` does, which is asked in every turn of the event loop. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}

/** What `promise` rejects with. */
export async function rejectionOf<E = Error>(promise: PromiseLike<unknown>): Promise<E> {
  const nothing = Symbol();
  const reason: unknown = await promise.then(
    () => nothing,
    (thrown: unknown) => thrown,
  );
  if (reason === nothing) expect.fail("It was expected to reject, and did not.");
  return reason as E;
}
