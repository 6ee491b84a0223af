// A program with supervised children is killed by SIGKILL, again and again, while half of the children have blocked
// event loops: none of them may be alive a second later.
//
//   node test/soak/orphans.mjs [rounds] [children]        200 rounds of 4 children
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const rounds = Number(process.argv[2] ?? 200);
const children = Number(process.argv[3] ?? 4);
const program = fileURLToPath(new URL("../fixtures/supervisor-program.mjs", import.meta.url));
const limit = 1_000;

const times = [];
let survivors = 0;
for (let round = 1; round <= rounds; round += 1) {
  const parent = spawn(process.execPath, [program, "block-half", String(children)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
  const pids = JSON.parse((await lines.next()).value);
  assert.equal(pids.length, children);
  assert.ok(pids.every((pid) => !isGone(pid)));
  const killed = performance.now();
  parent.kill("SIGKILL");
  await once(parent, "exit");
  while (pids.some((pid) => !isGone(pid)) && performance.now() - killed < limit) await pause(5);
  times.push(performance.now() - killed);
  const left = pids.filter((pid) => !isGone(pid));
  survivors += left.length;
  for (const pid of left) process.kill(pid, "SIGKILL");
  if (round % 50 === 0) console.log(`${round} rounds, ${survivors} survivors`);
}

times.sort((left, right) => left - right);
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(0);
console.log(
  `${rounds} SIGKILLs of a parent of ${children} children, ${Math.floor(children / 2)} of them blocked: ` +
    `${survivors} survivors after ${limit} ms; all gone after ${at(0.5)} ms (median), ${at(1)} ms at most`,
);
assert.equal(survivors, 0);

/** Not there, or dead and waiting to be counted as such. */
function isGone(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return true;
  }
}
