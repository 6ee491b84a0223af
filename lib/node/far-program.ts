// Where the compiled programs are that threads and processes begin with.

/** @param path of the program under lib, without its ending: `spawn/entry/thread` */
export function farProgram(path: string): URL {
  // Node 20 runs no TypeScript: from source, the far side takes what was compiled. In the bundle this file is part
  // of a chunk, which lies as deep under its root as this does under lib.
  const root = import.meta.url.endsWith(".ts") ? "../../dist/bundle" : "..";
  return new URL(`${root}/${path}.js`, import.meta.url);
}
