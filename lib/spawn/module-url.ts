// What is to be spawned: checked before anything starts, so that a wrong path is an error that names it.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { RpcError } from "../core/errors.ts";

/**
 * The URL that the far side imports. `module` is a URL (`file:`, `data:`, `node:`), an absolute path, or the name of a
 * package that can be found from the working directory.
 *
 * @throws {RpcError} `ERR_MODULE`: there is no such module
 */
export function moduleUrl(module: URL | string): string {
  if (module instanceof URL) return checked(module);
  if (typeof module !== "string") throw noModule(`It is ${module === null ? "null" : typeof module}, and must be a URL or a string.`);
  if (isAbsolute(module)) return checked(pathToFileURL(module));
  if (SCHEME.test(module)) return checked(new URL(module));
  if (module === "" || module.startsWith("."))
    throw noModule(`"${module}" is relative, and to which file cannot be known. ${adviceFor(module)}`);
  return packageUrl(module);
}

const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

function checked(url: URL): string {
  if (url.protocol === "data:" || url.protocol === "node:") return url.href;
  if (url.protocol !== "file:")
    throw noModule(`Modules are not loaded from ${url.protocol} URLs (${url.href}); give one of file:, data: or node:.`);
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch (cause) {
    throw noModule(`${url.href} names no file of this machine.`, cause);
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw noModule(`There is no file ${path}. With new URL("./name.js", import.meta.url) it is looked for beside the file that says so.`);
  if (stats.isDirectory()) throw noModule(`${path} is a folder; name the file in it.`);
  return url.href;
}

function packageUrl(name: string): string {
  try {
    const found = createRequire(join(process.cwd(), "package.json")).resolve(name);
    return isAbsolute(found) ? pathToFileURL(found).href : `node:${found.replace(/^node:/, "")}`;
  } catch (cause) {
    throw noModule(
      `There is no package "${name}" to be found from ${process.cwd()}. For a file: ${adviceFor(name)} For a package that has only an ES module: import.meta.resolve("${name}").`,
      cause,
    );
  }
}

function adviceFor(name: string): string {
  return `new URL("${name.startsWith(".") ? name : `./${name}`}", import.meta.url) names one beside the file that says so.`;
}

function noModule(what: string, cause?: unknown): RpcError {
  return new RpcError("ERR_MODULE", `The module cannot be started. ${what}`, cause === undefined ? {} : { cause });
}
