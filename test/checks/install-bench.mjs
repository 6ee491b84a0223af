// The benchmarks have dependencies of their own (the peers they measure); this installs them once, and lets them
// find nearcall under its own name, as built in dist.
import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";

const nearcall = "bench/node_modules/nearcall";

if (!existsSync("bench/node_modules")) {
  process.exitCode = spawnSync("npm", ["ci", "--prefix", "bench"], { stdio: "inherit" }).status ?? 1;
}
if (!existsSync(nearcall)) symlinkSync("../..", nearcall, "junction");
