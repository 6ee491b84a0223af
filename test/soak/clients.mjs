// Many clients of one server at once: what each costs, and how they all come back when the server was killed.
//
//   node test/soak/clients.mjs [connected] [reconnecting]        5,000 connected, a storm of 2,000
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "nearcall";

const connected = Number(process.argv[2] ?? 5000);
const reconnecting = Number(process.argv[3] ?? 2000);
const fixture = (name) => fileURLToPath(new URL(`../fixtures/socket-${name}.mjs`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
const path = join(folder, "socket");
let failed = 0;

await measureMemory();
await storm();
rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;

async function measureMemory() {
  const server = await startServer();
  const watcher = await connect(path);
  const before = await watcher.remote.memory();
  const began = performance.now();
  const crowd = await startCrowd(connected, { connectTimeout: 60_000 });
  const seconds = (performance.now() - began) / 1000;
  const after = await watcher.remote.memory();
  const { bytes } = await ask(crowd, "memory");
  const calling = performance.now();
  const answer = await ask(crowd, "call");
  failed += answer.failed;
  console.log(
    `clients: ${connected} connected in ${seconds.toFixed(1)} s (their process's start among it), ` +
      `${kilobytes(after.used - before.used)} KB each in the server (${kilobytes(after.rss - before.rss)} KB of its resident memory), ` +
      `${kilobytes(bytes)} KB each in the client; a call of each in ${(performance.now() - calling).toFixed(0)} ms, ${answer.failed} failed`,
  );
  if (answer.failed > 0) console.error(answer.reason);
  watcher.destroy();
  await kill(crowd);
  await kill(server);
}

async function storm() {
  const server = await startServer();
  const crowd = await startCrowd(reconnecting, { reconnect: { longestPause: 1000 }, connectTimeout: 60_000 });
  await kill(server);
  const next = await startServer();
  const began = performance.now();
  const answer = await ask(crowd, "call");
  failed += answer.failed;
  console.log(
    `storm: ${reconnecting} clients came back to the next server, and had each called it, ` +
      `${((performance.now() - began) / 1000).toFixed(1)} s after it listened; ${answer.failed} failed`,
  );
  if (answer.failed > 0) console.error(answer.reason);
  await kill(crowd);
  await kill(next);
}

async function startServer() {
  const child = fork(fixture("server"), [path, JSON.stringify({ maxConnections: connected + reconnecting })], {
    execArgv: ["--expose-gc"],
  });
  await once(child, "message");
  return child;
}

async function startCrowd(count, options) {
  const child = fork(fixture("crowd"), [path, String(count), JSON.stringify(options)], { execArgv: ["--expose-gc"] });
  const [answer] = await Promise.race([once(child, "message"), once(child, "exit")]);
  if (answer !== "ready") throw new Error(`The clients ended with ${answer}`);
  return child;
}

async function ask(child, what) {
  child.send(what);
  const [answer] = await once(child, "message");
  return answer;
}

async function kill(child) {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function kilobytes(bytes) {
  const count = connected;
  return (bytes / count / 1024).toFixed(1);
}
