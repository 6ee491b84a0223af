// Joins what tsc made into a few files. An import of 130 small modules takes three times as long as one of five,
// and every worker thread and child process that is started imports them anew.
import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "rolldown";

const dist = "dist";
/** What package.json names, and the programs that far sides begin with, which are found by their place. */
const named = ["index", "pool/index", "supervisor/index", "sync/index", "cli/main"].filter((name) => existsSync(`${dist}/${name}.js`));

export default defineConfig({
  input: Object.fromEntries([...named, ...programs()].map((name) => [name, `${dist}/${name}.js`])),
  // devalue is joined in too: its files alone would take a fifth of the time.
  external: [/^node:/, /^piscina/, /^log-update/],
  platform: "node",
  output: {
    dir: `${dist}/bundle`,
    cleanDir: true,
    format: "esm",
    sourcemap: true,
    entryFileNames: "[name].js",
    // As deep as lib/node/far-program.ts takes itself to be.
    chunkFileNames: "chunks/[name].js",
    codeSplitting: {
      groups: [
        { name: "core", test: /\/dist\/(core|wire|node|transports)\/|\/node_modules\/devalue\// },
        { name: "spawn", test: /\/dist\/spawn\/(?!entry\/)/ },
        { name: "socket", test: /\/dist\/socket\// },
      ],
    },
  },
});

function programs() {
  return ["spawn", "pool", "sync", "supervisor"]
    .map((folder) => `${folder}/entry`)
    .filter((folder) => existsSync(`${dist}/${folder}`))
    .flatMap((folder) =>
      readdirSync(`${dist}/${folder}`)
        .filter((file) => file.endsWith(".js"))
        .map((file) => `${folder}/${file.slice(0, -3)}`),
    );
}
