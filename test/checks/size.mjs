// How many bytes does the core cost somebody who bundles it? The session and the codec, without devalue,
// minified and gzipped.
import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const LIMIT = 43_500;
const session = "lib/core/session.ts";
const codec = "lib/wire/codec.ts";

const missing = [session, codec].filter((file) => !existsSync(file));
if (missing.length > 0) throw new Error(`Not measured: ${missing.join(" and ")} missing`);

await measure("session", [session]);
await measure("codec", [codec]);
const both = await measure("both", [session, codec]);
console.log(`limit ${LIMIT} B gzipped, ${LIMIT - both} B left`);
process.exitCode = both <= LIMIT ? 0 : 1;

async function measure(label, files) {
  const code = await bundle(files);
  const gzipped = gzipSync(code, { level: 9 }).length;
  console.log(`${label.padEnd(8)} ${String(code.length).padStart(7)} B minified ${String(gzipped).padStart(7)} B gzipped`);
  return gzipped;
}

/** One chunk with everything that `files` export. */
async function bundle(files) {
  const entry = files.map((file) => `export * from ${JSON.stringify(`${process.cwd()}/${file}`)};`).join("\n");
  const build = await rolldown({
    input: "entry",
    external: [/^devalue/, /^node:/],
    plugins: [{ name: "entry", resolveId: (id) => (id === "entry" ? "\0entry" : null), load: (id) => (id === "\0entry" ? entry : null) }],
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  if (output.length !== 1) throw new Error(`${output.length} chunks where one was expected`);
  return Buffer.from(output[0].code);
}
