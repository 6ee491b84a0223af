// One server process after the other takes the name, under load. No call fails, none is lost, none runs twice.
//
//   node test/soak/handover.mjs [replacements] [clients] [calls in flight each]        100 replacements, 8 clients of 10
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "nearcall";

const replacements = Number(process.argv[2] ?? 100);
const clientCount = Number(process.argv[3] ?? 8);
const inFlight = Number(process.argv[4] ?? 10);
const program = fileURLToPath(new URL("../fixtures/socket-counter.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
const path = join(folder, "socket");
const failures = [];
const servers = new Set();
const gaps = [];
let made = 0;
let answered = 0;
let ran = 0;
let twice = 0;
let stop = false;

let current = await start();
const clients = await Promise.all(Array.from({ length: clientCount }, () => connect(path, { reconnect: true })));
const load = clients.flatMap((client) => Array.from({ length: inFlight }, () => work(client)));
const began = performance.now();
for (let times = 0; times < replacements; times += 1) {
  const before = current;
  current = await start();
  await before.ended;
}
stop = true;
await Promise.all(load);
const seconds = (performance.now() - began) / 1000;
await Promise.all(clients.map((client) => client.close()));
current.child.send("close");
await current.ended;
rmSync(folder, { recursive: true });

gaps.sort((a, b) => a - b);
const failed = failures.length > 0 || twice > 0 || ran !== answered;
console.log(
  `hand-over: ${replacements} replacements in ${seconds.toFixed(1)} s under ${made} calls of ${clientCount} clients: ` +
    `${failures.length} failed, ${twice} ran twice, ${ran - answered} ran without an answer; ` +
    `a call took ${percentile(0.5)} ms, 99.9 %: ${percentile(0.999)} ms, at most ${percentile(1)} ms`,
);
for (const error of failures.slice(0, 5)) console.error(error);
process.exitCode = failed ? 1 : 0;

async function start() {
  const child = fork(program, [path], { stdio: "inherit" });
  const ended = new Promise((resolve) => {
    child.on("message", (message) => {
      if (message === "ready") return;
      ran += message.calls;
      twice += message.twice;
    });
    child.on("exit", resolve);
  });
  await once(child, "message");
  servers.add(child);
  return { child, ended };
}

async function work(client) {
  while (!stop) {
    made += 1;
    const called = performance.now();
    try {
      await client.remote.work(made);
      answered += 1;
    } catch (error) {
      failures.push(error);
    }
    gaps.push(performance.now() - called);
  }
}

function percentile(share) {
  return (gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? 0).toFixed(1);
}
