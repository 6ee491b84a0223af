// The live view: draws the tree whenever news of it comes, and passes on what the operator wants.
import { emitKeypressEvents } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import type { Connection } from "../core/connection.ts";
import type { SupervisorAdmin } from "../supervisor/admin-api.ts";
import type { Action } from "./arguments.ts";
import { linesOf, rowsOf } from "./table.ts";
import { draw, FIRST_SCREEN, press, type Screen } from "./top-screen.ts";

export interface Terminal {
  readonly input: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: Writable & { isTTY?: boolean; columns?: number; rows?: number };
}

/** Where the output is not a terminal. */
const WIDEST = 1_000;

/** Draws it once. */
export async function printTop({ remote }: Connection<SupervisorAdmin>, { output }: Terminal): Promise<void> {
  // The second look has figures of the time between the two.
  const watching = remote.watch(SHORT)[Symbol.asyncIterator]();
  await watching.next();
  const { value: tree } = await watching.next();
  await watching.return?.(undefined);
  if (tree !== undefined) output.write(`${linesOf(rowsOf(tree), output.columns ?? WIDEST).join("\n")}\n`);
}

const SHORT = 300;

/** Draws until the operator has seen enough, or there is nothing more to see. */
export async function runTop(connection: Connection<SupervisorAdmin>, { input, output }: Terminal, interval: number): Promise<void> {
  const { createLogUpdate } = await import("log-update");
  const log = createLogUpdate(output as NodeJS.WritableStream);
  let screen: Screen = FIRST_SCREEN;
  const show = (change: Partial<Screen>): void => {
    screen = { ...screen, ...change };
    log(draw(screen, { columns: output.columns ?? 80, rows: output.rows ?? 24 }, (line) => styleText("inverse", line)));
  };
  const watching = connection.remote.watch(interval)[Symbol.asyncIterator]();
  const act = (action: Action, path: string): void =>
    void connection.remote[action](path).then(
      () => show({ notice: `${action} ${path}: done` }),
      (error: unknown) => show({ notice: `${action} ${path}: ${error instanceof Error ? error.message : String(error)}` }),
    );
  let quit!: () => void;
  const isQuit = new Promise<void>((resolve) => (quit = resolve));
  const stopListening = listenToKeys(input, (key) => {
    const { screen: next, wish } = press(screen, key);
    show(next);
    if (wish?.type === "quit") quit();
    if (wish?.type === "act") act(wish.action, wish.path);
  });
  const onResize = (): void => show({});
  output.on("resize", onResize);
  try {
    show({});
    await Promise.race([isQuit, showAll(watching, (tree) => show({ tree, ...(screen.tree === undefined && { notice: "" }) }))]);
  } finally {
    output.off("resize", onResize);
    stopListening();
    log.done();
    // Its end need not be waited for.
    void Promise.resolve(watching.return?.(undefined)).catch(() => {});
  }
}

async function showAll<T>(watching: AsyncIterator<T>, show: (value: T) => void): Promise<void> {
  for (let step = await watching.next(); step.done !== true; step = await watching.next()) show(step.value);
}

function listenToKeys(input: Terminal["input"], listener: (key: string) => void): () => void {
  const onKey = (text: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key.ctrl === true && key.name === "c") listener("ctrl-c");
    else listener(key.name ?? text ?? "");
  };
  emitKeypressEvents(input);
  if (input.isTTY === true) input.setRawMode?.(true);
  input.on("keypress", onKey);
  input.resume();
  return () => {
    input.off("keypress", onKey);
    if (input.isTTY === true) input.setRawMode?.(false);
    input.pause();
  };
}
