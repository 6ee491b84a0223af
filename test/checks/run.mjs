// Everything that is checked without running tests: `npm run check`, or some of it: `npm run check -- lint types`.
// Goes on after a failure, so that one run tells everything.
import { spawnSync } from "node:child_process";

const checks = {
  format: "oxfmt --check",
  lint: "oxlint",
  build: "tsc -p tsconfig.build.json",
  bundle: "rolldown -c --logLevel silent",
  types: "tsc -p tsconfig.json",
  layering: "node test/checks/layering.mjs",
  unused: "knip",
  package: "node test/checks/package.mjs",
  docs: "typedoc --emit none",
  size: "node test/checks/size.mjs",
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);
const unknown = names.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) throw new Error(`No check is called ${unknown.join(", ")}; there are ${Object.keys(checks).join(", ")}`);

const failed = names.filter((name) => !passes(name));
console.log(
  failed.length === 0 ? `\nall ${names.length} checks hold` : `\n${failed.length} of ${names.length} checks fail: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function passes(name) {
  console.log(`\n--- ${name}: ${checks[name]}`);
  const started = performance.now();
  const { status } = spawnSync("npx", ["--no-install", ...checks[name].split(" ")], { stdio: "inherit" });
  console.log(`--- ${name} ${status === 0 ? "holds" : "FAILS"} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return status === 0;
}
