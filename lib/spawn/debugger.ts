// Whether somebody debugs, so that what stands at a breakpoint is not taken for stuck.
import { createRequire } from "node:module";

/** @param execArgv the options of Node that the far side is started with */
export function isDebugged(execArgv: readonly string[] = []): boolean {
  const options = [...execArgv, ...process.execArgv, process.env.NODE_OPTIONS ?? ""];
  return options.some((option) => INSPECT.test(option)) || inspectorIsOpen();
}

const INSPECT = /(^|\s)--inspect\b/;

function inspectorIsOpen(): boolean {
  try {
    const { url } = createRequire(import.meta.url)("node:inspector") as typeof import("node:inspector");
    return url() !== undefined;
  } catch {
    // Node was built without it.
    return false;
  }
}
