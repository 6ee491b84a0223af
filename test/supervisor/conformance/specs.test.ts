// Erlang/OTP's supervisor_SUITE: child_specs, child_specs_map, sup_flags, sup_start_map_faulty_specs; and
// `start_link/3 with non-ok init` of Elixir's DynamicSupervisor. Errors name the field.
import { describe, expect, test } from "vitest";
import { checkSpec } from "../../../lib/supervisor/check-spec.ts";
import { SpecError } from "../../../lib/supervisor/errors.ts";
import { child, FakeWorld } from "../fake-world.ts";

const good = child("a");
const MiB = 1024 * 1024;

function fieldOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof SpecError && error.code === "ERR_SPEC" && error.message.startsWith(error.field)) return error.field;
    throw error;
  }
  return "nothing is wrong";
}

describe("faulty specs", () => {
  test.each([
    ["children[0]", "hej"],
    ["children[0].id", { start: good.start }],
    ["children[0].id", { ...good, id: 7 }],
    ["children[0].id", { ...good, id: "a#1" }],
    ["children[0].start", { id: "a" }],
    ["children[0].start", { ...good, start: "mfa" }],
    ["children[0].start", { ...good, start: {} }],
    ["children[0].start", { ...good, start: { process: "./a.js", thread: "./a.js" } }],
    ["children[0].start.process", { ...good, start: { process: 1 } }],
    ["children[0].start.pool", { ...good, start: { pool: "" } }],
    ["children[0].start.listen", { ...good, start: { listen: 3, api: {} } }],
    ["children[0].start.api", { ...good, start: { listen: "/run/a.sock" } }],
    ["children[0].start.module", { ...good, start: { thread: "./a.js", module: "./b.js" } }],
    ["children[0].start.supervise.strategy", { ...good, start: { supervise: { strategy: "none-for-one" } } }],
    ["children[0].restart", { ...good, restart: "prmanent" }],
    ["children[0].shutdown", { ...good, shutdown: -10 }],
    ["children[0].shutdown", { ...good, shutdown: "brutal_kill" }],
    ["children[0].significant", { ...good, restart: "transient", significant: "maybe" }],
    ["children[0].startTimeout", { ...good, startTimeout: 0 }],
    ["children[0].instances", { ...good, instances: 0 }],
    ["children[0].instances", { ...good, instances: 1.5 }],
    ["children[0].backoff", { ...good, backoff: 100 }],
    ["children[0].backoff.factor", { ...good, backoff: { factor: 0.5 } }],
    ["children[0].backoff.jitter", { ...good, backoff: { jitter: 2 } }],
    ["children[0].backoff.max", { ...good, backoff: { initial: 500, max: 100 } }],
    ["children[0].health.timeout", { ...good, health: { interval: 1_000, timeout: 1_500 } }],
    ["children[0].memory.limit", { ...good, memory: {} }],
    ["children[0].memory.limit", { ...good, memory: 512 }],
    ["children[0].memory.hard", { ...good, memory: { limit: 100 * MiB, hard: 50 * MiB } }],
    ["children[0].health", { ...good, start: () => undefined, health: true }],
    ["children[0].memory", { ...good, start: { supervise: {} }, memory: 100 * MiB }],
    ["children[0].start.supervise.closeOn", { ...good, start: { supervise: { closeOn: ["SIGTERM"] } } }],
    ["children[0].output", { ...good, output: "file" }],
    ["children[0].queue.whileDown", { ...good, queue: { whileDown: "drop" } }],
    ["children[0].queue.maxQueued", { ...good, queue: { maxQueued: -1 } }],
    ["children[0].drain", { ...good, drain: "never" }],
    ["children[0].handOver.to", { ...good, handOver: { from: "snapshot" } }],
    ["children[0].silly", { ...good, silly: true }],
  ])("child_specs: %s is named when it is wrong (%#)", (field, spec) => {
    expect(fieldOf(() => checkSpec({ children: [spec] }))).toBe(`spec.${field}`);
  });

  test.each([
    ["strategy", { strategy: "none-for-one" }],
    ["intensity", { intensity: Infinity }],
    ["intensity", { intensity: -1 }],
    ["period", { period: 0 }],
    ["period", { period: Infinity }],
    ["autoShutdown", { autoShutdown: "sometimes" }],
    ["maxChildren", { strategy: "dynamic", template: good, maxChildren: -1 }],
    ["children", { children: {} }],
    ["children", { strategy: "dynamic", children: [good] }],
    ["template", { strategy: "dynamic" }],
    ["template", { strategy: "partition" }],
    ["template", { template: good }],
    ["template.instances", { strategy: "dynamic", template: { ...good, instances: 2 } }],
    ["template.restart", { strategy: "dynamic", template: { ...good, restart: "prmanent" } }],
    ["partitions", { partitions: 4 }],
    ["partitions", { strategy: "partition", template: good, partitions: 0 }],
    ["maxChildren", { strategy: "partition", template: good, maxChildren: 3 }],
    ["forwardSignals[0]", { forwardSignals: ["SIGWHAT"] }],
    ["closeOn[1]", { closeOn: ["SIGTERM", "SIGKILL"] }],
    ["silly", { silly: true }],
  ])("sup_flags: %s is named when it is wrong (%#)", (field, spec) => {
    expect(fieldOf(() => checkSpec(spec))).toBe(`spec.${field}`);
  });

  test("child_specs: two children with one id are refused", () => {
    expect(fieldOf(() => checkSpec({ children: [good, child("b"), good] }))).toBe("spec.children[2].id");
  });

  test("child_specs: every good combination passes", () => {
    for (const restart of ["permanent", "transient", "temporary"]) {
      for (const shutdown of [0, 1_000, "infinity", "brutal"]) {
        for (const start of [good.start, { supervise: {} }, { process: new URL("file:///a.js") }, { thread: "./a.js", options: {} }]) {
          expect(() => checkSpec({ children: [{ id: "child", restart, shutdown, start }] })).not.toThrow();
        }
      }
    }
  });

  test.each(["never", "any", "all"] as const)(
    "child_specs_map: significant goes with restart and autoShutdown (%s), or is refused",
    (autoShutdown) => {
      for (const restart of [undefined, "permanent", "transient", "temporary"]) {
        const check = (): unknown =>
          checkSpec({ autoShutdown, children: [{ ...good, significant: true, ...(restart !== undefined && { restart }) }] });
        const isGood = autoShutdown !== "never" && (restart === "transient" || restart === "temporary");
        expect(fieldOf(check)).toBe(isGood ? "nothing is wrong" : "spec.children[0].significant");
      }
    },
  );

  test("significant_simple: autoShutdown does not go with dynamic children", () => {
    for (const autoShutdown of ["any", "all"]) {
      expect(fieldOf(() => checkSpec({ strategy: "dynamic", template: good, autoShutdown }))).toBe("spec.autoShutdown");
    }
    expect(() => checkSpec({ strategy: "dynamic", template: good, autoShutdown: "never" })).not.toThrow();
  });

  test("sup_start_map_faulty_specs: nothing is started when any spec of the tree is wrong", async () => {
    const world = new FakeWorld();
    const below = { id: "below", start: { supervise: { children: [{ id: "deep", start: good.start, restart: "often" }] } } };
    expect(fieldOf(() => void world.supervise({ children: [good, below] }))).toBe("spec.children[1].start.supervise.children[0].restart");
    expect(world.log).toEqual([]);
  });

  test("a faulty spec given to add is refused, and the message says what would do", async () => {
    const world = new FakeWorld();
    const supervisor = await world.supervise({});
    await expect(supervisor.add(child("a", { restart: "sometimes" as never }))).rejects.toThrow(
      'spec.restart must be "permanent", "transient", "temporary", not "sometimes"',
    );
    await expect(supervisor.add(child("a", { reload: true } as never))).rejects.toThrow(
      /spec\.reload is not known; there are "id", "start", "restart"/u,
    );
    expect(supervisor.children()).toEqual([]);
  });
});
