// Modules of Node's that take milliseconds to load and that most programs do not need: loaded when they are.
import type * as ChildProcessModule from "node:child_process";
import type * as CryptoModule from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const childProcess = (): typeof ChildProcessModule => require("node:child_process") as typeof ChildProcessModule;
export const crypto = (): typeof CryptoModule => require("node:crypto") as typeof CryptoModule;
