// The benchmarks have dependencies of their own (the peers they measure); this installs them once.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

if (!existsSync("bench/node_modules")) {
  process.exitCode = spawnSync("npm", ["ci", "--prefix", "bench"], { stdio: "inherit" }).status ?? 1;
}
