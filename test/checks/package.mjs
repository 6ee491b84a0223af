// Is what npm would publish what it should be? Packs dist as it lies there, looks at the list of files, and
// asks publint and arethetypeswrong about the tarball.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const wanted = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|docs\/.+|dist\/.+\.(js|js\.map|d\.ts))$/;
const folder = mkdtempSync(join(tmpdir(), "package-"));
try {
  const [packed] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--loglevel=error", "--pack-destination", folder]));
  const tarball = join(folder, packed.filename);
  const paths = packed.files.map(({ path }) => path);
  const problems = [
    ...paths.filter((path) => !wanted.test(path)).map((path) => `${path} does not belong into the package`),
    ...["README.md", "CHANGELOG.md", "LICENSE", ...exported()].filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  console.log(`${paths.length} files, ${packed.size} B packed, ${packed.unpackedSize} B unpacked`);
  console.log(run("npx", ["publint", "run", tarball, "--strict"]));
  console.log(run("npx", ["attw", tarball, "--profile", "esm-only", "--no-emoji", "--no-color"]));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Every file that `exports` and `bin` lead to. */
function exported() {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap(leaves));
  return [...leaves(manifest.exports), ...leaves(manifest.bin)].map((path) => path.replace(/^\.\//, ""));
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}
