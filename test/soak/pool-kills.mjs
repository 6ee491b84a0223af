// Workers that exit, throw, run out of memory or are terminated, at random, under 1,000 calls in flight: every call must
// settle, with its own answer or because its worker was lost, and the pool must be at full size in the end.
//
//   node test/soak/pool-kills.mjs [kills] [workers] [thread | process]        10,000 kills of 4 threads
import { strict as assert } from "node:assert";
import { PeerLostError, withOptions } from "nearcall";
import { createPool } from "nearcall/pool";

const kills = Number(process.argv[2] ?? 10_000);
const workers = Number(process.argv[3] ?? 4);
const kind = process.argv[4] ?? "thread";
const inFlight = 1_000;

const pool = await createPool(new URL("../fixtures/pool-worker.mjs", import.meta.url), {
  kind,
  minThreads: workers,
  maxThreads: workers,
  concurrency: 4,
  killAfter: 5,
  resourceLimits: { maxOldGenerationSizeMb: 24 },
});
pool.on("error", (error) => console.error("told:", error));
const patient = withOptions(pool.remote, { idempotent: true });

const counts = { answered: 0, lost: 0 };
let over = false;

/** Calls one after the other, as long as the soak lasts. Each answer must be its own. */
async function caller(number) {
  for (let round = 0; !over; round += 1) {
    const expected = `${number}.${round}`;
    // Those that may be made again have to be answered, unless they are unlucky as often as that is allowed.
    const remote = round % 2 === 0 ? patient : pool.remote;
    try {
      if (round % 50 === 0) assert.equal(await sum(remote), 45);
      else assert.equal(await remote.echo(expected), expected);
      counts.answered += 1;
    } catch (error) {
      if (!(error instanceof PeerLostError)) throw error;
      counts.lost += 1;
    }
  }
}

async function sum(remote) {
  let total = 0;
  for await (const item of remote.numbers(10)) total += item;
  return total;
}

const deaths = {
  exit: () => pool.remote.exit(3),
  throw: () => pool.remote.throwLater("on purpose"),
  memory: () => pool.remote.runOutOfMemory(),
  async terminate() {
    const controller = new AbortController();
    await withOptions(pool.remote, { signal: controller.signal }).spinForEver(() => controller.abort());
  },
  async destroy() {
    const lease = await pool.lease();
    lease.destroy("destroyed");
    await lease.closed;
    throw new PeerLostError("it was destroyed", { reason: "destroyed" });
  },
};

async function killer() {
  const names = Object.keys(deaths);
  while (ended() < kills) {
    const name = names[Math.floor(Math.random() * names.length)];
    await deaths[name]().catch(() => {});
  }
}

function ended() {
  const { crashed, killed } = pool.stats();
  return crashed + killed;
}

await pool.ready;
const began = performance.now();
const callers = Array.from({ length: inFlight }, (_, number) => caller(number));
const killers = Array.from({ length: workers - 1 }, killer);
let toldAt = began;
const progress = setInterval(() => {
  if (performance.now() - toldAt < 60_000) return;
  toldAt = performance.now();
  console.log(`${ended()} kills, ${counts.answered} answered, ${counts.lost} lost, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`);
}, 1_000);
await Promise.all(killers);
over = true;
await Promise.all(callers);
clearInterval(progress);

// Nothing is left over, and the pool is whole.
const deadline = performance.now() + 30_000;
while (pool.stats().threads < workers || pool.stats().starting > 0) {
  assert.ok(performance.now() < deadline, `the pool did not heal: ${JSON.stringify(pool.stats())}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const { queue, queueBytes, running, threads } = pool.stats();
assert.deepEqual({ queue, queueBytes, running, threads }, { queue: 0, queueBytes: 0, running: 0, threads: workers });
const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => pool.remote.add(index, 1)));
assert.deepEqual(
  answers,
  Array.from({ length: 100 }, (_, index) => index + 1),
);
assert.ok(counts.answered > counts.lost, "more calls were lost than answered");
const seconds = ((performance.now() - began) / 1_000).toFixed(1);
console.log(
  `${ended()} kills of ${workers} ${kind} workers in ${seconds} s: ${counts.answered} calls answered, ${counts.lost} lost, none unsettled`,
);
await pool.close();
