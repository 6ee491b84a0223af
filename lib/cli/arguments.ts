// What was typed after `nearcall`, as a command; or what is wrong with it.
import { parseArgs } from "node:util";

export type Command =
  | { readonly name: "top"; readonly socket: string; readonly interval: number; readonly once: boolean }
  | { readonly name: "tree"; readonly socket: string; readonly json: boolean }
  | { readonly name: Action; readonly socket: string; readonly path: string }
  | { readonly name: "help" }
  | { readonly name: "version" };

export type Action = "restart" | "reload" | "stop";

/** Typed wrongly: the message says what, and what would do. */
export class UsageError extends Error {}

export const HELP = `Usage: nearcall <command> <socket> [options]

Looks at a tree of supervised children, and commands it. <socket> is what the
supervisor was told to serve(): a path, or a name alone.

  top <socket>              a live view: state, processor, memory, lag, calls
      --interval <ms>       how often it is drawn (1000)
      --once                draw it once and end
  tree <socket>             the tree as text
      --json                as JSON
  restart <socket> <child>  start it; stop it first if it runs
  reload <socket> <child>   replace it without losing a call
  stop <socket> <child>     stop it

A <child> is an id; further below, the ids joined by "/": jobs/mail#2

  --help, --version`;

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  const [name, socket, child, ...rest] = positionals;
  if (values.help === true || (name === undefined && values.version !== true) || name === "help") return { name: "help" };
  if (values.version === true) return { name: "version" };
  switch (name) {
    case "top":
      refuse(name, { json: values.json }, [child, ...rest]);
      return { name, socket: need(socket, "<socket>", name), interval: intervalOf(values.interval), once: values.once ?? false };
    case "tree":
      refuse(name, { interval: values.interval, once: values.once }, [child, ...rest]);
      return { name, socket: need(socket, "<socket>", name), json: values.json ?? false };
    case "restart":
    case "reload":
    case "stop":
      refuse(name, values, rest);
      return { name, socket: need(socket, "<socket>", name), path: need(child, "<child>", name) };
    default:
      throw new UsageError(`There is no command "${name}"; there are top, tree, restart, reload and stop.`);
  }
}

function parse(argv: readonly string[]): ReturnType<typeof parseTyped> {
  try {
    return parseTyped(argv);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parseTyped(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      once: { type: "boolean" },
      interval: { type: "string" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    },
  });
}

function need(value: string | undefined, what: string, command: string): string {
  if (value !== undefined) return value;
  throw new UsageError(`nearcall ${command} needs ${what}.`);
}

function refuse(command: string, options: Readonly<Record<string, unknown>>, positionals: readonly (string | undefined)[]): void {
  const option = Object.keys(options).find((name) => options[name] !== undefined);
  if (option !== undefined) throw new UsageError(`nearcall ${command} takes no --${option}.`);
  const extra = positionals.find((value) => value !== undefined);
  if (extra !== undefined) throw new UsageError(`nearcall ${command} does not know what to do with "${extra}".`);
}

const SHORTEST_INTERVAL = 100;

function intervalOf(text = "1000"): number {
  const interval = Number(text);
  if (Number.isFinite(interval) && interval >= SHORTEST_INTERVAL) return interval;
  throw new UsageError(`--interval must be a number of at least ${SHORTEST_INTERVAL} (ms), not "${text}".`);
}
