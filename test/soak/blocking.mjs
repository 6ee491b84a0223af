// Millions of blocking calls with pauses of random length on both sides: none may be lost, repeated or answered with
// another's answer, and no thread may sleep through a wake-up.
//
//   node test/soak/blocking.mjs [calls] [seed]        10,000,000 calls
import { spawnThreadSync } from "nearcall/sync";

const calls = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
/** A call that takes so long (ms) was slept through: the longest pause over there is 5 ms, and other programs run too. */
const STUCK = 2_000;
/** A waiting thread looks up by itself that often (ms); what took as long was perhaps woken by nothing else. */
const LOOKS_UP = 50;

let state = seed;
const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8;
const math = spawnThreadSync(new URL("../fixtures/sync-paced.mjs", import.meta.url), { timeout: STUCK });
const { remote } = math;
remote.seed(seed);

const began = performance.now();
let worst = 0;
let late = 0;
for (let at = 0; at < calls; at += 1) {
  pause();
  const before = performance.now();
  const answer = at % 64 === 0 ? remote.callBack((value) => value + 1, at) - 1 : remote.echo(at);
  if (answer !== at) throw new Error(`call ${at} was answered with ${answer} (seed ${seed})`);
  const took = performance.now() - before;
  if (took > worst) worst = took;
  if (took > LOOKS_UP) late += 1;
  // The event loop runs too, now and then.
  if (at % 100_000 === 99_999) await new Promise(setImmediate);
}
const seconds = (performance.now() - began) / 1000;
const { pendingCalls, lateReplies, streams } = math.stats();
math.close();
console.log(
  `blocking: ${calls} calls in ${seconds.toFixed(1)} s (${Math.round(calls / seconds)} a second), the slowest took ${worst.toFixed(1)} ms, ` +
    `${late} more than ${LOOKS_UP} ms; pending ${pendingCalls}, late replies ${lateReplies}, streams ${streams} (seed ${seed})`,
);
process.exitCode = pendingCalls === 0 && lateReplies === 0 && streams === 0 ? 0 : 1;

/** Seldom, and then so long that the far thread is about to sleep, or does. */
function pause() {
  const chance = random() % 2_000;
  if (chance > 20) return;
  const until = performance.now() + (chance === 0 ? random() % 3_000 : random() % 120) / 1000;
  while (performance.now() < until) continue;
}
