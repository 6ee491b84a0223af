// Carries out one command of the `nearcall` program.
import { createRequire } from "node:module";
import type { Connection } from "../core/connection.ts";
import { connect } from "../socket/connect.ts";
import type { SupervisorAdmin } from "../supervisor/admin-api.ts";
import { type Command, HELP, parseCommand, UsageError } from "./arguments.ts";
import { linesOf, rowsOf } from "./table.ts";
import { printTop, runTop, type Terminal } from "./top.ts";

export interface Program extends Terminal {
  readonly errors: NodeJS.WritableStream;
}

const FAILED = 1;
const WRONG_USAGE = 2;
/** Nobody may be there; that shows soon. */
const CONNECT_TIMEOUT = 2_000;
const WIDEST = 1_000;

/** @returns the exit code */
export async function run(argv: readonly string[], program: Program): Promise<number> {
  try {
    await carryOut(parseCommand(argv), program);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    program.errors.write(error instanceof UsageError ? `${message}\n\n${HELP}\n` : `nearcall: ${message}\n`);
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
}

async function carryOut(command: Command, program: Program): Promise<void> {
  const { output } = program;
  if (command.name === "help") {
    output.write(`${HELP}\n`);
    return;
  }
  if (command.name === "version") {
    output.write(`${version()}\n`);
    return;
  }
  const connection = await connect<SupervisorAdmin>(command.socket, { connectTimeout: CONNECT_TIMEOUT });
  try {
    await carryOutThere(command, connection, program);
  } finally {
    connection.destroy();
  }
}

type CommandThere = Exclude<Command, { readonly name: "help" | "version" }>;

async function carryOutThere(command: CommandThere, connection: Connection<SupervisorAdmin>, program: Program): Promise<void> {
  const { output } = program;
  switch (command.name) {
    case "top":
      if (command.once || output.isTTY !== true) await printTop(connection, program);
      else await runTop(connection, program, command.interval);
      return;
    case "tree": {
      const tree = await connection.remote.tree();
      output.write(command.json ? `${JSON.stringify(tree, null, 2)}\n` : `${linesOf(rowsOf(tree), output.columns ?? WIDEST).join("\n")}\n`);
      return;
    }
    case "restart":
    case "reload":
    case "stop":
      await connection.remote[command.name](command.path);
      return;
  }
}

function version(): string {
  const { version: own } = createRequire(import.meta.url)("nearcall/package.json") as { version: string };
  return own;
}
