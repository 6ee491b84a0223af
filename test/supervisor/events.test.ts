// Typed events, and all of them as an async iterable.
import { describe, expect, test } from "vitest";
import { EventHub } from "../../lib/supervisor/events.ts";
import { supervise } from "../../lib/supervisor/supervise.ts";
import { child, FakeWorld } from "./fake-world.ts";
import { settle } from "./virtual-clock.ts";

describe("events", () => {
  test("tell the life of a child in order", async () => {
    const world = new FakeWorld();
    world.onStart("a", "ok", "fail", "ok");
    const supervisor = await world.supervise({ intensity: 5, children: [child("a", { backoff: { initial: 50, factor: 1, jitter: 0 } })] });
    const events = supervisor.events();
    await world.exit("a");
    await world.clock.advance(100);
    await supervisor.remove("a");
    await supervisor.close();
    const seen: string[] = [];
    for await (const { type } of events) seen.push(type);
    const life = "exited restarting backoff started failed restarting backoff started ready";
    expect(seen.join(" ")).toBe(`${life} exited removed ending ended`);
  });

  test("carry their time, their supervisor and what they are about", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ name: "root", intensity: 5, children: [child("a")] });
    const events = supervisor.events();
    await world.clock.advance(500);
    await world.exit("a");
    expect((await events.next()).value).toMatchObject({ type: "exited", supervisor: "root", at: 1_500, id: "a", expected: false });
    expect((await events.next()).value).toMatchObject({ type: "restarting", ids: ["a"], count: 1 });
    await events.return?.();
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("a listener that throws harms nobody, and one that stops listening hears no more", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 5, children: [child("a")] });
    const heard: string[] = [];
    const off = supervisor.on("exited", () => heard.push("first"));
    supervisor.on("exited", () => {
      throw new Error("a bad listener");
    });
    supervisor.on("exited", () => heard.push("last"));
    await world.exit("a");
    off();
    await world.exit("a");
    expect(heard).toEqual(["first", "last", "last"]);
    expect(world.log.filter((line) => line.startsWith("error"))).toEqual(["error Error: a bad listener", "error Error: a bad listener"]);
    expect(supervisor.child("a")?.state).toBe("running");
  });

  test("a listener may give commands in the middle of what it hears", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 0, children: [child("a"), child("b")] });
    const stopped: Promise<void>[] = [];
    supervisor.on("exited", ({ id, expected }) => {
      if (!expected) stopped.push(supervisor.stop(id));
    });
    await world.exit("a");
    await Promise.all(stopped);
    expect(supervisor.child("a")?.state).toBe("stopped");
    expect(supervisor.state).toBe("running");
  });

  test("what a listener asks for comes after what is under way", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({ intensity: 5, children: [child("a")] });
    supervisor.on("restarting", () => void supervisor.close());
    await world.exit("a");
    await settle();
    expect(supervisor.state).toBe("ended");
    expect(world.runs.get("a")?.every((run) => run.isOver)).toBe(true);
  });

  test("that are asked for when all is over are none", async () => {
    const supervisor = await supervise({});
    await supervisor.close();
    expect(await supervisor.events().next()).toEqual({ value: undefined, done: true });
    await expect(supervisor.serve("too-late")).rejects.toMatchObject({ code: "ERR_SUPERVISOR_ENDED" });
  });

  test("one who reads slowly loses the oldest, and no memory", async () => {
    const hub = new EventHub(
      "root",
      () => 0,
      () => {},
    );
    const events = hub.iterate();
    for (let at = 0; at < 10_050; at++) hub.emit("ignored", { id: String(at) });
    expect((await events.next()).value).toMatchObject({ id: "50" });
    const waiting = hub.iterate();
    const next = waiting.next();
    hub.emit("ignored", { id: "new" });
    expect((await next).value).toMatchObject({ id: "new" });
  });
});
