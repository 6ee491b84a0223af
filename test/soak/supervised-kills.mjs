// Supervised processes are killed, stopped, exit, throw and run out of memory, at random, under calls in flight. Every
// call must settle; what was acknowledged must be on the disk; what may not run twice must not; every loss tells its
// phase and report; and in the end every child is back.
//
//   node test/soak/supervised-kills.mjs [kills] [children] [calls in flight]        2,000 kills of 8 children, 1,000 calls
import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { withOptions } from "nearcall";
import { ChildLostError, supervise } from "nearcall/supervisor";

const kills = Number(process.argv[2] ?? 2_000);
const children = Number(process.argv[3] ?? 8);
const inFlight = Number(process.argv[4] ?? 1_000);
const worker = new URL("../fixtures/supervisor-ledger.mjs", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "nearcall-ledger-"));
const ledger = join(folder, "ledger");

const descriptorsBefore = countDescriptors();
const tree = await supervise({
  intensity: 1_000_000,
  children: [
    {
      id: "w",
      instances: children,
      start: { process: worker, options: { env: { ...process.env, LEDGER: ledger }, execArgv: ["--max-old-space-size=48"] } },
      health: { interval: 50, timeout: 400 },
      output: "ignore",
      queue: { maxQueued: 100_000, maxQueuedTime: 600_000 },
    },
  ],
});
const once = tree.remote("w");
const atLeastOnce = withOptions(once, { idempotent: true });

const counts = { answered: 0, lost: 0, repeated: 0 };
const acknowledged = new Set();
const phases = { unsent: 0, sent: 0, accepted: 0 };
const kinds = {};
const detected = [];
const dying = new Map();
let settled = 0;
let made = 0;
let over = false;

tree.on("exited", ({ id, report }) => {
  kinds[report.kind] = (kinds[report.kind] ?? 0) + 1;
  const killedAt = dying.get(id);
  dying.delete(id);
  if (killedAt !== undefined) detected.push(performance.now() - killedAt);
});

async function caller(number) {
  for (let round = 0; !over; round += 1) {
    const mayRepeat = round % 4 === 0;
    const key = `${mayRepeat ? "r" : "o"}${number}.${round}`;
    made += 1;
    try {
      assert.equal(await (mayRepeat ? atLeastOnce : once).record(key), true);
      acknowledged.add(key);
      counts.answered += 1;
    } catch (error) {
      if (!(error instanceof ChildLostError)) throw error;
      assert.ok(error.phase in phases, `a loss without a phase: ${error.message}`);
      assert.equal(error.report.id.split("#")[0], "w");
      phases[error.phase] += 1;
      counts.lost += 1;
    }
    settled += 1;
  }
}

const running = () => tree.children().filter(({ state, id }) => state === "running" && !dying.has(id));
const deaths = [
  [0.6, ({ id, pid }) => (dying.set(id, performance.now()), process.kill(pid, "SIGKILL"))],
  [0.75, ({ pid }) => process.kill(pid, "SIGSTOP")],
  [0.9, ({ id }) => (dying.set(id, performance.now()), tree.remote(id).exit(Math.random() < 0.5 ? 0 : 3))],
  [0.95, ({ id }) => tree.remote(id).throwLater()],
  [1, ({ id }) => tree.remote(id).fillHeap()],
];

async function killer() {
  for (let killed = 0; killed < kills;) {
    const all = running();
    const victim = all[Math.floor(Math.random() * all.length)];
    // Some must be there to take calls.
    if (victim === undefined || all.length < children / 2) {
      await pause(5);
      continue;
    }
    const chance = Math.random();
    const [, kill] = deaths.find(([upTo]) => chance < upTo) ?? deaths[0];
    try {
      Promise.resolve(kill(victim)).catch(() => {});
    } catch {
      // It was faster.
    }
    killed += 1;
    if (killed % 250 === 0) console.log(`${killed} kills, ${counts.answered} answered, ${counts.lost} lost`);
    await pause(Math.random() * 40);
  }
}

const began = performance.now();
const callers = Array.from({ length: inFlight }, (_, number) => caller(number));
await killer();
over = true;
const quiet = performance.now();
await Promise.all(callers);
const settledAfter = performance.now() - quiet;

const deadline = performance.now() + 30_000;
while (running().length < children) {
  assert.ok(performance.now() < deadline, `not all are back: ${JSON.stringify(tree.children())}`);
  await pause(20);
}
for (const { id } of tree.children()) assert.equal(await tree.remote(id).record(`back-${id}`), true);
const restarts = tree.children().reduce((sum, child) => sum + child.restarts, 0);
await tree.close();

const written = readFileSync(ledger, "utf8").split("\n");
const times = new Map();
for (const key of written) times.set(key, (times.get(key) ?? 0) + 1);
const missing = [...acknowledged].filter((key) => !times.has(key));
const twice = [...times].filter(([key, count]) => key.startsWith("o") && count > 1);
counts.repeated = [...times].filter(([key, count]) => key.startsWith("r") && count > 1).length;
detected.sort((left, right) => left - right);
const at = (share) => (detected[Math.min(detected.length - 1, Math.floor(detected.length * share))] ?? 0).toFixed(0);

console.log(
  `${kills} kills of ${children} children under ${inFlight} calls in flight, ${((performance.now() - began) / 1_000).toFixed(1)} s: ` +
    `${made} calls, ${made - settled} unsettled, ${counts.answered} answered, ${counts.lost} lost ` +
    `(${phases.unsent} unsent, ${phases.sent} sent, ${phases.accepted} accepted); ${missing.length} acknowledged effects missing, ` +
    `${twice.length} ran twice, ${counts.repeated} idempotent ones ran again; ${restarts} restarts, all ${children} back; ` +
    `ends ${JSON.stringify(kinds)}; told of an end after ${at(0.5)} ms (median), ${at(0.99)} ms (99 %); ` +
    `last call settled ${settledAfter.toFixed(0)} ms after quiet`,
);
rmSync(folder, { recursive: true });
await pause(200);
const descriptorsAfter = countDescriptors();

assert.equal(settled, made);
assert.deepEqual(missing, []);
assert.deepEqual(twice, []);
assert.equal(restarts, Object.values(kinds).reduce((sum, count) => sum + count, 0) - children, "an end without a restart");
assert.ok(descriptorsAfter <= descriptorsBefore + 2, `${descriptorsAfter} descriptors are open, ${descriptorsBefore} were`);

function countDescriptors() {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}
