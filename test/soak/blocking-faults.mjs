// Far sides that die while they are waited for, callbacks that call back, and time limits, over and over: each death must
// be seen in time and with its reason, and nothing may stay behind.
//
//   node test/soak/blocking-faults.mjs [rounds] [kinds, comma-separated]        1,000 rounds of every kind
import { strict as assert } from "node:assert";
import { PeerLostError, TimeoutError, withOptions } from "nearcall";
import { spawnProcessSync, spawnThreadSync } from "nearcall/sync";

const rounds = Number(process.argv[2] ?? 1_000);
const module = new URL("../fixtures/sync-api.mjs", import.meta.url);
/** From the death to the caller's error, in ms. */
const IN_TIME = 250;
/** V8 collects garbage again and again before it gives up: by itself it takes 30 ms, and 500 on a busy machine. */
const IN_TIME_OF_MEMORY = 1_000;

const kinds = {
  exit: () => dies((remote, memory) => remote.exit(7, memory), { exitCode: 7 }),
  uncaught: () => dies((remote, memory) => remote.crash(memory), { exitCode: 1 }, /nobody caught this/),
  memory: () =>
    dies((remote, memory) => remote.outOfMemory(memory), { exitCode: 1 }, /memory limit/, {
      resourceLimits: { maxOldGenerationSizeMb: 20 },
    }),
  terminate: () => dies((remote, _memory, connection) => remote.callNow(() => connection.destroy()), { reason: "destroyed" }),
  syntax() {
    assert.throws(() => spawnThreadSync(new URL("data:text/javascript,export const add = (left) => left +;")), SyntaxError);
  },
  signal: () => dies((remote) => remote.kill("SIGKILL"), { signal: "SIGKILL" }, undefined, { stdio: "ignore" }, spawnProcessSync),
  callbacks: () =>
    lives(({ remote }) => {
      const step = (depth, again) => 1 + again(depth, step);
      for (let at = 0; at < 20; at += 1) assert.equal(remote.recurse(at, step), at * 2);
      assert.throws(() => remote.callNow(async () => 1), { code: "ERR_BLOCKED" });
      assert.throws(() => remote.callNow(() => remote.fail("in there")), /in there/);
    }),
  timeouts: () =>
    lives((connection) => {
      const hasty = withOptions(connection.remote, { timeout: 5 });
      assert.throws(() => hasty.hold(), TimeoutError);
      connection.remote.letGo();
      assert.equal(withOptions(hasty, { timeout: 10_000 }).add(1, 2), 3);
      assert.equal(connection.remote.later("in time", 20), "in time");
      assert.equal(connection.stats().lateReplies, 1);
    }),
};

function dies(die, expected, cause, options = {}, spawn = spawnThreadSync) {
  const connection = spawn(module, { timeout: 20_000, ...options });
  const memory = new SharedArrayBuffer(8);
  try {
    die(connection.remote, spawn === spawnThreadSync ? memory : undefined, connection);
  } catch (error) {
    const now = performance.timeOrigin + performance.now();
    assert.ok(error instanceof PeerLostError, String(error));
    for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value);
    if (cause !== undefined) assert.match(String(error.cause), cause);
    const diedAt = new Float64Array(memory)[0];
    return diedAt === 0 ? 0 : now - diedAt;
  }
  throw new Error("the far side lives on");
}

function lives(use) {
  const connection = spawnThreadSync(module, { timeout: 20_000 });
  use(connection);
  const { pendingCalls, runningCalls, streams } = connection.stats();
  assert.deepEqual({ pendingCalls, runningCalls, streams }, { pendingCalls: 0, runningCalls: 0, streams: 0 });
  connection.close();
}

const chosen = process.argv[3]?.split(",") ?? Object.keys(kinds);
let failed = 0;
for (const kind of chosen) {
  const began = performance.now();
  let worst = 0;
  let late = 0;
  const limit = kind === "memory" ? IN_TIME_OF_MEMORY : IN_TIME;
  for (let round = 0; round < rounds; round += 1) {
    try {
      const delay = kinds[kind]() ?? 0;
      worst = Math.max(worst, delay);
      if (delay > limit) late += 1;
    } catch (error) {
      failed += 1;
      console.error(`${kind}, round ${round}:`, error);
    }
    // What has ended is let go of.
    await new Promise(setImmediate);
  }
  if (late > 0) failed += 1;
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `blocking faults: ${kind} ${rounds} times in ${seconds.toFixed(1)} s` +
      (worst > 0 ? `, seen after ${worst.toFixed(1)} ms at most, ${late} times later than ${limit} ms` : ""),
  );
}
process.exitCode = failed === 0 ? 0 : 1;
