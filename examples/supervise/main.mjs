// A small newsroom behind a Unix socket. One of its workers leaks memory, one crashes now and then, one hangs; a client
// publishes story after story all the while. Watch it heal.
//
// In a terminal it goes on until Ctrl-C, and says how to look at it live; elsewhere it ends after a few seconds.
//
//   node examples/supervise/main.mjs [seconds]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { connect } from "nearcall";
import { supervise } from "nearcall/supervisor";
import { keepDiary } from "./diary.mjs";
import { createService } from "./service.mjs";
import { nextStory } from "./stories.mjs";

const seconds = Number(process.argv[2] ?? (process.stdout.isTTY ? Infinity : 6));
const MiB = 1024 * 1024;
const here = (name) => new URL(name, import.meta.url);
const folder = await mkdtemp(join(tmpdir(), "newsroom-"));
const socket = join(folder, "stories.sock");

const tree = await supervise({
  name: "newsroom",
  strategy: "one-for-one",
  intensity: 50,
  period: 10_000,
  closeOn: ["SIGINT", "SIGTERM"],
  children: [
    { id: "parse", start: { process: here("parse.mjs") }, instances: 2, output: "capture", backoff: { initial: 10, max: 200 } },
    { id: "search", start: { thread: here("search.mjs") }, output: "capture", health: { interval: 100, timeout: 500 } },
    { id: "render", start: { process: here("render.mjs") }, output: "capture", memory: { limit: 110 * MiB, interval: 200 } },
  ],
});
// Started last, since it calls the others; stopped first.
await tree.add({ id: "desk", start: { listen: socket, api: createService(tree) } });
const diary = keepDiary(tree);
await tree.serve(join(folder, "admin.sock"));
if (process.stdout.isTTY) console.log(`Look at it from another terminal: npx nearcall top ${join(folder, "admin.sock")}\n`);

const client = await connect(socket, { reconnect: true });
const counts = { published: 0, failed: 0 };
const end = performance.now() + seconds * 1_000;
await Promise.all(Array.from({ length: 8 }, publishAll));
await client.close();
await allBack();

const table = new Table({ style: { border: [], compact: true }, colAligns: ["left", "right"] });
table.push(
  ["stories published", counts.published.toLocaleString("en")],
  ["stories lost with a worker that hung", counts.failed],
  ["crashes that no story was lost by", diary.crashes],
  ["workers that hung", diary.hangs],
  ["workers replaced for their memory", diary.replacements],
  ["workers running now", `${tree.count().active} of ${tree.count().specs}`],
);
console.log(`\n${table.toString()}`);
await tree.close();
await rm(folder, { recursive: true });

async function allBack() {
  const isBack = () => tree.count().active === tree.count().specs;
  if (isBack() || tree.state !== "running") return;
  for await (const { type } of tree.events()) if (type === "ready" && isBack()) return;
}

async function publishAll() {
  while (performance.now() < end && tree.state === "running") {
    try {
      await client.remote.publish(nextStory());
      counts.published += 1;
    } catch {
      counts.failed += 1;
    }
  }
}
