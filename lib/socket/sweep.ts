// After a crash: removes the private folders beside a name whose processes are dead. Called under the lock.
import { lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FOLDER, lifeOf, removeFolder } from "./private-folder.ts";
import { probe } from "./probe.ts";

/** A folder younger than this, in ms, may not have its socket yet. */
const YOUNG = 60_000;

export async function sweep(path: string): Promise<void> {
  const parent = dirname(path);
  for (const name of readdirSync(parent)) {
    const id = FOLDER.exec(name)?.[1];
    if (id === undefined) continue;
    const folder = join(parent, name);
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isDirectory() || Date.now() - stats.mtimeMs < YOUNG) continue;
    const finding = await probe(lifeOf(folder, id)).catch(() => undefined);
    if (finding?.state === "alive") finding.socket?.destroy();
    if (finding?.state === "dead" || finding?.state === "missing") removeFolder(folder);
  }
}
