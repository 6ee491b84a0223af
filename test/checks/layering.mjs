// Do the layers of lib/ hold? The rules are in .dependency-cruiser.mjs; this also fails when the cruise saw
// nothing, or a file in a folder that no rule speaks of.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const known = /^lib\/(index\.ts$|(core|wire|node|transports|spawn|socket|sync|pool|supervisor|cli)\/)/;
const cruiser = fileURLToPath(new URL("../../node_modules/dependency-cruiser/bin/dependency-cruise.mjs", import.meta.url));

const { stdout, stderr } = spawnSync(process.execPath, [cruiser, "lib", "--config", ".dependency-cruiser.mjs", "-T", "json"], {
  encoding: "utf8",
  maxBuffer: 256 * 1024 * 1024,
});
if (stdout === "") throw new Error(`dependency-cruiser printed nothing: ${stderr}`);

const { modules, summary } = JSON.parse(stdout);
const files = modules.map(({ source }) => source).filter((source) => source.startsWith("lib/"));
const problems = [
  ...summary.violations.map(describe),
  ...files.filter((file) => !known.test(file)).map((file) => `${file}: no layer has this folder`),
];
if (summary.totalCruised === 0 || files.length === 0) problems.push("no module of lib/ was seen");

for (const problem of problems) console.error(problem);
console.log(`${files.length} files of lib/, ${summary.totalDependenciesCruised} imports, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function describe({ from, to, rule, cycle }) {
  const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(" -> ");
  return `${from} -> ${way}: ${rule.name}`;
}
