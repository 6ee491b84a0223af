// From a tree to the lines of a table, one for each child, indented as the tree is.
import type { TreeNode } from "../supervisor/tree-node.ts";
import { showBytes, showDuration, showMilliseconds, showPart, showRate } from "./figures.ts";

export interface Row {
  readonly node: TreeNode;
  readonly cells: readonly string[];
}

export const HEADS: readonly string[] = [
  "CHILD",
  "KIND",
  "STATE",
  "PID",
  "UPTIME",
  "RESTARTS",
  "CPU",
  "MEMORY",
  "LAG",
  "CALLS/S",
  "P99",
  "WAITING",
];

/** Left-aligned; numbers are to the right. */
const TEXTS = 3;

export function rowsOf(root: TreeNode): Row[] {
  const rows: Row[] = [];
  const add = (node: TreeNode, before: string, own: string): void => {
    rows.push({ node, cells: cellsOf(node, own) });
    node.children.forEach((child, at) => {
      const isLast = at === node.children.length - 1;
      add(child, `${before}${isLast ? "   " : "│  "}`, `${before}${isLast ? "└─ " : "├─ "}`);
    });
  };
  add(root, "", "");
  return rows;
}

/** The head and the rows as lines of one width, cut where the terminal ends. */
export function linesOf(rows: readonly Row[], width: number): string[] {
  const table = [HEADS, ...rows.map(({ cells }) => cells)];
  const widths = HEADS.map((_, column) => Math.max(...table.map((cells) => lengthOf(cells[column] ?? ""))));
  return table.map((cells) => cut(cells.map((cell, column) => pad(cell, widths[column] ?? 0, column >= TEXTS)).join("  "), width));
}

function cellsOf(node: TreeNode, indent: string): string[] {
  const { id, kind, strategy, state, reloading, pid, threadId, uptime, restarts, cpu, memory, lag, calls } = node;
  return [
    `${indent}${id}`,
    strategy ?? kind,
    reloading ? "reloading" : state,
    pid === undefined ? (threadId === undefined ? "-" : `thread ${threadId}`) : String(pid),
    showDuration(uptime),
    String(restarts),
    showPart(cpu),
    showBytes(memory),
    showMilliseconds(lag),
    showRate(calls?.perSecond),
    calls === undefined || calls.total === 0 ? "-" : showMilliseconds(calls.p99),
    calls === undefined ? "-" : String(calls.waiting),
  ];
}

function pad(text: string, width: number, toTheRight: boolean): string {
  const blanks = " ".repeat(Math.max(0, width - lengthOf(text)));
  return toTheRight ? blanks + text : text + blanks;
}

function cut(line: string, width: number): string {
  const characters = Array.from(line.trimEnd());
  return characters.length <= width ? characters.join("") : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** Of characters, not of their halves. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
