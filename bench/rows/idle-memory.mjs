// Run by the memory row in a process of its own: prints the KiB that a connection holds when it has been used once.
// The worker's end counts too, since it is the same process; what a worker costs by itself is taken off.

import { setTimeout as wait } from "node:timers/promises";
import { peers } from "../peers/index.mjs";

const count = 500;
const held = [];
const peer = peers.find(({ name }) => name === process.argv[2]);

await growthBy(1);
const many = await growthBy(count + 1);
const one = await growthBy(1);
console.log(Math.max(0, (many - one) / count / 1024));
process.exit(0);

// Starts a worker with so many connections, uses each once, and tells by how many bytes the process grew.
async function growthBy(connections) {
  const before = await settledMemory();
  const { running } = await peer.startMany(connections);
  held.push(running);
  await Promise.all(running.map(({ add }) => add(1, 2)));
  return (await settledMemory()) - before;
}

// Collected memory returns to the system a little later; three looks are enough to see it settle.
async function settledMemory() {
  for (let look = 0; look < 3; look += 1) {
    globalThis.gc();
    await wait(50);
  }
  return process.memoryUsage().rss;
}
