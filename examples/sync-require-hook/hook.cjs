// Lets `require` load TypeScript.
// A hook has to answer at once, and the compiler is async; a blocking call to a thread that awaits it joins the two.
const Module = require("node:module");
const { pathToFileURL } = require("node:url");
const { join } = require("node:path");

let compiler;

/** Node 20 cannot `require` an ES module, so the hook is installed once this has been awaited. */
module.exports = async function install() {
  const { spawnThreadSync } = await import("nearcall/sync");
  // Started when the first file asks for it. It does not hold the process, so nobody has to close it.
  const start = () => spawnThreadSync(pathToFileURL(join(__dirname, "compiler.mjs")), { timeout: 30_000 });
  Module._extensions[".ts"] = (module, path) => {
    compiler ??= start();
    module._compile(compiler.remote.compile(path), path);
  };
};
