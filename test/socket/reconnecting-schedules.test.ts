// Losses, departures, attempts and answers in any order: each call settles once, runs twice only if it may, and has not
// run at all if its error says that it was never sent.
import fc from "fast-check";
import { expect, it } from "vitest";
import { PeerLostError, RpcError } from "../../lib/core/errors.ts";
import { withOptions } from "../../lib/core/remote-functions.ts";
import type { Remote } from "../../lib/core/remote.ts";
import { Session } from "../../lib/core/session.ts";
import { nodeHost } from "../../lib/node/host.ts";
import { ReconnectingClient } from "../../lib/socket/reconnecting-client.ts";
import type { Dialing } from "../../lib/socket/reconnecting-client.ts";
import { memoryPair } from "../../lib/transports/memory.ts";
import { wireCodec } from "../../lib/wire/codec.ts";
import { times } from "../long-form.ts";

const schedules: number = times(150, 5_000);

type Action = "call" | "idempotent" | "cut" | "leave" | "close";
const action = fc.constantFrom<Action>("call", "call", "call", "idempotent", "idempotent", "cut", "leave", "close");

/** What happens in one tick. */
const moment = fc.array(action, { minLength: 1, maxLength: 3 });

/** Between two moments, what was sent moves on, by one turn of the event loop. */
const act = async (step: () => Promise<unknown>): Promise<void> => {
  await step();
  await new Promise((resolve) => setImmediate(resolve));
};

interface Api {
  run(id: number): Promise<number>;
}

interface Made {
  readonly id: number;
  readonly idempotent: boolean;
  readonly outcome: Promise<unknown>;
}

it("settles each call once, whatever happens in whatever order", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler({ act }), fc.array(moment, { maxLength: 15 }), async (scheduler, moments) => {
      const world = new World(scheduler);
      const { client, calls } = world;
      client.start();
      await scheduler.waitFor(client.connection.ready);
      const done = moments.map((actions) =>
        scheduler.schedule(Promise.resolve(), actions.join()).then(() => actions.forEach((what) => world.act(what))),
      );
      await scheduler.waitFor(Promise.all(done));
      const outcomes = await scheduler.waitFor(Promise.all(calls.map(({ outcome }) => outcome)));
      for (const [index, { id, idempotent }] of calls.entries()) check(outcomes[index], world.runsOf(id), id, idempotent);
      expect(client.connection.stats().pendingCalls).toBe(0);
      await scheduler.waitFor(client.connection.close());
      expect(client.connection.state).toBe("closed");
    }),
    { numRuns: schedules },
  );
});

function check(outcome: unknown, runs: number, id: number, idempotent: boolean): void {
  const lost = outcome instanceof PeerLostError ? outcome.phase : undefined;
  const fits =
    outcome === id
      ? runs >= 1 && (idempotent || runs === 1)
      : lost === undefined
        ? outcome instanceof RpcError && outcome.code === "ERR_DISPOSED" && runs === 0
        : !idempotent && runs <= (lost === "unsent" ? 0 : 1);
  if (!fits) throw new Error(`Call ${id}, idempotent: ${idempotent}, ran ${runs} times and came out as ${String(outcome)}, phase ${lost}`);
}

class World {
  readonly calls: Made[] = [];
  readonly client: ReconnectingClient;
  readonly #scheduler: fc.Scheduler;
  readonly #runs: number[] = [];
  #far: Session | undefined;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
    this.client = new ReconnectingClient({
      label: "memory",
      options: {},
      reconnect: { longestPause: 1, maxAttempts: 1000 },
      connectTimeout: 60_000,
      dial: (dialing) => this.#dial(dialing),
    });
  }

  runsOf(id: number): number {
    return this.#runs.filter((one) => one === id).length;
  }

  act(what: Action): void {
    switch (what) {
      case "call":
      case "idempotent":
        return this.#call(what === "idempotent");
      case "cut":
        return this.#far?.destroy("cut off");
      case "leave":
        return this.#leave();
      case "close":
        void this.client.connection.close();
    }
  }

  #call(idempotent: boolean): void {
    const id = this.calls.length;
    const remote = withOptions(this.client.connection.remote as Remote<Api>, { idempotent });
    const outcome = remote.run(id).then(
      (value) => value,
      (error: unknown) => error,
    );
    this.calls.push({ id, idempotent, outcome: Promise.resolve(outcome) });
  }

  /** What a server does that drains. */
  #leave(): void {
    const far = this.#far;
    if (far === undefined || far.connection.state !== "ready") return;
    far.drain();
    void far.close();
  }

  async #dial({ onAttempt, onSession }: Dialing): Promise<Session> {
    onAttempt();
    await this.#scheduler.schedule(Promise.resolve(), "dial");
    const [nearEnd, farEnd] = memoryPair();
    const parts = { host: nodeHost, codec: wireCodec, options: {} };
    const near = new Session({ ...parts, transport: nearEnd });
    const far = new Session({ ...parts, transport: farEnd });
    far.expose({
      run: (id: number) => {
        this.#runs.push(id);
        return this.#scheduler.schedule(Promise.resolve(id), `answer ${id}`);
      },
    } satisfies Api);
    near.start();
    far.start();
    onSession(near);
    this.#far = far;
    await near.connection.ready;
    return near;
  }
}
