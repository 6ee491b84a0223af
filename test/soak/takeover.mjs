// Several processes want the same socket at the same moment. Each round has exactly one owner, whether the name was
// free, left by a process that was killed, or whoever was about to take it is killed in the middle of it.
//
//   node test/soak/takeover.mjs [rounds] [contenders]        1,000 rounds of 8
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "nearcall";

const rounds = Number(process.argv[2] ?? 1000);
const contenders = Number(process.argv[3] ?? 8);
const program = fileURLToPath(new URL("../fixtures/socket-contender.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
const path = join(folder, "socket");
const counts = { free: 0, stale: 0, killed: 0, named: 0, wrongOwners: 0, errors: {} };
const waits = [];

let processes = await Promise.all(Array.from({ length: contenders }, start));
for (let round = 0; round < rounds; round += 1) await play(round);
const leftovers = readdirSync(folder).filter((name) => name !== "socket");
for (const child of processes) child.kill("SIGKILL");
await Promise.all(processes.filter((child) => child.exitCode === null && child.signalCode === null).map((child) => once(child, "exit")));
rmSync(folder, { recursive: true });

waits.sort((a, b) => a - b);
const failed = counts.wrongOwners > 0 || Object.keys(counts.errors).length > 0;
console.log(
  `take-over: ${rounds} rounds of ${contenders} contenders (${counts.free} free, ${counts.stale} left by a killed owner, ` +
    `${counts.killed} with a contender killed in the middle): ${counts.wrongOwners} rounds without exactly one owner; ` +
    `refused ones told the owner's pid ${counts.named} times; taken in ${percentile(0.5)} ms, 99 %: ${percentile(0.99)} ms; ` +
    `left in the folder: ${leftovers.length}`,
);
if (failed) console.error("FAILED", counts);
process.exitCode = failed ? 1 : 0;

async function start() {
  const child = fork(program, { stdio: "inherit" });
  await once(child, "message");
  return child;
}

async function play(round) {
  const killed = round % 5 === 4 ? processes[round % contenders] : undefined;
  const at = Date.now() + 30;
  const answers = Promise.all(processes.map((child) => answerOf(child)));
  for (const child of processes) child.send({ path, at });
  if (killed !== undefined) setTimeout(() => killed.kill("SIGKILL"), 30 + Math.random() * 15);
  const results = await answers;
  counts[killed !== undefined ? "killed" : round % 5 === 2 ? "stale" : "free"] += 1;
  const owners = results.filter(({ kind }) => kind === "owner");
  for (const { kind, code, message, owner } of results) {
    if (kind === "refused" && code !== "ERR_ALREADY_OWNED") counts.errors[code] = message;
    if (kind === "refused" && owner !== undefined) counts.named += 1;
  }
  for (const { ms } of owners) waits.push(ms);
  const living = owners.filter(({ child }) => child !== killed);
  // Where the owner itself was killed, all others had seen it alive.
  if (living.length !== 1 && !(killed !== undefined && living.length === 0)) counts.wrongOwners += 1;
  const [owner] = living;
  if (owner !== undefined) {
    const client = await connect(path);
    if ((await client.remote.pid()) !== owner.child.pid) counts.wrongOwners += 1;
    client.destroy();
    await end(owner.child, round);
  }
  if (killed !== undefined) await replace(killed);
}

/** Every fifth owner is killed, and leaves its socket to the next round. */
async function end(child, round) {
  if (round % 5 === 1) return await replace(child);
  child.send("close");
  await answerOf(child);
}

async function replace(child) {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const fresh = await start();
  processes = processes.map((one) => (one === child ? fresh : one));
}

function answerOf(child) {
  return new Promise((resolve) => {
    const onMessage = (message) => done({ ...message, child });
    const onExit = () => done({ kind: "killed", child });
    const done = (answer) => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(answer);
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
  });
}

function percentile(share) {
  return (waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0).toFixed(1);
}
