// What the emitters of the far side offer whose events are typed.
import type { EventEmitter } from "node:events";
import { describe, expectTypeOf, it } from "vitest";
import type { Remote } from "../../lib/core/remote.ts";

declare class Watcher extends EventEmitter<{ change: [path: string, times: number]; end: [] }> {
  depth(): number;
  closed: boolean;
}

interface Api {
  typed: EventEmitter<{ change: [path: string] }>;
  watcher: Watcher;
  Watcher: typeof Watcher;
}

declare const api: Remote<Api>;

describe("typed emitters", () => {
  it("give their listeners what they declare", async () => {
    void api.typed.on("change", () => {});
    void api.typed.once("change", (path) => expectTypeOf(path).toEqualTypeOf<string>());
    void api.watcher.on("change", (path, times) => expectTypeOf([path, times] as const).toEqualTypeOf<readonly [string, number]>());
    void api.watcher.once("end", () => {});
    void api.watcher.off("change", (path: string) => void path);
    const watcher = await new api.Watcher();
    void watcher.on("change", (path) => expectTypeOf(path).toEqualTypeOf<string>());
    // @ts-expect-error no such event
    void api.watcher.on("missing", () => {});
    // @ts-expect-error a path is a string
    void api.watcher.once("change", (path: number) => void path);
    // @ts-expect-error the event tells nothing
    void api.watcher.off("end", (path: string) => void path);
  });

  it("are given again by what listens", () => {
    const listened = api.watcher.on("end", () => {});
    expectTypeOf(listened).resolves.toEqualTypeOf<Remote<Watcher>>();
    expectTypeOf(listened.once("change", (path) => expectTypeOf(path).toEqualTypeOf<string>())).resolves.toEqualTypeOf<Remote<Watcher>>();
    expectTypeOf(listened.depth()).resolves.toEqualTypeOf<number>();
    expectTypeOf(listened.closed).resolves.toEqualTypeOf<boolean>();
    // @ts-expect-error not reached from afar
    void listened.emit("end");
    // @ts-expect-error not reached from afar
    void listened.rawListeners("end");
  });
});
