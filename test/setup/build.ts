// Runs once before the tests: fixtures for threads and processes import "nearcall", which is dist, so dist
// must not be older than lib. Type errors are printed and do not stop the tests; `npm run build` is strict.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stamp = join(root, "dist/.tsbuildinfo");

export default function setup(): void {
  if (existsSync(stamp) && newestSource() <= statSync(stamp).mtimeMs) return;
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status, error } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  const bundler = join(root, "node_modules/rolldown/bin/cli.mjs");
  spawnSync(process.execPath, [bundler, "-c", "--logLevel", "silent"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (!existsSync(stamp)) throw new Error(`The build made no dist (exit code ${status}).`);
}

/** Folders count too: their time tells of files that were removed or renamed. */
function newestSource(): number {
  const lib = join(root, "lib");
  const paths = readdirSync(lib, { recursive: true }).map((path) => join(lib, String(path)));
  const configuration = ["tsconfig.json", "tsconfig.build.json"].map((name) => join(root, name));
  return Math.max(...[lib, ...paths, ...configuration].map((path) => statSync(path).mtimeMs));
}
