// Four places for the same job. Each way does all batches, reports progress, and leaves nothing behind.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, spawnProcess, spawnThread } from "nearcall";
import { inspect } from "./job.mjs";

const job = new URL("job.mjs", import.meta.url);

export async function onMainThread(batches, progress) {
  return inspect(batches.flat(), progress);
}

export async function inThreads(batches, progress, count) {
  const threads = await Promise.all(Array.from({ length: count }, () => spawnThread(job)));
  const found = await share(batches, progress, threads);
  await Promise.all(threads.map((thread) => thread.close()));
  return found;
}

export async function inProcesses(batches, progress, count) {
  const processes = await Promise.all(Array.from({ length: count }, () => spawnProcess(job)));
  const found = await share(batches, progress, processes);
  await Promise.all(processes.map((child) => child.close()));
  return found;
}

export async function overSocket(batches, progress, count) {
  const folder = mkdtempSync(join(tmpdir(), "tour-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const interrupt = () => process.exit(130);
  process.once("exit", removeFolder).once("SIGINT", interrupt);
  const path = join(folder, "job.sock");

  const service = await spawnProcess(new URL("service.mjs", import.meta.url));
  await service.remote.start(path, count);
  const clients = await Promise.all(Array.from({ length: count }, () => connect(path)));
  const found = await share(batches, progress, clients);
  await Promise.all(clients.map((client) => client.close()));
  await service.remote.stop();
  await service.close();

  process.off("exit", removeFolder).off("SIGINT", interrupt);
  removeFolder();
  return found;
}

/** Every worker takes batch after batch until none is left. */
async function share(batches, progress, connections) {
  const left = batches.values();
  const work = connections.map(async ({ remote }) => {
    const found = [];
    for (const batch of left) found.push(...(await remote.inspect(batch, progress)));
    return found;
  });
  return (await Promise.all(work)).flat();
}
