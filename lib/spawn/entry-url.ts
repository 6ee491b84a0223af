// Where the programs are that threads and processes begin with.

/** @param name a file of `entry/`, without its ending */
export function entryUrl(name: "thread" | "process"): URL {
  // Node 20 runs no TypeScript: where this file does, the far side takes what was compiled.
  const folder = import.meta.url.endsWith(".ts") ? "../../dist/spawn/entry" : "./entry";
  return new URL(`${folder}/${name}.js`, import.meta.url);
}
