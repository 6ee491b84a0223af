// Four places for the same job. Each way does all batches, reports progress, and leaves nothing behind.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, spawnProcess } from "nearcall";
import { createPool } from "nearcall/pool";
import { inspect } from "./job.mjs";

export async function onMainThread(batches, progress) {
  return inspect(batches.flat(), progress);
}

export async function inThreads(batches, progress, count) {
  return inPool(batches, progress, { kind: "thread", maxThreads: count });
}

export async function inProcesses(batches, progress, count) {
  return inPool(batches, progress, { kind: "process", maxThreads: count });
}

async function inPool(batches, progress, options) {
  const pool = await createPool(new URL("job.mjs", import.meta.url), options);
  const found = await Promise.all(batches.map((batch) => pool.remote.inspect(batch, progress)));
  await pool.close();
  return found.flat();
}

export async function overSocket(batches, progress, count) {
  const folder = mkdtempSync(join(tmpdir(), "tour-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const interrupt = () => process.exit(130);
  process.once("exit", removeFolder).once("SIGINT", interrupt);
  const path = join(folder, "job.sock");

  const service = await spawnProcess(new URL("service.mjs", import.meta.url));
  await service.remote.start(path, count);
  const client = await connect(path);
  const found = await Promise.all(batches.map((batch) => client.remote.inspect(batch, progress)));
  await client.close();
  await service.remote.stop();
  await service.close();

  process.off("exit", removeFolder).off("SIGINT", interrupt);
  removeFolder();
  return found.flat();
}
