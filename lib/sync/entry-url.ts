// Where the programs are that helper threads run.

/** @param name a file of `entry/`, without its ending */
export function helperUrl(name: "thread-watcher" | "process-keeper" | "socket-keeper" | "thread"): URL {
  // Node 20 runs no TypeScript: where this file does, the helper takes what was compiled.
  const folder = import.meta.url.endsWith(".ts") ? "../../dist/sync/entry" : "./entry";
  return new URL(`${folder}/${name}.js`, import.meta.url);
}
