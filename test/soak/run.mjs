// Runs the soaks one after the other, in their long forms or in short: npm run soak -- [--short] [names]. The last
// are tests of the suite, which are tried far more often at length.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Arguments of the short forms; each script's own are the long one's. */
const soaks = {
  references: [20_000, 2_000, 2_000],
  kills: [5, 2, 4, 50],
  takeover: [10, 4],
  handover: [2, 2, 5],
  clients: [100, 50],
  slowloris: [40, 400, 400, 10],
  "pool-kills": [20],
  reload: [5],
  orphans: [3],
  "supervised-kills": [10],
  blocking: [30_000, 1],
  "blocking-faults": [2],
  fuzz: [20_000],
};

const suites = {
  properties: ["test/wire/properties.test.ts", "test/core/references-model.test.ts", "test/supervisor/model.test.ts"],
  schedules: ["test/core/schedules.test.ts", "test/socket/reconnecting-schedules.test.ts", "test/supervisor/schedules.test.ts"],
  stress: ["test/transports/shared-memory.test.ts"],
};
const known = [...Object.keys(soaks), ...Object.keys(suites)];

const { values, positionals } = parseArgs({ options: { short: { type: "boolean", default: false } }, allowPositionals: true });
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`No soak is called ${unknown.join(", ")}; there are ${known.join(", ")}`);

const names = positionals.length > 0 ? positionals : known;
const failed = names.filter((name) => !passes(name));
console.log(
  failed.length === 0 ? `\nall ${names.length} soaks hold` : `\n${failed.length} of ${names.length} soaks fail: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function passes(name) {
  console.log(`\n--- ${name}`);
  if (Object.hasOwn(suites, name)) return passesSuite(suites[name]);
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const args = values.short ? soaks[name].map(String) : [];
  return spawnSync(process.execPath, ["--expose-gc", script, ...args], { stdio: "inherit" }).status === 0;
}

function passesSuite(files) {
  const env = { ...process.env, ...(!values.short && { NEARCALL_LONG: "1" }) };
  return spawnSync("npx", ["--no-install", "vitest", "run", "--typecheck=false", ...files], { stdio: "inherit", env }).status === 0;
}
