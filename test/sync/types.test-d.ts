// What types say of blocking connections.
import type { MessagePort } from "node:worker_threads";
import { describe, expectTypeOf, it } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import type { SyncRemote } from "../../lib/core/sync-remote.ts";
import { connectSync, parentSync, spawnProcessSync, spawnThreadSync, wrapSync } from "../../lib/sync/index.ts";

interface Api {
  add(left: number, right: number): Promise<number>;
  limit: number;
  rows(): AsyncGenerator<{ id: number }>;
}

describe("blocking connections", () => {
  it("have remotes that give results", () => {
    const math = spawnThreadSync<Api>("math");
    expectTypeOf(math.remote.add(1, 2)).toEqualTypeOf<number>();
    expectTypeOf(math.remote.limit).toEqualTypeOf<number>();
    for (const row of math.remote.rows()) expectTypeOf(row).toEqualTypeOf<{ id: number }>();
    expectTypeOf(math.threadId).toEqualTypeOf<number>();
    expectTypeOf(math.connection).toEqualTypeOf<Connection<Api>>();
    expectTypeOf(spawnProcessSync<Api>("math").pid).toEqualTypeOf<number>();
    expectTypeOf(connectSync<Api>("math").remote).toEqualTypeOf<SyncRemote<Api>>();
    expectTypeOf(parentSync<Api>().add(1, 2)).toEqualTypeOf<number>();
    // @ts-expect-error a number is wanted
    math.remote.add("1", 2);
    // @ts-expect-error nothing to read from
    spawnProcessSync("math", { stdio: "pipe" });
  });

  it("are wrapped by what they are", () => {
    const connection = undefined as unknown as Connection<Api>;
    expectTypeOf(wrapSync(connection)).toEqualTypeOf<SyncRemote<Api>>();
    expectTypeOf(wrapSync(connection).add(1, 2)).toEqualTypeOf<number>();
    expectTypeOf(wrapSync(connection.remote).limit).toEqualTypeOf<number>();
    expectTypeOf(wrapSync<Api>(undefined as unknown as MessagePort)).toEqualTypeOf<SyncRemote<Api>>();
  });
});
