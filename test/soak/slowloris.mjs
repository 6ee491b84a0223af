// Clients that send a byte now and then, to hold a server's attention: a good client does not feel them, and in the
// end they are cut off.
//
//   node test/soak/slowloris.mjs [clients] [ms of measuring] [frameTimeout] [times slower at most]
//                                                              500 clients, 3,000 ms, 5,000 ms, 2 times
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "nearcall";

const count = Number(process.argv[2] ?? 500);
const duration = Number(process.argv[3] ?? 3000);
const frameTimeout = Number(process.argv[4] ?? 5000);
const slowest = Number(process.argv[5] ?? 2);
const fixture = (name) => fileURLToPath(new URL(`../fixtures/socket-${name}.mjs`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "nearcall-"));
const path = join(folder, "socket");

const server = fork(fixture("server"), [
  path,
  JSON.stringify({ frameTimeout: frameTimeout + duration, helloTimeout: frameTimeout + duration }),
]);
await once(server, "message");
const client = await connect(path);
await measure(duration / 4);
const alone = await measure(duration);
const loris = fork(fixture("loris"), [path, String(count), "100"]);
await once(loris, "message");
const beside = await measure(duration);
const ratio = beside.median / alone.median;
const cutOff = performance.now();
let left = count;
while (left > 0 && performance.now() - cutOff < 10 * (frameTimeout + duration)) {
  loris.send("left");
  [{ left }] = await once(loris, "message");
  await new Promise((resolve) => setTimeout(resolve, 50));
}
client.destroy();
for (const child of [loris, server]) {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
rmSync(folder, { recursive: true });

const failed = ratio > slowest || left > 0;
console.log(
  `slow loris: a call takes ${alone.median.toFixed(3)} ms alone and ${beside.median.toFixed(3)} ms beside ${count} of them (${ratio.toFixed(2)} times; ` +
    `99 %: ${alone.late.toFixed(2)} and ${beside.late.toFixed(2)} ms); ${count - left} of ${count} were cut off in the end`,
);
process.exitCode = failed ? 1 : 0;

async function measure(ms) {
  const times = [];
  const until = performance.now() + ms;
  while (performance.now() < until) {
    const began = performance.now();
    await client.remote.echo(1);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)], late: times[Math.floor(times.length * 0.99)] };
}
