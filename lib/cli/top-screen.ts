// What the live view shows, and what keys do to it. Pure: from a state to lines, from a state and a key to a state.
import type { TreeNode } from "../supervisor/tree-node.ts";
import type { Action } from "./arguments.ts";
import { linesOf, rowsOf } from "./table.ts";

export interface Screen {
  readonly tree: TreeNode | undefined;
  /** The path of the child that commands go to. */
  readonly selected: string;
  /** Asked, and waiting for a yes. */
  readonly question: Action | undefined;
  /** What became of the last command, or of the connection. */
  readonly notice: string;
}

/** What a key asks for beyond another look. */
export type Wish = { readonly type: "quit" } | { readonly type: "act"; readonly action: Action; readonly path: string };

export const FIRST_SCREEN: Screen = { tree: undefined, selected: "", question: undefined, notice: "connecting…" };

const ACTIONS: Readonly<Record<string, Action>> = { r: "restart", l: "reload", s: "stop" };
const KEYS = "↑↓ choose · r restart · l reload · s stop · q quit";
/** Lines beside those of the table: two above, and below a blank one and the keys. */
const FRAME = 5;

export function press(screen: Screen, key: string): { readonly screen: Screen; readonly wish?: Wish } {
  const { question, selected } = screen;
  if (key === "q" || key === "ctrl-c") return { screen, wish: { type: "quit" } };
  if (question !== undefined) {
    const asked = { ...screen, question: undefined, notice: "" };
    if (key !== "y") return { screen: asked };
    return { screen: { ...asked, notice: `${question} ${selected}…` }, wish: { type: "act", action: question, path: selected } };
  }
  if (key === "up" || key === "k") return { screen: move(screen, -1) };
  if (key === "down" || key === "j") return { screen: move(screen, 1) };
  const action = ACTIONS[key];
  if (action === undefined) return { screen };
  if (selected === "") return { screen: { ...screen, notice: "Choose a child first: the root is the program's own to close." } };
  return { screen: { ...screen, question: action, notice: "" } };
}

/** @param size of the terminal */
export function draw(screen: Screen, size: { readonly columns: number; readonly rows: number }, mark: (line: string) => string): string {
  const { tree, selected, question, notice } = screen;
  if (tree === undefined) return notice;
  const rows = rowsOf(tree);
  const [head = "", ...lines] = linesOf(rows, size.columns);
  const at = Math.max(
    0,
    rows.findIndex(({ node }) => node.path === selected),
  );
  const room = Math.max(1, size.rows - FRAME);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), lines.length - room));
  const shown = lines.slice(first, first + room).map((line, place) => (first + place === at ? mark(line) : line));
  const below = question === undefined ? `${KEYS}${notice === "" ? "" : ` · ${notice}`}` : `${question} ${selected}? y/n`;
  const { lastExit } = rows[at]?.node ?? {};
  return [head, ...shown, lastExit === undefined ? "" : `last: ${selected} ${lastExit}`, below].join("\n");
}

function move(screen: Screen, by: number): Screen {
  const { tree, selected } = screen;
  if (tree === undefined) return screen;
  const paths = rowsOf(tree).map(({ node }) => node.path);
  const at = Math.max(0, paths.indexOf(selected));
  return { ...screen, selected: paths[Math.min(paths.length - 1, Math.max(0, at + by))] ?? "", notice: "" };
}
