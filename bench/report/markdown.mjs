// A run as Markdown: machine, goals, then a table a row.

import { machineLine } from "../harness/machine.mjs";
import { columns, linesOf } from "./lines.mjs";
import { figure, goalInWords } from "./words.mjs";

export function markdownOf({ machine, rows, results, verdicts, settings }) {
  const parts = [
    "# Benchmark",
    `${machineLine(machine)}. Medians of ${settings.rounds} alternating rounds of ${settings.milliseconds} ms each; ratios are taken round by round. “To raw” compares with raw Node over the same kind of channel.`,
  ];
  if (verdicts.length > 0) parts.push("## Goals", goalTable(verdicts));
  for (const row of rows) {
    const lines = linesOf(row, results);
    if (lines.length === 0) continue;
    parts.push(`## ${row.title}`, `\`${row.id}\`, ${row.unit}, ${row.better} is better.`, table(columns, lines));
  }
  return `${parts.join("\n\n")}\n`;
}

function goalTable(verdicts) {
  const lines = verdicts.map(({ goal, reached, met }) => [goalInWords(goal), figure(reached), met ? "met" : "**missed**"]);
  return table(["goal", "reached", ""], lines);
}

function table(head, lines) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...lines.map(line)].join("\n");
}
