// Servers that are killed, stopped, that exit, throw and run out of memory, under calls of many clients that come
// back by themselves. No promise stays open, no answered effect is lost, nothing runs twice, nothing leaks.
//
//   node test/soak/kills.mjs [seconds] [servers] [clients] [calls in flight]        600 s, 8, 32, 1,000
import { strict as assert } from "node:assert";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect, PeerLostError } from "nearcall";

const seconds = Number(process.argv[2] ?? 600);
const serverCount = Number(process.argv[3] ?? 8);
const clientCount = Number(process.argv[4] ?? 32);
const inFlight = Number(process.argv[5] ?? 1_000);
const program = fileURLToPath(new URL("../fixtures/soak-diary.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "nearcall-soak-"));

const counts = { answered: 0, lost: 0, kills: 0, open: 0 };
const phases = { unsent: 0, sent: 0, accepted: 0 };
const answered = Array.from({ length: serverCount }, () => new Set());
/** Ms from a SIGKILL to the rejection of each call that it took along. */
const detections = [];
let over = false;

// What is opened once, by the first of all, stays open.
const first = await serve("first");
await (await connect(first.path, { reconnect: true })).close();
await first.end();
const descriptorsBefore = countDescriptors();
const servers = await Promise.all(Array.from({ length: serverCount }, (_, number) => serve(number)));
const clients = await Promise.all(
  Array.from({ length: clientCount }, async (_, number) => {
    const server = servers[number % serverCount];
    return { server, connection: await connect(server.path, { reconnect: { longestPause: 200 } }) };
  }),
);
const heapBefore = heap();
const load = Array.from({ length: inFlight }, (_, number) => call(clients[number % clientCount], number));
const killing = Promise.all(servers.map((server) => killAgain(server)));
await pause(seconds * 1000);
over = true;
await killing;
const quiet = performance.now();
await Promise.race([Promise.all(load), pause(10_000)]);
const settledAfter = performance.now() - quiet;
const left = clients
  .map(({ connection }) => connection.stats())
  .reduce((sum, { pendingCalls, exports, imports, streams }) => sum + pendingCalls + exports + imports + streams, 0);
await Promise.all(clients.map(({ connection }) => connection.close()));
await Promise.all(servers.map((server) => server.end()));

detections.sort((a, b) => a - b);
const report = {
  seconds,
  ...counts,
  phases,
  "detection p50 ms": at(0.5),
  "detection p99 ms": at(0.99),
  "open after quiet": counts.open,
  "settled after ms": Math.round(settledAfter),
  ...diaries(),
  "left in tables": left,
  "descriptors more": countDescriptors() - descriptorsBefore,
  "heap MB before": heapBefore,
  "heap MB after": heap(),
};
console.log(report);
rmSync(folder, { recursive: true, force: true });
assert.equal(counts.open, 0, "a call never settled");
assert.equal(report["answered and not written"], 0);
assert.equal(report["written twice"], 0);
assert.equal(left, 0);
assert.ok(report["descriptors more"] <= 0, "descriptors leaked");
assert.ok(settledAfter < 1_000, "calls were still open a second after all was quiet");
// A few seconds of a busy machine tell little of it.
if (seconds >= 60) assert.ok(report["detection p99 ms"] < 250, "losses are seen late");
assert.ok(counts.kills > 0 && counts.answered > 0);
process.exit(0);

/** One entry after the other, each with a name of its own; none is marked as one that may be made again. */
async function call({ server, connection }, number) {
  for (let round = 0; !over; round += 1) {
    const entry = `${number}.${round}`;
    counts.open += 1;
    try {
      assert.equal(await connection.remote.write(entry), entry);
      answered[server.number].add(entry);
      counts.answered += 1;
    } catch (error) {
      if (!(error instanceof PeerLostError)) throw error;
      assert.ok(error.phase in phases, "a rejection without its phase");
      phases[error.phase] += 1;
      counts.lost += 1;
      if (server.killedAt !== undefined && error.phase !== "unsent") detections.push(performance.now() - server.killedAt);
    } finally {
      counts.open -= 1;
    }
  }
}

async function serve(number) {
  const server = {
    number,
    path: join(folder, `${number}`),
    file: join(folder, `${number}.txt`),
    killedAt: undefined,
    child: undefined,
    end: undefined,
  };
  const start = async () => {
    server.child = fork(program, [server.path, server.file], {
      execArgv: ["--max-old-space-size=48"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    await once(server.child, "message");
  };
  server.restart = start;
  server.end = async () => {
    server.child.send("close");
    await once(server.child, "exit");
  };
  await start();
  return server;
}

/** 60 of 100 are killed, 15 stopped for a while, 15 exit, 10 run out of memory or throw. */
async function killAgain(server) {
  const control = await connect(server.path, { reconnect: { longestPause: 200 } });
  while (!over) {
    await pause(100 + Math.random() * 400);
    const { child } = server;
    const lot = Math.random();
    counts.kills += 1;
    if (lot >= 0.6 && lot < 0.75) {
      child.kill("SIGSTOP");
      await pause(Math.random() * 300);
      child.kill("SIGCONT");
      continue;
    }
    const ended = once(child, "exit");
    server.killedAt = lot < 0.6 ? performance.now() : undefined;
    if (lot < 0.6) child.kill("SIGKILL");
    else control.remote[lot < 0.9 ? "exit" : lot < 0.95 ? "throw" : "runOutOfMemory"]().catch(() => {});
    await ended;
    await server.restart();
  }
  control.destroy();
}

/** What was answered stands in the diaries, and nothing stands there twice. */
function diaries() {
  let missing = 0;
  let twice = 0;
  for (const { number, file } of servers) {
    const entries = readFileSync(file, "utf8").trimEnd().split("\n");
    const written = new Set(entries);
    twice += entries.length - written.size;
    for (const entry of answered[number]) if (!written.has(entry)) missing += 1;
  }
  return { "answered and not written": missing, "written twice": twice };
}

function at(share) {
  return Math.round((detections[Math.floor(detections.length * share)] ?? 0) * 10) / 10;
}

function countDescriptors() {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

function heap() {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
}
