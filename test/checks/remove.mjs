// Removes folders that a build or a run left behind: node test/checks/remove.mjs dist coverage
import { rm } from "node:fs/promises";

for (const folder of process.argv.slice(2)) await rm(folder, { recursive: true, force: true });
